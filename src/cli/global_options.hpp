#pragma once

#include <zooid/options.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace zooid::cli {

/// What the user says before or after any command.
struct global_options {
    std::string server = "127.0.0.1:2181";     ///< connect string, chroot included
    std::chrono::milliseconds timeout{10'000}; ///< of connecting, and of each request
    std::chrono::milliseconds session_timeout{10'000};
    std::vector<std::string> auth; ///< `scheme:data`, or `@file` with one of these a line
    bool json = false;
    int verbosity = 0; ///< 1: what happens to the connection; 2: everything
};

/// Reads the credentials: each is `scheme:data`, or `@file`. Throws `command_failure` (usage), naming no secret.
[[nodiscard]] std::vector<credential> read_credentials(const std::vector<std::string>& arguments);

/// The options of the client that a command uses, without a log sink. Throws as `read_credentials`.
[[nodiscard]] client_options make_client_options(const global_options& options);

} // namespace zooid::cli
