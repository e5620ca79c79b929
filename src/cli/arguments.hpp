#pragma once

#include <zooid/path.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid::cli {

/// What a path on the command line is for.
enum class path_use : std::uint8_t {
    node,
    sequential, ///< the start of a path: may end in `/`
};

/// The path a user typed, checked, without the trailing slashes that shells complete. Throws `command_failure` (usage)
/// saying what is wrong with it.
[[nodiscard]] std::string node_path(std::string_view argument, path_use use = path_use::node);

/// A node's data as given on the command line: the text itself, or all of standard input for `-`. Blocks for the
/// latter; throws `command_failure` when it cannot be read.
[[nodiscard]] std::string read_data(const std::string& argument);

} // namespace zooid::cli
