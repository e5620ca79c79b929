#include "cli/arguments.hpp"
#include "cli/command.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

namespace zooid::cli {
namespace {

class sync_command final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("sync", "Wait until the server has caught up with its leader");
        parser->add_option("path", path_, "A node; the whole tree is brought up to date whichever it is [/]")
            ->type_name("PATH");
        parser->footer("JSON: {path}");
        return parser;
    }
    void prepare() override { path_ = node_path(path_); }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        co_await call.zk.async_sync(path_, asio::use_awaitable);
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            call.print(document);
        }
    }

private:
    std::string path_ = "/";
};

} // namespace

std::unique_ptr<command> make_sync() { return std::make_unique<sync_command>(); }

} // namespace zooid::cli
