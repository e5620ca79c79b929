#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace zooid::session {

/// A queue in one growing block of memory: no allocation once it has its size. `T` is default-constructible and
/// movable; what is popped is reused, not destroyed.
template <class T>
class ring {
public:
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// The element `index` places behind the front.
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return slots_[(head_ + index) & (slots_.size() - 1)]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
        return slots_[(head_ + index) & (slots_.size() - 1)];
    }
    [[nodiscard]] T& front() noexcept { return slots_[head_]; }
    [[nodiscard]] const T& front() const noexcept { return slots_[head_]; }
    [[nodiscard]] T& back() noexcept { return (*this)[count_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return (*this)[count_ - 1]; }

    /// Makes room for one more; after it `push` does not throw.
    void reserve_one() {
        if (count_ == slots_.size()) [[unlikely]] {
            grow();
        }
    }

    /// Adds a place at the end and returns it; it may hold the remains of what was there before.
    T& push() {
        reserve_one();
        ++count_;
        return back();
    }

    void pop() noexcept {
        head_ = (head_ + 1) & (slots_.size() - 1);
        --count_;
    }
    void pop_back() noexcept { --count_; }

    void clear() noexcept {
        head_ = 0;
        count_ = 0;
    }

    /// When empty, gives back memory that only a rare rush needed.
    void trim() noexcept {
        if (slots_.size() > usual_slots && count_ == 0) {
            slots_ = std::vector<T>();
            head_ = 0;
        }
    }

private:
    static constexpr std::size_t usual_slots = 4096;

    void grow() {
        std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = std::move((*this)[i]);
        }
        slots_.swap(larger);
        head_ = 0;
    }

    std::vector<T> slots_; // a power of two
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

} // namespace zooid::session
