#pragma once

#include "wire/byte_order.hpp"

#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace zooid::wire {

/// A growable run of bytes that never zero-fills what it is about to be given. Move-only; not thread-safe.
class buffer {
public:
    /// Holds no memory.
    buffer() noexcept = default;
    ~buffer() { std::free(data_); }

    buffer(buffer&& other) noexcept { swap(other); }
    buffer& operator=(buffer&& other) noexcept {
        buffer taken{std::move(other)};
        swap(taken);
        return *this;
    }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;

    /// The first byte; null while no memory is held. Invalidated by whatever makes the buffer grow or shrink.
    [[nodiscard]] char* data() noexcept { return data_; }
    [[nodiscard]] const char* data() const noexcept { return data_; }
    /// Bytes in use.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Bytes that fit before memory must be asked for.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    /// True when no byte is in use.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// The bytes in use, valid until the buffer changes.
    [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }

    /// Appends `n` bytes of undefined content and returns the first of them. Throws std::bad_alloc, changing nothing.
    char* grow(std::size_t n) {
        if (n > capacity_ - size_) [[unlikely]] {
            enlarge(n);
        }
        char* const at = data_ + size_;
        size_ += n;
        return at;
    }

    /// Appends a copy of `bytes`, which must not lie in this buffer. Throws std::bad_alloc, changing nothing.
    void append(std::string_view bytes) { store_bytes(grow(bytes.size()), bytes.data(), bytes.size()); }

    /// Makes room for `n` bytes in all without changing the content. Throws std::bad_alloc, changing nothing.
    void reserve(std::size_t n) {
        if (n > capacity_) {
            reallocate(n);
        }
    }

    /// Keeps the first `n` bytes; does nothing when there are fewer.
    void truncate(std::size_t n) noexcept {
        if (n < size_) {
            size_ = n;
        }
    }

    /// Removes the first `n` bytes, or all, moving the rest to the front.
    void erase_front(std::size_t n) noexcept;

    /// Forgets the content and keeps the memory.
    void clear() noexcept { size_ = 0; }

    /// Forgets the content, and gives the memory back if it is more than is worth keeping for the next (1 MiB).
    void recycle() noexcept {
        clear();
        if (capacity_ > worth_keeping) [[unlikely]] {
            shrink();
        }
    }

    /// Gives back memory that is not in use; never fails, at worst it keeps what it has.
    void shrink() noexcept;

    /// Exchanges content and memory.
    void swap(buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    friend void swap(buffer& a, buffer& b) noexcept { a.swap(b); }

private:
    static constexpr std::size_t worth_keeping = std::size_t{1} << 20;

    void enlarge(std::size_t more);
    void reallocate(std::size_t capacity);

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace zooid::wire
