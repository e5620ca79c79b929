#pragma once

#include <zooid/error.hpp>

#include <stdexcept>
#include <string>

namespace zooid::cli {

/// How the command ends; scripts may rely on the numbers.
enum class exit_code : int {
    ok = 0,
    failure = 1,
    usage = 2,
    no_node = 3,
    node_exists = 4,
    bad_version = 5,
    not_permitted = 6,
    no_connection = 7,
    not_empty = 8,
    unsupported = 9,
    interrupted = 130, ///< 128 + SIGINT, as shells have it
    broken_pipe = 141, ///< 128 + SIGPIPE
    terminated = 143,  ///< 128 + SIGTERM
};

/// The exit code that tells a script about an error of the library, the system or the network.
[[nodiscard]] exit_code exit_code_of(const error_code& ec) noexcept;

/// The table of exit codes for the help text; ends in a line end.
[[nodiscard]] std::string describe_exit_codes();

/// Ends a command with a reason in words and an exit code.
class command_failure : public std::runtime_error {
public:
    command_failure(exit_code code, const std::string& reason) : std::runtime_error(reason), code_(code) {}

    [[nodiscard]] exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

} // namespace zooid::cli
