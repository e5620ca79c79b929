#include "session/session.hpp"

#include <algorithm>

// With T the session timeout: a ping when nothing was sent for T/3, the end of the link when nothing came for 2T/3.

namespace zooid::session {

void session::tick(steady_time now) {
    outbox_.set_time(now);
    while (deadlines_.earliest() <= now) {
        cancel(deadlines_.take(), static_cast<std::int32_t>(errc::operation_timeout));
    }
    constexpr auto timeout = static_cast<std::int32_t>(errc::operation_timeout);
    switch (phase_) {
    case phase::idle:
    case phase::ended:
        return;
    case phase::waiting:
        if (now >= retry_at_) {
            try_next_host(now);
        }
        return;
    case phase::linking:
    case phase::handshaking:
    case phase::authenticating:
        if (now >= attempt_deadline_) {
            drop_link(timeout, "the server did not answer in time", now);
            return;
        }
        break;
    case phase::closing:
        if (now >= close_deadline_) {
            finish_close(false);
            return;
        }
        break;
    case phase::established:
        break;
    }
    if (phase_ < phase::authenticating) {
        return;
    }
    if (now >= silence_deadline()) {
        drop_link(timeout, "nothing heard from the server", now);
    } else if (now >= ping_time()) {
        outbox_.add_ping();
        ++counters_.pings;
    }
}

steady_time session::silence_deadline() const noexcept {
    return last_received_ + std::chrono::microseconds{negotiated_} * 2 / 3;
}

steady_time session::ping_time() const noexcept {
    return outbox_.ping_is_queued() ? steady_time::max()
                                    : outbox_.last_sent() + std::chrono::microseconds{negotiated_} / 3;
}

steady_time session::next_deadline() const noexcept {
    const steady_time requests = deadlines_.earliest();
    switch (phase_) {
    case phase::idle:
    case phase::ended:
        return requests;
    case phase::waiting:
        return std::min(requests, retry_at_);
    case phase::linking:
    case phase::handshaking:
        return std::min(requests, attempt_deadline_);
    case phase::authenticating:
        return std::min({requests, attempt_deadline_, silence_deadline(), ping_time()});
    case phase::established:
        return std::min({requests, silence_deadline(), ping_time()});
    case phase::closing:
        return std::min({requests, close_deadline_, silence_deadline(), ping_time()});
    }
    return requests;
}

steady_time session::safe_until() const noexcept {
    if (acknowledged_ == steady_time::min() || phase_ == phase::closing) {
        return steady_time::min();
    }
    return acknowledged_ + negotiated_;
}

} // namespace zooid::session
