#pragma once

#include "client/operations.hpp"

#include <zooid/options.hpp>

#include <string>
#include <string_view>

// Four-letter words, each on a connection of its own.

namespace zooid::detail {

[[nodiscard]] launched<std::string> start_command(const call_site& site, std::string_view word,
                                                  const command_options& options);
[[nodiscard]] launched<std::string> start_server_version(const call_site& site, const command_options& options);

/// The version number in an answer to `srvr`, `stat` or `envi`: "3.8.0" of "Zookeeper version: 3.8.0-5a02a05, built on …".
/// Empty if there is none.
[[nodiscard]] std::string version_in(std::string_view answer);

} // namespace zooid::detail
