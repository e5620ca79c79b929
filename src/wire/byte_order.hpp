#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace zooid::wire {

/// Swaps the bytes of a host integer into network order, or back.
[[nodiscard]] inline std::uint32_t big_endian(std::uint32_t v) noexcept {
    return std::endian::native == std::endian::big ? v : __builtin_bswap32(v);
}
[[nodiscard]] inline std::uint64_t big_endian(std::uint64_t v) noexcept {
    return std::endian::native == std::endian::big ? v : __builtin_bswap64(v);
}

/// Writes `v` in network order to the 4 bytes at `at`; returns the byte after them.
inline char* store_i32(char* at, std::int32_t v) noexcept {
    const std::uint32_t bits = big_endian(static_cast<std::uint32_t>(v));
    std::memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

/// Writes `v` in network order to the 8 bytes at `at`; returns the byte after them.
inline char* store_i64(char* at, std::int64_t v) noexcept {
    const std::uint64_t bits = big_endian(static_cast<std::uint64_t>(v));
    std::memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

/// Reads the 4 bytes at `at` as an integer in network order.
[[nodiscard]] inline std::int32_t load_i32(const char* at) noexcept {
    std::uint32_t bits;
    std::memcpy(&bits, at, sizeof bits);
    return static_cast<std::int32_t>(big_endian(bits));
}

/// Reads the 8 bytes at `at` as an integer in network order.
[[nodiscard]] inline std::int64_t load_i64(const char* at) noexcept {
    std::uint64_t bits;
    std::memcpy(&bits, at, sizeof bits);
    return static_cast<std::int64_t>(big_endian(bits));
}

/// Copies `n` bytes to `at`, none from a null `from`; returns the byte after them.
inline char* store_bytes(char* at, const char* from, std::size_t n) noexcept {
    if (n != 0) { // memcpy must not be given a null pointer, even for nothing
        std::memcpy(at, from, n);
    }
    return at + n;
}

} // namespace zooid::wire
