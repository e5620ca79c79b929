#include "cli/acl_text.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <stdexcept>

namespace zooid::cli {
namespace {

class acl_command final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("acl", "Print or replace the access control list of a node");
        parser->add_option("path", path_, "The node")->type_name("PATH")->required();
        auto* replace =
            parser->add_option("--set", text_, "The new list: open, read, creator, or SCHEME:ID:PERMISSIONS,...")
                ->type_name("ACL");
        parser->add_option("--version", version_, "Fail unless the list has this version (aversion) [any]")
            ->type_name("N")
            ->check(CLI::Range(any_version, INT32_MAX).description(""))
            ->needs(replace);
        parser->footer(
            "Permissions are letters: c create children, d delete children, r read, w write, a change the "
            "list.\nJSON: {path, acl: [{scheme, id, permissions}], stat}; with --set {path, stat}");
        return parser;
    }
    void prepare() override {
        path_ = node_path(path_);
        if (!text_.empty()) {
            try {
                list_ = parse_acl(text_);
            } catch (const std::invalid_argument& problem) {
                throw command_failure(exit_code::usage, std::string("--set: ") + problem.what());
            }
        }
    }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        if (list_.empty()) {
            const node_acls found = co_await call.zk.async_get_acls(path_, asio::use_awaitable);
            print(call, found);
            co_return;
        }
        const set_acls_options how{.version = version_};
        const stat now = co_await call.zk.async_set_acls(path_, list_, how, asio::use_awaitable);
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            document["stat"] = to_json(now);
            call.print(document);
        }
    }

private:
    void print(invocation& call, const node_acls& found) const {
        json::array entries;
        for (const auto& entry : found.acls) {
            const std::string permissions = format_permissions(entry.permissions);
            if (!call.options.json) {
                call.out.foreign_line(entry.scheme + ":" + entry.id + ":" + permissions);
                continue;
            }
            json::object document;
            document["scheme"] = json_text(entry.scheme);
            document["id"] = json_text(entry.id);
            document["permissions"] = json_text(permissions);
            entries.emplace_back(std::move(document));
        }
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            document["acl"] = std::move(entries);
            document["stat"] = to_json(found.stat);
            call.print(document);
        }
    }

    std::string path_;
    std::string text_;
    acl list_;
    std::int32_t version_ = any_version;
};

} // namespace

std::unique_ptr<command> make_acl() { return std::make_unique<acl_command>(); }

} // namespace zooid::cli
