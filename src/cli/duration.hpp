#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::cli {

/// Reads a duration such as `500ms`, `5s`, `1.5m`, `2h`, `1d`; a plain number is seconds. Nothing when it is no
/// duration, not positive, or beyond 2^40 ms.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// Writes a duration the shortest way, e.g. `1500ms`, `10s`.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

} // namespace zooid::cli
