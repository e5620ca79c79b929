#include "wire/buffer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

namespace zooid::wire {
namespace {

constexpr std::size_t smallest_allocation = 256;
constexpr std::size_t largest_allocation = std::numeric_limits<std::ptrdiff_t>::max();

} // namespace

void buffer::enlarge(std::size_t more) {
    if (more > largest_allocation - size_) {
        throw std::bad_alloc();
    }
    const std::size_t doubled = std::min(capacity_ * 2, largest_allocation);
    reallocate(std::max({size_ + more, doubled, smallest_allocation}));
}

void buffer::reallocate(std::size_t capacity) {
    void* const memory = std::realloc(data_, capacity);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    data_ = static_cast<char*>(memory);
    capacity_ = capacity;
}

void buffer::erase_front(std::size_t n) noexcept {
    if (n >= size_) {
        size_ = 0;
        return;
    }
    if (n != 0) {
        std::memmove(data_, data_ + n, size_ - n);
        size_ -= n;
    }
}

void buffer::shrink() noexcept {
    if (size_ == 0) {
        std::free(data_);
        data_ = nullptr;
        capacity_ = 0;
        return;
    }
    if (void* const memory = std::realloc(data_, size_)) {
        data_ = static_cast<char*>(memory);
        capacity_ = size_;
    }
}

} // namespace zooid::wire
