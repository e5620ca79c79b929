#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/escaping.hpp"
#include "cli/exit_code.hpp"
#include "cli/subtree.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <optional>

namespace zooid::cli {
namespace {

constexpr std::size_t preview_length = 60; // characters of data shown behind a name

/// The pieces a tree is drawn with.
struct drawing {
    std::string_view branch, last, bar, gap;
};
constexpr drawing lines{"├── ", "└── ", "│   ", "    "};
constexpr drawing ascii{"|-- ", "`-- ", "|   ", "    "};

std::string preview(std::string_view data) {
    if (!is_utf8(data)) {
        return fmt::format("({} bytes, not text)", data.size());
    }
    return shorten(escape_for_terminal(data.substr(0, preview_length * 4 + 4)), preview_length);
}

class tree final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("tree", "Show a node and its descendants as a tree");
        parser->add_option("path", path_, "The node [/]")->type_name("PATH");
        parser->add_option("-L,--level", depth_, "Go down so many levels only")
            ->type_name("DEPTH")
            ->check(CLI::NonNegativeNumber.description(""));
        parser->add_flag("-d,--data", data_, "Show the beginning of each node's data");
        parser->add_flag("--ascii", ascii_, "Draw with ASCII characters");
        parser->footer(
            "JSON: {path, name, children: [{name, children}]}, each with its whole data or data_base64 "
            "under --data");
        return parser;
    }
    void prepare() override { path_ = node_path(path_); }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        subtree_options reach{.data = data_};
        if (depth_) {
            reach.depth = *depth_;
        }
        const auto nodes = co_await read_subtree(call.zk, path_, reach);
        if (call.options.json) {
            call.print(to_document(nodes));
        } else {
            draw(call.out, nodes);
        }
        for (const auto& node : nodes) {
            if (node.error) {
                call.out.flush();
                throw command_failure(exit_code::not_permitted, "not everything could be read");
            }
        }
    }

private:
    /// Deep trees would exhaust the stack of a recursive function, so both walks keep their own.
    void draw(output& out, const std::vector<tree_node>& nodes) const {
        const drawing& with = ascii_ ? ascii : lines;
        std::vector<std::size_t> left; // by depth: siblings still to come, this one included
        for (const std::size_t index : in_order(nodes)) {
            const tree_node& node = nodes[index];
            left.resize(node.depth);
            std::string prefix;
            for (std::size_t d = 0; d + 1 < node.depth; ++d) {
                prefix += left[d] > 0 ? with.bar : with.gap;
            }
            if (node.depth > 0) {
                prefix += --left[node.depth - 1] > 0 ? with.branch : with.last;
            }
            out.line(prefix + label(out, node));
            left.push_back(node.children.size());
        }
    }

    [[nodiscard]] std::string label(const output& out, const tree_node& node) const {
        std::string text = out.foreign(node.depth == 0 ? node.path : base_name(node.path));
        if (node.error) {
            text += " [" + node.error.message() + "]";
        } else if (data_ && !node.data.empty()) {
            text += ": " + preview(node.data);
        }
        return text;
    }

    [[nodiscard]] json::object to_document(const std::vector<tree_node>& nodes) const {
        std::vector<json::object> documents(nodes.size());
        for (std::size_t i = nodes.size(); i-- > 0;) { // children stand behind their parents
            const tree_node& node = nodes[i];
            json::object& document = documents[i];
            if (i == 0) {
                document["path"] = json_text(node.path);
            }
            document["name"] = json_text(base_name(node.path));
            if (node.error) {
                document["error"] = node.error.message();
            } else if (data_) {
                put_data(document, node.data);
            }
            json::array children;
            for (const std::size_t child : node.children) {
                children.emplace_back(std::move(documents[child]));
            }
            document["children"] = std::move(children);
        }
        return std::move(documents.front());
    }

    std::string path_ = "/";
    std::optional<std::size_t> depth_;
    bool data_ = false;
    bool ascii_ = false;
};

} // namespace

std::unique_ptr<command> make_tree() { return std::make_unique<tree>(); }

} // namespace zooid::cli
