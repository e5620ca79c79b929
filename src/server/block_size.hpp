#pragma once

#include <cstddef>

namespace zooid::server {

/// What malloc (glibc's on 64 bits) has for so many bytes: 24, 40, 56... Asked for as a whole, a block has room to grow into.
[[nodiscard]] constexpr std::size_t block_size(std::size_t bytes) noexcept { return (bytes + 7) / 16 * 16 + 8; }

} // namespace zooid::server
