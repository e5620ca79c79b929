#pragma once

#include <zooid/types.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace zooid::server {

/// Requests that were executed but whose replies have not been taken yet: when they came in, in milliseconds of the clock,
/// since ZooKeeper's figures are differences of those.
struct unanswered_requests {
    std::int64_t count = 0;
    std::int64_t sum = 0; ///< of the times
    std::int64_t earliest = 0;
    std::int64_t latest = 0;

    [[nodiscard]] static std::int64_t milliseconds(steady_time time) noexcept {
        return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    }

    /// One more, which came not before the others.
    void add(steady_time arrived) noexcept {
        latest = milliseconds(arrived);
        earliest = count == 0 ? latest : earliest;
        sum += latest;
        ++count;
    }
};

/// How long requests took, in milliseconds, from their bytes to those of their replies; as four-letter words tell it.
struct latency_figures {
    std::int64_t count = 0;
    std::int64_t total = 0;
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::int64_t last = 0;

    /// Counts requests that are answered now.
    void add(const unanswered_requests& requests, steady_time at) noexcept {
        if (requests.count != 0) {
            const std::int64_t now = unanswered_requests::milliseconds(at);
            last = now - requests.latest;
            add({requests.count, requests.count * now - requests.sum, last, now - requests.earliest, last});
        }
    }
    /// Counts what others have counted.
    void add(const latency_figures& others) noexcept {
        if (others.count != 0) {
            least = count == 0 ? others.least : std::min(least, others.least);
            most = std::max(most, others.most);
            count += others.count;
            total += others.total;
        }
    }

    /// Rounded down, as `cons` has it.
    [[nodiscard]] std::int64_t whole_average() const noexcept { return count == 0 ? 0 : total / count; }
    /// With one to four decimals.
    [[nodiscard]] std::string average() const;
};

} // namespace zooid::server
