#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>

namespace zooid::cli {
namespace {

class rm final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("rm", "Delete nodes");
        parser->add_option("path", paths_, "The nodes")->type_name("PATH")->required();
        auto* recursive = parser->add_flag("-r,--recursive", recursive_, "Delete their descendants first");
        parser->add_flag("-f,--force", force_, "Say nothing, and do not fail, where there is no such node");
        parser->add_option("--version", version_, "Fail unless the data has this version [any]")
            ->type_name("N")
            ->check(CLI::Range(any_version, INT32_MAX).description(""))
            ->excludes(recursive);
        parser->footer("JSON: one {path, removed} a line; removed is false where -f met no node");
        return parser;
    }
    void prepare() override {
        for (auto& path : paths_) {
            failing_ = path;
            path = node_path(path);
            if (path == "/") {
                throw command_failure(exit_code::usage, "the root cannot be deleted");
            }
        }
        failing_ = paths_.front();
    }
    [[nodiscard]] std::string subject() const override { return failing_; }

    asio::awaitable<void> run(invocation& call) override {
        for (const auto& path : paths_) {
            call.subject = path;
            const remove_options how{.version = version_, .recursive = recursive_};
            const auto [ec] = co_await call.zk.async_remove(path, how, asio::as_tuple(asio::use_awaitable));
            if (ec == errc::not_empty) {
                throw command_failure(exit_code::not_empty, ec.message() + " (-r deletes them too)");
            }
            if (ec && !(force_ && ec == errc::no_node)) {
                throw boost::system::system_error(ec);
            }
            if (call.options.json) {
                json::object document;
                document["path"] = json_text(path);
                document["removed"] = !ec;
                call.print(document);
            }
        }
    }

private:
    std::vector<std::string> paths_;
    std::string failing_;
    std::int32_t version_ = any_version;
    bool recursive_ = false;
    bool force_ = false;
};

} // namespace

std::unique_ptr<command> make_rm() { return std::make_unique<rm>(); }

} // namespace zooid::cli
