#include "cli/acl_text.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <limits>
#include <memory>
#include <stdexcept>

namespace zooid::cli {
namespace {

using state_channel = asio::experimental::channel<void(error_code, session_state)>;

class create final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("create", "Create a node and print its path");
        parser->add_option("path", path_, "The node; with -s the start of its path")->type_name("PATH")->required();
        parser->add_option("data", data_, "Its data [none]; - takes standard input")->type_name("DATA");
        auto* ephemeral = parser->add_flag("-e,--ephemeral", ephemeral_,
                                           "A node that lasts as long as this command: it keeps running until a "
                                           "signal ends it, then the node goes");
        auto* sequential = parser->add_flag("-s,--sequential", sequential_, "Append a number the server counts up");
        auto* container = parser->add_flag("-c,--container", container_,
                                           "A node the server removes some time after its last child has gone");
        auto* ttl = parser
                        ->add_option("-t,--ttl", ttl_,
                                     "A node the server removes when it was unchanged and childless for so long")
                        ->type_name("DURATION");
        container->excludes(ephemeral)->excludes(sequential)->excludes(ttl);
        ttl->excludes(ephemeral);
        parser->add_flag("-p,--parents", parents_, "Create missing parents");
        parser->add_option("--acl", acl_text_, "open, read, creator, or SCHEME:ID:PERMISSIONS,... out of cdrwa [open]")
            ->type_name("ACL");
        parser->footer("Data that begins with a dash: zooid create -- PATH -DATA\nJSON: {path}");
        return parser;
    }

    void prepare() override {
        path_ = node_path(path_, sequential_ ? path_use::sequential : path_use::node);
        if (!ttl_.empty()) {
            const auto ttl = parse_duration(ttl_);
            if (!ttl) {
                throw command_failure(exit_code::usage, "--ttl " + ttl_ + " is no duration, such as 30s or 2h");
            }
            how_.ttl = *ttl;
        }
        if (!acl_text_.empty()) {
            try {
                acl_ = parse_acl(acl_text_);
            } catch (const std::invalid_argument& problem) {
                throw command_failure(exit_code::usage, std::string("--acl: ") + problem.what());
            }
            how_.acl = acl_;
        }
        how_.make_path = parents_;
        how_.mode = mode();
        data_ = read_data(data_);
    }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        // Shared, since a signal ends this coroutine anywhere, and the listener stays.
        const auto states =
            std::make_shared<state_channel>(call.zk.get_executor(), std::numeric_limits<std::size_t>::max());
        const auto listener = call.zk.add_listener(
            [states](const state_change& change) { states->try_send(error_code(), change.state); });
        const auto [ec, path] = co_await call.zk.async_create(path_, data_, how_, asio::as_tuple(asio::use_awaitable));
        if (ec == errc::no_node) {
            call.zk.remove_listener(listener);
            throw command_failure(exit_code::no_node, "its parent does not exist (-p creates it)");
        }
        if (!ec) {
            print(call, path);
        }
        if (!ec && ephemeral_) {
            co_await hold(*states);
        }
        call.zk.remove_listener(listener);
        if (ec) {
            throw boost::system::system_error(ec);
        }
    }

private:
    [[nodiscard]] create_mode mode() const noexcept {
        if (container_) {
            return create_mode::container;
        }
        if (ephemeral_) {
            return sequential_ ? create_mode::ephemeral_sequential : create_mode::ephemeral;
        }
        if (how_.ttl.count() > 0) {
            return sequential_ ? create_mode::persistent_sequential_ttl : create_mode::persistent_ttl;
        }
        return sequential_ ? create_mode::persistent_sequential : create_mode::persistent;
    }

    static void print(invocation& call, const std::string& path) {
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path);
            call.print(document);
        } else {
            call.out.foreign_line(path);
            call.out.flush();
        }
    }

    /// Returns by cancellation, or when the node is gone.
    static asio::awaitable<void> hold(state_channel& states) {
        for (;;) {
            const session_state state = co_await states.async_receive(asio::use_awaitable);
            if (state == session_state::lost) {
                throw command_failure(exit_code::no_connection, "the session was lost, and the node with it");
            }
        }
    }

    std::string path_;
    std::string data_;
    std::string ttl_;
    std::string acl_text_;
    acl acl_;
    create_options how_;
    bool ephemeral_ = false;
    bool sequential_ = false;
    bool container_ = false;
    bool parents_ = false;
};

} // namespace

std::unique_ptr<command> make_create() { return std::make_unique<create>(); }

} // namespace zooid::cli
