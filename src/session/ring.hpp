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
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return slots_[(head_ + index) & (places_ - 1)]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
        return slots_[(head_ + index) & (places_ - 1)];
    }
    [[nodiscard]] T& front() noexcept { return slots_[head_]; }
    [[nodiscard]] const T& front() const noexcept { return slots_[head_]; }
    [[nodiscard]] T& back() noexcept { return (*this)[count_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return (*this)[count_ - 1]; }

    /// Makes room for one more; after it `push` does not throw.
    void reserve_one() {
        if (count_ == places_) [[unlikely]] {
            grow();
        }
    }

    /// Adds a place at the end and returns it; it may hold the remains of what was there before.
    T& push() {
        reserve_one();
        return push_reserved();
    }
    /// The same after `reserve_one`.
    T& push_reserved() noexcept {
        ++count_;
        return back();
    }

    void pop() noexcept {
        head_ = (head_ + 1) & (places_ - 1);
        --count_;
    }
    void pop_back() noexcept { --count_; }

    void clear() noexcept {
        head_ = 0;
        count_ = 0;
    }

    /// When empty, gives back memory that only a rare rush needed.
    void trim() noexcept {
        if (count_ == 0 && places_ > usual_places) {
            slots_ = std::vector<T>();
            head_ = places_ = 0;
        }
    }

private:
    static constexpr std::size_t usual_places = 4096;

    void grow() {
        std::vector<T> larger(places_ == 0 ? 16 : places_ * 2);
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = std::move((*this)[i]);
        }
        slots_.swap(larger);
        places_ = slots_.size();
        head_ = 0;
    }

    std::vector<T> slots_;
    std::size_t places_ = 0; // how many slots: a power of two, and at hand without a division
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

} // namespace zooid::session
