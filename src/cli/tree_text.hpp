#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zooid::cli {

/// A node as a tree file has it.
struct tree_entry {
    std::string path;
    std::optional<std::string> data; ///< nothing: null, which is not the same as empty
};

/// Reads a line (without its end) of a tree file. Nothing for comments and empty lines. Throws `std::invalid_argument` with
/// the reason when it is wrong.
///
/// A line is `PATH`, or `PATH<tab>DATA`; lines that begin with `#` are comments. In both parts `\\`, `\t`, `\n` and `\r` stand
/// for themselves and `\xHH` for any byte; all other bytes are taken as they are. What a second tab would begin is
/// kept for later versions.
[[nodiscard]] std::optional<tree_entry> parse_tree_line(std::string_view line);

} // namespace zooid::cli
