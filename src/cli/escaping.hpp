#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid::cli {

/// What becomes of tabs and line ends when text is escaped.
enum class line_ends : std::uint8_t {
    keep,
    escape,
};

/// True if the bytes are well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// The text with everything a terminal might obey made visible: control characters and stray bytes as `\n`, `\x1b`,
/// characters that reorder or hide text as `\u{202e}`.
[[nodiscard]] std::string escape_for_terminal(std::string_view text, line_ends ends = line_ends::escape);

/// A JSON document with the same characters, where they are not escaped yet, as `\u202e`; it stays the same document.
[[nodiscard]] std::string escape_json(std::string_view document);

/// The text with every stray byte replaced by U+FFFD, so that it is UTF-8.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// The first `limit` characters of escaped text, with an ellipsis where something was cut off.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t limit);

} // namespace zooid::cli
