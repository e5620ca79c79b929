#include "cli/arguments.hpp"
#include "cli/child_process.hpp"
#include "cli/command.hpp"
#include "cli/watch_feed.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>

namespace zooid::cli {
namespace {

class watch_command final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("watch", "Print the changes of a node as they happen, until interrupted");
        parser->add_option("path", path_, "The node; it need not exist")->type_name("PATH")->required();
        parser->add_flag("-r,--recursive", recursive_, "Watch all its descendants too (servers since 3.6)");
        parser
            ->add_option("--exec", exec_,
                         "Run this with sh for each event, one after the other, with ZOOID_EVENT, ZOOID_PATH, "
                         "ZOOID_ZXID (empty if the server does not tell) and ZOOID_MISSED (1 or 0) set")
            ->type_name("COMMAND");
        parser->add_option("-n,--count", count_, "End after so many events")
            ->type_name("N")
            ->check(CLI::PositiveNumber.description(""));
        parser->add_flag("-q,--quiet", quiet_, "Say nothing about the connection on standard error");
        parser->footer(
            "Events: created, deleted, data_changed, and children_changed without -r. After a lost "
            "connection the nodes are read again; changes found that way are marked as missed.\n"
            "JSON: one {event, path, zxid} a line; zxid is null from servers before 3.9; missed: true is "
            "added where it applies");
        return parser;
    }
    void prepare() override { path_ = node_path(path_); }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        watch_feed feed(call.zk, path_, recursive_ ? watch_mode::recursive : watch_mode::persistent);
        co_await feed.open();
        remark("watching");
        for (std::uint64_t seen = 0; count_ == 0 || seen < count_;) {
            const feed_item item = co_await feed.next();
            if (!item.event) {
                remark(item.remark);
                continue;
            }
            ++seen;
            print(call, item);
            if (!exec_.empty()) {
                co_await execute(item);
            }
        }
    }

private:
    void remark(const std::string& text) const {
        if (!quiet_) {
            complain("watch " + path_, text);
        }
    }

    static void print(invocation& call, const feed_item& item) {
        const watch_event& event = item.event.value();
        if (call.options.json) {
            call.print(to_json(event, item.missed));
            return;
        }
        call.out.line(fmt::format("{:<16} {}{}", to_string(event.type), call.out.foreign(event.path),
                                  item.missed ? "  (missed)" : ""));
        call.out.flush();
    }

    asio::awaitable<void> execute(const feed_item& item) const {
        const watch_event& event = item.event.value();
        std::vector<std::string> variables;
        variables.push_back("ZOOID_EVENT=" + std::string(to_string(event.type)));
        variables.push_back("ZOOID_PATH=" + event.path);
        variables.push_back("ZOOID_ZXID=" + (event.zxid < 0 ? std::string() : std::to_string(event.zxid)));
        variables.push_back(std::string("ZOOID_MISSED=") + (item.missed ? "1" : "0"));
        const int status = co_await run_shell(exec_, std::move(variables));
        if (status != 0) {
            complain("watch " + path_, fmt::format("the command ended with exit code {}", status));
        }
    }

    std::string path_;
    std::string exec_;
    std::uint64_t count_ = 0;
    bool recursive_ = false;
    bool quiet_ = false;
};

} // namespace

std::unique_ptr<command> make_watch() { return std::make_unique<watch_command>(); }

} // namespace zooid::cli
