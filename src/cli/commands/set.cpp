#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/stat_text.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>

namespace zooid::cli {
namespace {

class set final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("set", "Replace the data of a node");
        parser->add_option("path", path_, "The node")->type_name("PATH")->required();
        parser->add_option("data", data_, "The new data; - takes standard input")->type_name("DATA")->required();
        parser->add_option("--version", version_, "Fail unless the data has this version [any]")
            ->type_name("N")
            ->check(CLI::Range(any_version, INT32_MAX).description(""));
        parser->add_flag("--stat", stat_, "Print the new metadata");
        parser->footer("Data that begins with a dash: zooid set -- PATH -DATA\nJSON: {path, stat}");
        return parser;
    }
    void prepare() override {
        path_ = node_path(path_);
        data_ = read_data(data_);
    }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        const set_options how{.version = version_};
        const zooid::stat now = co_await call.zk.async_set(path_, data_, how, asio::use_awaitable);
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            document["stat"] = to_json(now);
            call.print(document);
        } else if (stat_) {
            call.out.write(format_stat(now));
        }
    }

private:
    std::string path_;
    std::string data_;
    std::int32_t version_ = any_version;
    bool stat_ = false;
};

} // namespace

std::unique_ptr<command> make_set() { return std::make_unique<set>(); }

} // namespace zooid::cli
