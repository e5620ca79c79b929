#pragma once

#include <cstdint>

namespace zooid::session {

/// A reproducible sequence of numbers (splitmix64): the same seed gives the same numbers with every compiler.
/// Not for secrets.
class random_sequence {
public:
    explicit random_sequence(std::uint64_t seed) noexcept : state_(seed) {}

    /// Any 64 bits.
    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// A number below `bound`, which must not be 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

    /// A fraction, 0 included, 1 not.
    double fraction() noexcept { return static_cast<double>(next() >> 11U) * 0x1p-53; }

private:
    std::uint64_t state_;
};

} // namespace zooid::session
