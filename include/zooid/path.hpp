#pragma once

#include <zooid/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace zooid {

// Paths are UTF-8, start with '/', do not end in it (but for "/" itself), have no empty, "." or ".." component, and no
// control characters, private use characters, specials (U+FFF0 to U+FFFF) or characters beyond U+FFFF. All functions here
// are pure: any thread, no blocking.

/// Checks a node's path; false when no server would create it.
[[nodiscard]] bool is_valid_path(std::string_view path) noexcept;

/// The same as an error: `errc::invalid_path`, or none.
[[nodiscard]] inline error_code validate_path(std::string_view path) noexcept {
    return is_valid_path(path) ? error_code{} : make_error_code(errc::invalid_path);
}

/// Checks what a sequential node's path starts with: the last component may be empty, since the server appends a number.
[[nodiscard]] error_code validate_sequential_path(std::string_view path) noexcept;

/// What is wrong with a node's path, e.g. "empty component at position 3" (counting bytes from 0), or nothing.
[[nodiscard]] std::optional<std::string> path_problem(std::string_view path);

/// What is wrong with the start of a sequential node's path, or nothing.
[[nodiscard]] std::optional<std::string> sequential_path_problem(std::string_view path);

/// The path without its last component: "/a" for "/a/b", "/" for "/a" and for "/". A view into the argument.
[[nodiscard]] std::string_view parent_path(std::string_view path) noexcept;

/// The last component: "b" for "/a/b", nothing for "/". A view into the argument.
[[nodiscard]] std::string_view base_name(std::string_view path) noexcept;

/// Puts `name`, which may have several components and a leading '/', under `parent`. An empty name or "/" gives `parent`,
/// an empty parent counts as "/".
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view name);

} // namespace zooid
