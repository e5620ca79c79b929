#pragma once

#include <zooid/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stop_token>

namespace zooid {

/// When and how often to try again; the options of kazoo's `KazooRetry`, the factories of aiozk's `RetryPolicy`.
///
/// Tried again are `connection_loss`, `operation_timeout`, `session_moved` (and with `ignore_expire`
/// `session_expired`); anything else ends the attempts at once. A value: copy it freely.
struct retry_policy {
    static constexpr int forever_tries = -1;

    int max_tries = 1;                           ///< retries after the first attempt; -1 = for ever
    std::chrono::milliseconds delay{100};        ///< before the first retry
    double backoff = 2.0;                        ///< factor from one delay to the next
    double jitter = 0.4;                         ///< at most this fraction is added to a delay or taken from it
    std::chrono::milliseconds max_delay{60'000}; ///< of one delay
    std::chrono::milliseconds deadline{0};       ///< for everything together, from the first attempt; 0 = none
    bool ignore_expire = true;                   ///< try again in the next session
    /// True: an operation of which it is unknown whether it took effect is tried again as well, so it may happen twice.
    /// False: only failures that certainly changed nothing are tried again (`possible_effect(...) == effect::none`).
    bool retry_unknown = true;
    std::stop_token interrupt{}; ///< ends the waiting with `interrupted`

    /// A single attempt.
    [[nodiscard]] static retry_policy once();
    /// Up to `n` attempts without delay.
    [[nodiscard]] static retry_policy n_times(int n);
    /// Attempts without end, `delay` apart.
    [[nodiscard]] static retry_policy forever(std::chrono::milliseconds delay = std::chrono::milliseconds{100});
    /// Attempts without end, each delay `factor` times the one before, up to `max_delay`.
    [[nodiscard]] static retry_policy exponential_backoff(std::chrono::milliseconds first, double factor,
                                                          std::chrono::milliseconds max_delay);
    /// Attempts until `limit` has passed, `delay` apart.
    [[nodiscard]] static retry_policy until_elapsed(std::chrono::milliseconds limit,
                                                    std::chrono::milliseconds delay = std::chrono::milliseconds{100});
};

/// What an attempt may want to know; `zk.retry(f)` passes it to an `f` that takes one.
struct attempt {
    int number = 1;               ///< 1 for the first
    error_code previous{};        ///< how the one before ended
    bool outcome_unknown = false; ///< an earlier attempt may have taken effect
};

/// The decisions of one retried call, without clock or waiting.
class retry_state {
public:
    /// Before the first attempt. The policy must outlive this object.
    explicit retry_state(const retry_policy& policy) noexcept : policy_(&policy) {}

    /// What to do after an attempt failed: wait this long and try again, or nothing to give up. `elapsed` is the time
    /// since the first attempt began; `random` any random number.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next_delay(const error_code& ec, effect possible,
                                                                      std::chrono::nanoseconds elapsed,
                                                                      std::uint64_t random);
    /// The attempt that is to be made, or under way.
    [[nodiscard]] const attempt& current() const noexcept { return attempt_; }
    /// True when the last refusal was for lack of tries or time rather than for the kind of error.
    [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }

private:
    const retry_policy* policy_;
    attempt attempt_;
    bool exhausted_ = false;
};

} // namespace zooid
