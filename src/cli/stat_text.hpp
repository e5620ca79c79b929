#pragma once

#include <zooid/types.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid::cli {

/// A server's time as UTC, e.g. `2026-03-01T12:00:00.250Z`.
[[nodiscard]] std::string format_time(server_time time);

/// An id or zxid the way ZooKeeper's own tools print it, e.g. `0x100000a3f`.
[[nodiscard]] std::string format_id(std::int64_t id);

/// All fields, one `name value` a line, each line ended.
[[nodiscard]] std::string format_stat(const stat& s);

/// The heading of the lines of `format_listing_line`.
[[nodiscard]] std::string listing_heading();

/// One line of a long listing, without line end: mode (`e` for ephemerals), data version, children, bytes, last change,
/// name.
[[nodiscard]] std::string format_listing_line(const stat& s, std::string_view name);

} // namespace zooid::cli
