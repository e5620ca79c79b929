#pragma once

#include "session/random_sequence.hpp"

#include <algorithm>
#include <chrono>

namespace zooid::session {

/// The pauses between vain rounds through the hosts: doubling up to a limit, each shortened by a random part of up to
/// one half so that clients cut off together do not come back together.
class backoff {
public:
    /// The first pause is at least a millisecond: it could not grow from nothing.
    backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) noexcept
        : first_(std::max(first, std::chrono::milliseconds{1})), longest_(std::max(first_, longest)), next_(first_) {}

    /// The pause to make now.
    std::chrono::microseconds next(random_sequence& random) noexcept {
        const std::chrono::microseconds whole = next_;
        next_ = std::min(next_ * 2, longest_);
        const auto half = static_cast<std::uint64_t>(whole.count() / 2);
        return whole - std::chrono::microseconds{random.below(half + 1)};
    }

    /// Starts over with the first pause.
    void reset() noexcept { next_ = first_; }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds longest_;
    std::chrono::milliseconds next_;
};

} // namespace zooid::session
