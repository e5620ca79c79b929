#pragma once

#include "cli/invocation.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace zooid::cli {

/// One command: what follows `zooid` on the command line.
class command {
public:
    command() = default;
    command(const command&) = delete;
    command& operator=(const command&) = delete;
    virtual ~command() = default;

    /// Adds name, options and help to the parser; returns the subcommand.
    virtual CLI::App* declare(CLI::App& app) = 0;
    /// Checks the arguments before anything is sent; may block reading standard input. Throws `command_failure`.
    virtual void prepare() {}
    /// False for what asks a server without opening a session.
    [[nodiscard]] virtual bool needs_session() const noexcept { return true; }
    /// True for what goes on until a signal ends it, and has done its work then.
    [[nodiscard]] virtual bool ends_by_signal() const noexcept { return false; }
    /// What an error line names next to the command.
    [[nodiscard]] virtual std::string subject() const = 0;
    /// Does the work. Throws `command_failure`, or the error of what failed.
    virtual asio::awaitable<void> run(invocation& call) = 0;
};

std::unique_ptr<command> make_ls();
std::unique_ptr<command> make_tree();
std::unique_ptr<command> make_get();
std::unique_ptr<command> make_set();
std::unique_ptr<command> make_create();
std::unique_ptr<command> make_rm();
std::unique_ptr<command> make_stat();
std::unique_ptr<command> make_acl();
std::unique_ptr<command> make_watch();
std::unique_ptr<command> make_sync();
std::unique_ptr<command> make_four_letter_word();
std::unique_ptr<command> make_serve();

} // namespace zooid::cli
