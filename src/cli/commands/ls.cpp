#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/stat_text.hpp"
#include "cli/subtree.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace zooid::cli {
namespace {

class ls final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("ls", "List the children of a node");
        parser->add_option("path", path_, "The node [/]")->type_name("PATH");
        parser->add_flag("-l,--long", long_, "Mode (e = ephemeral), data version, children, bytes, last change");
        parser->add_flag("-R,--recursive", recursive_, "List the node and all its descendants by their whole paths");
        parser->footer(
            "JSON: {path, children: [name]}; with -l, children: [{name, stat}]; with -R, one {path} or "
            "{path, stat} a line");
        return parser;
    }
    void prepare() override { path_ = node_path(path_); }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        if (!recursive_ && !long_) {
            co_await list_names(call);
            co_return;
        }
        const subtree_options reach{.depth = recursive_ ? subtree_options{}.depth : 1};
        const auto tree = co_await read_subtree(call.zk, path_, reach);
        if (recursive_) {
            list_subtree(call, tree);
        } else {
            list_long(call, tree);
        }
    }

private:
    asio::awaitable<void> list_names(invocation& call) const {
        auto names = co_await call.zk.async_get_children(path_, asio::use_awaitable);
        std::sort(names.begin(), names.end());
        if (!call.options.json) {
            for (const auto& name : names) {
                call.out.foreign_line(name);
            }
            co_return;
        }
        json::array children;
        for (const auto& name : names) {
            children.emplace_back(json_text(name));
        }
        print_children(call, std::move(children));
    }

    void list_long(invocation& call, const std::vector<tree_node>& tree) const {
        json::array children;
        if (!call.options.json) {
            call.out.line(listing_heading());
        }
        for (const std::size_t index : tree.front().children) {
            const tree_node& node = tree[index];
            if (!call.options.json) {
                call.out.line(format_listing_line(node.stat, call.out.foreign(base_name(node.path))));
                continue;
            }
            json::object child;
            child["name"] = json_text(base_name(node.path));
            child["stat"] = to_json(node.stat);
            children.emplace_back(std::move(child));
        }
        if (call.options.json) {
            print_children(call, std::move(children));
        }
    }

    void print_children(invocation& call, json::array children) const {
        json::object document;
        document["path"] = json_text(path_);
        document["children"] = std::move(children);
        call.print(document);
    }

    void list_subtree(invocation& call, const std::vector<tree_node>& tree) const {
        if (long_ && !call.options.json) {
            call.out.line(listing_heading());
        }
        bool incomplete = false;
        for (const std::size_t index : in_order(tree)) {
            const tree_node& node = tree[index];
            if (node.error) {
                complain("ls " + node.path, node.error.message());
                incomplete = true;
            }
            if (call.options.json) {
                json::object document;
                document["path"] = json_text(node.path);
                if (long_) {
                    document["stat"] = to_json(node.stat);
                }
                call.out.line(cli::serialize(document));
            } else if (long_) {
                call.out.line(format_listing_line(node.stat, call.out.foreign(node.path)));
            } else {
                call.out.foreign_line(node.path);
            }
        }
        if (incomplete) {
            call.out.flush();
            throw command_failure(exit_code::not_permitted, "not everything could be read");
        }
    }

    std::string path_ = "/";
    bool long_ = false;
    bool recursive_ = false;
};

} // namespace

std::unique_ptr<command> make_ls() { return std::make_unique<ls>(); }

} // namespace zooid::cli
