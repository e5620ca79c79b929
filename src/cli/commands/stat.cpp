#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/stat_text.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

namespace zooid::cli {
namespace {

class stat_command final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("stat", "Print the metadata of a node");
        parser->add_option("path", path_, "The node")->type_name("PATH")->required();
        parser->footer(
            "JSON: {path, stat: {czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion, "
            "ephemeral_owner, data_length, num_children}}; times are UTC, ephemeral_owner is null or "
            "hexadecimal text");
        return parser;
    }
    void prepare() override { path_ = node_path(path_); }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        const auto found = co_await call.zk.async_exists(path_, asio::use_awaitable);
        if (!found) {
            throw boost::system::system_error(make_error_code(errc::no_node));
        }
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            document["stat"] = to_json(*found);
            call.print(document);
        } else {
            call.out.write(format_stat(*found));
        }
    }

private:
    std::string path_;
};

} // namespace

std::unique_ptr<command> make_stat() { return std::make_unique<stat_command>(); }

} // namespace zooid::cli
