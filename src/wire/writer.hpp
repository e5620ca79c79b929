#pragma once

#include "wire/buffer.hpp"
#include "wire/byte_order.hpp"
#include "wire/path_ref.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace zooid::wire {

/// The most bytes one string, record or frame can have: its length travels as a signed 32-bit number.
inline constexpr std::size_t max_encoded_size = std::numeric_limits<std::int32_t>::max();

/// Gives `n` as a wire length; throws std::length_error when it exceeds `max_encoded_size`.
[[nodiscard]] inline std::int32_t wire_length(std::size_t n) {
    if (n > max_encoded_size) [[unlikely]] {
        throw std::length_error("too large for ZooKeeper's protocol");
    }
    return static_cast<std::int32_t>(n);
}

/// Appends single fields to a buffer, which must outlive it. Every call may throw std::bad_alloc, and those that take
/// bytes std::length_error; either leaves the buffer as it was. No argument may lie in the buffer itself.
class writer {
public:
    explicit writer(buffer& target) noexcept : target_(&target) {}

    /// The buffer written to.
    [[nodiscard]] buffer& target() const noexcept { return *target_; }

    /// Appends 4 bytes.
    void i32(std::int32_t v) { store_i32(target_->grow(4), v); }
    /// Appends 8 bytes.
    void i64(std::int64_t v) { store_i64(target_->grow(8), v); }
    /// Appends one byte, 0 or 1.
    void boolean(bool v) { *target_->grow(1) = v ? '\1' : '\0'; }

    /// Appends a string or buffer that is not null: length and bytes.
    void string(std::string_view v) {
        const std::int32_t length = wire_length(v.size());
        store_bytes(store_i32(target_->grow(4 + v.size()), length), v.data(), v.size());
    }
    /// Appends a string or buffer, or the null one.
    void bytes(const std::optional<std::string_view>& v) { v ? string(*v) : i32(-1); }
    /// Appends chroot and path as one string.
    void path(const path_ref& v) {
        const std::size_t n = v.size();
        const std::int32_t length = wire_length(n);
        v.store(store_i32(target_->grow(4 + n), length));
    }

private:
    buffer* target_;
};

} // namespace zooid::wire
