#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace zooid::cli {

namespace asio = boost::asio;

/// Runs a command line with `/bin/sh -c` and waits for it without blocking the event loop. `variables` are added to the
/// environment, each as `NAME=value`. Returns its exit code, 128 + n when signal n ended it. When the wait is cancelled
/// the shell gets SIGTERM. Throws `std::system_error` when there is no shell.
[[nodiscard]] asio::awaitable<int> run_shell(std::string command_line, std::vector<std::string> variables);

} // namespace zooid::cli
