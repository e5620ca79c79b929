#pragma once

#include "wire/byte_order.hpp"
#include "wire/path_ref.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace zooid::wire {

/// Takes fields from the front of a run of bytes it does not own. Every getter returns false instead of reading past the
/// end, and then leaves its argument unspecified; strings are views into the input. Never throws, never allocates.
class reader {
public:
    /// At the end of nothing.
    reader() noexcept = default;
    explicit reader(std::string_view input) noexcept : at_(input.data()), end_(input.data() + input.size()) {}

    /// Bytes not taken yet.
    [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    /// The bytes not taken yet.
    [[nodiscard]] std::string_view rest() const noexcept { return {at_, remaining()}; }

    /// Takes `n` bytes and returns the first of them, or null when there are fewer. `n` must not be 0.
    [[nodiscard]] const char* take(std::size_t n) noexcept {
        if (remaining() < n) [[unlikely]] {
            return nullptr;
        }
        const char* const taken = at_;
        at_ += n;
        return taken;
    }

    /// Takes 4 bytes.
    [[nodiscard]] bool i32(std::int32_t& v) noexcept {
        const char* const at = take(4);
        if (at == nullptr) [[unlikely]] {
            return false;
        }
        v = load_i32(at);
        return true;
    }

    /// Takes 8 bytes.
    [[nodiscard]] bool i64(std::int64_t& v) noexcept {
        const char* const at = take(8);
        if (at == nullptr) [[unlikely]] {
            return false;
        }
        v = load_i64(at);
        return true;
    }

    /// Takes one byte; whatever is not 0 is true.
    [[nodiscard]] bool boolean(bool& v) noexcept {
        const char* const at = take(1);
        if (at == nullptr) [[unlikely]] {
            return false;
        }
        v = *at != '\0';
        return true;
    }

    /// Takes a string or buffer that may be null; a length below -1 or beyond the end is malformed.
    [[nodiscard]] bool bytes(std::optional<std::string_view>& v) noexcept {
        std::int32_t length = 0;
        if (!i32(length)) [[unlikely]] {
            return false;
        }
        if (length >= 0 && static_cast<std::size_t>(length) <= remaining()) [[likely]] {
            v.emplace(at_, static_cast<std::size_t>(length));
            at_ += length;
            return true;
        }
        v.reset();
        return length == -1;
    }

    /// Takes a string or buffer; a null one is malformed here.
    [[nodiscard]] bool string(std::string_view& v) noexcept {
        std::int32_t length = 0;
        if (!i32(length) || length < 0 || static_cast<std::size_t>(length) > remaining()) [[unlikely]] {
            return false;
        }
        v = {at_, static_cast<std::size_t>(length)};
        at_ += length;
        return true;
    }

    /// Takes a path, whole: the chroot stays empty. A null one is malformed.
    [[nodiscard]] bool path(path_ref& v) noexcept {
        v.chroot = {};
        return string(v.path);
    }

    /// Takes a vector's count: -1 (a null vector) or a number of elements of at least `element_size` bytes each that can
    /// still follow. Anything else is malformed, so what a caller reserves is bounded by the input.
    [[nodiscard]] bool count(std::int32_t& v, std::size_t element_size) noexcept {
        return i32(v) && v >= -1 && (v <= 0 || static_cast<std::size_t>(v) <= remaining() / element_size);
    }

private:
    const char* at_ = nullptr;
    const char* end_ = nullptr;
};

} // namespace zooid::wire
