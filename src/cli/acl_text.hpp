#pragma once

#include <zooid/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::cli {

/// Reads an ACL: a name (`open`, `read`, `creator`) or entries `scheme:id:permissions` joined by commas, the
/// permissions being letters of `cdrwa` or `all`. Throws `std::invalid_argument` naming what is wrong.
[[nodiscard]] acl parse_acl(std::string_view text);

/// Reads permission letters out of `cdrwa`, or `all`; nothing when there is any other letter.
[[nodiscard]] std::optional<std::int32_t> parse_permissions(std::string_view letters) noexcept;

/// Writes permissions as letters in the order `cdrwa`.
[[nodiscard]] std::string format_permissions(std::int32_t permissions);

} // namespace zooid::cli
