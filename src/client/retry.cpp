#include <zooid/retry.hpp>

#include <algorithm>
#include <cmath>

namespace zooid {

retry_policy retry_policy::once() {
    retry_policy policy;
    policy.max_tries = 0;
    return policy;
}

retry_policy retry_policy::n_times(int n) {
    retry_policy policy;
    policy.max_tries = std::max(n, 1) - 1;
    policy.delay = std::chrono::milliseconds{0};
    return policy;
}

retry_policy retry_policy::forever(std::chrono::milliseconds delay) {
    retry_policy policy;
    policy.max_tries = forever_tries;
    policy.delay = delay;
    policy.backoff = 1.0;
    return policy;
}

retry_policy retry_policy::exponential_backoff(std::chrono::milliseconds first, double factor,
                                               std::chrono::milliseconds max_delay) {
    retry_policy policy;
    policy.max_tries = forever_tries;
    policy.delay = first;
    policy.backoff = factor;
    policy.max_delay = max_delay;
    return policy;
}

retry_policy retry_policy::until_elapsed(std::chrono::milliseconds limit, std::chrono::milliseconds delay) {
    retry_policy policy = forever(delay);
    policy.deadline = limit;
    return policy;
}

std::optional<std::chrono::milliseconds> retry_state::next_delay(const error_code& ec, effect possible,
                                                                 std::chrono::nanoseconds elapsed,
                                                                 std::uint64_t random) {
    const retry_policy& p = *policy_;
    const bool curable = ec == errc::connection_loss || ec == errc::operation_timeout || ec == errc::session_moved ||
                         (p.ignore_expire && ec == errc::session_expired);
    if (!curable || (possible == effect::unknown && !p.retry_unknown)) {
        return std::nullopt;
    }
    const int retries = attempt_.number - 1;
    if (p.max_tries >= 0 && retries >= p.max_tries) {
        exhausted_ = true;
        return std::nullopt;
    }
    const double plain = static_cast<double>(p.delay.count()) * std::pow(p.backoff, retries);
    const double unit = static_cast<double>(random >> 11) / static_cast<double>(std::uint64_t{1} << 53);
    const double wanted = p.delay.count() == 0 ? 0.0 : plain * (1.0 + p.jitter * (2.0 * unit - 1.0));
    const double longest = static_cast<double>(p.max_delay.count());
    const std::chrono::milliseconds delay{static_cast<std::int64_t>(std::clamp(wanted, 0.0, longest))};
    if (p.deadline.count() > 0 && elapsed + delay >= p.deadline) {
        exhausted_ = true;
        return std::nullopt;
    }
    ++attempt_.number;
    attempt_.previous = ec;
    attempt_.outcome_unknown = attempt_.outcome_unknown || possible == effect::unknown;
    return delay;
}

} // namespace zooid
