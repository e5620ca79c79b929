#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/escaping.hpp"
#include "cli/stat_text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>

namespace zooid::cli {
namespace {

enum class data_format : std::uint8_t {
    automatic, ///< text on a terminal, else raw
    raw,       ///< the bytes, nothing else
    text,      ///< control characters escaped, a line end added
    base64,
};

class get final : public command {
public:
    CLI::App* declare(CLI::App& app) override {
        auto* parser = app.add_subcommand("get", "Print the data of a node");
        parser->add_option("path", path_, "The node")->type_name("PATH")->required();
        parser->add_flag("--stat", stat_, "Print the metadata as well");
        parser->add_flag("-w,--watch", watch_, "Go on: print the data whenever it has changed, until interrupted");
        parser
            ->add_option("-o,--output", format_name_,
                         "auto: text on a terminal, else raw. raw: exactly the bytes. text: control characters "
                         "escaped, a line end added. base64 [auto]")
            ->type_name("FORMAT")
            ->check(CLI::IsMember({"auto", "raw", "text", "base64"}).description(""));
        parser->footer(
            "JSON: {path, data, stat}, data_base64 in place of data when it is not UTF-8; under --watch "
            "one a line, {path, deleted: true} when the node is gone");
        return parser;
    }
    void prepare() override {
        path_ = node_path(path_);
        if (format_name_ == "raw") {
            format_ = data_format::raw;
        } else if (format_name_ == "text") {
            format_ = data_format::text;
        } else if (format_name_ == "base64") {
            format_ = data_format::base64;
        }
    }
    [[nodiscard]] std::string subject() const override { return path_; }

    asio::awaitable<void> run(invocation& call) override {
        if (watch_) {
            co_await follow(call);
        } else {
            const node found = co_await call.zk.async_get(path_, asio::use_awaitable);
            print(call, found.data, found.stat);
        }
    }

private:
    /// Prints each value seen, until cancelled. Lost connections only interrupt it.
    asio::awaitable<void> follow(invocation& call) {
        std::optional<zooid::stat> shown;
        bool seen = false; // a node that was never there is an error
        for (;;) {
            auto [ec, found] = co_await call.zk.async_get_and_watch(path_, asio::as_tuple(asio::use_awaitable));
            if (ec == errc::no_node && seen) {
                co_await wait_for_creation(call, shown);
                continue;
            }
            if (ec) {
                co_await outlast(call, ec);
                continue;
            }
            seen = true;
            if (!shown || shown->mzxid != found.stat.mzxid) {
                print(call, found.data, found.stat);
                call.out.flush();
                shown = found.stat;
            }
            const auto [ended, event] = co_await found.watch.async_next(asio::as_tuple(asio::use_awaitable));
            static_cast<void>(ended); // whatever has ended the watch, reading again tells
            static_cast<void>(event);
        }
    }

    /// Lets the end of a connection or of a session pass; throws any other error.
    static asio::awaitable<void> outlast(invocation& call, error_code ec) {
        if (ec == errc::session_expired) { // until there is a new one, operations fail at once
            co_await call.zk.async_start({.timeout = {}}, asio::use_awaitable);
        } else if (ec != condition::retryable) { // the next read waits for a connection
            throw boost::system::system_error(ec);
        }
    }

    asio::awaitable<void> wait_for_creation(invocation& call, std::optional<zooid::stat>& shown) {
        if (shown) {
            shown.reset();
            if (call.options.json) {
                json::object document;
                document["path"] = json_text(path_);
                document["deleted"] = true;
                call.print(document);
            } else {
                complain("get " + path_, "the node was deleted; waiting for it to be created again");
            }
        }
        auto [ec, found] = co_await call.zk.async_exists_and_watch(path_, asio::as_tuple(asio::use_awaitable));
        if (!ec && !found.stat) {
            const auto [ended, event] = co_await found.watch.async_next(asio::as_tuple(asio::use_awaitable));
            static_cast<void>(ended);
            static_cast<void>(event);
        }
    }

    void print(invocation& call, const std::string& data, const zooid::stat& s) const {
        if (call.options.json) {
            json::object document;
            document["path"] = json_text(path_);
            put_data(document, data);
            document["stat"] = to_json(s);
            call.print(document);
            return;
        }
        const bool text = format_ == data_format::text || (format_ == data_format::automatic && call.out.is_terminal());
        if (format_ == data_format::base64) {
            call.out.line(base64(data));
        } else if (text) {
            call.out.write(escape_for_terminal(data, line_ends::keep));
            end_line(call.out, data);
        } else {
            call.out.write(data);
        }
        if (stat_) {
            if (!text && format_ != data_format::base64) {
                end_line(call.out, data);
            }
            call.out.write(format_stat(s));
        } else if (watch_ && format_ == data_format::automatic && !text) {
            end_line(call.out, data); // else one value would run into the next
        }
    }

    static void end_line(output& out, const std::string& data) {
        if (!data.ends_with('\n')) {
            out.write("\n");
        }
    }

    std::string path_;
    std::string format_name_ = "auto";
    data_format format_ = data_format::automatic;
    bool stat_ = false;
    bool watch_ = false;
};

} // namespace

std::unique_ptr<command> make_get() { return std::make_unique<get>(); }

} // namespace zooid::cli
