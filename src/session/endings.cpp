#include "session/session.hpp"

// How sessions end: expired, refused or closed. Whoever waits learns it in this order: state, watches, requests.

namespace zooid::session {

void session::set_state(session_state state, keeper_state keeper, std::int32_t err) {
    state_ = state;
    keeper_ = keeper;
    output& o = outputs_.items.emplace_back();
    o.what = output::kind::state;
    o.state = state;
    o.keeper = keeper;
    o.err = err;
}

void session::end_watches() {
    watches_.end_all(outputs_.watchers, [this](std::string_view path, std::size_t first) {
        tell_watchers(first, event_type::session, -1, outputs_.strings.emplace_back(path));
    });
}

// Ends all requests: those of which the server may have seen a byte, so that nobody knows what became of them, with
// `connection_loss`, the others with `unsent`.
void session::fail_all(std::int32_t unsent) {
    constexpr auto sent = static_cast<std::int32_t>(errc::connection_loss);
    const std::uint64_t handed_out = outbox_.handed_out();
    while (!pending_.empty()) {
        finish_front(pending_.front().offset < handed_out ? sent : unsent);
    }
    outbox_.link_down(outbox_.end());
    deadlines_.clear();
}

// Those that were never confirmed are not offered again.
void session::fail_credentials(std::int32_t err) {
    for (credential& c : auths_) {
        complete(std::exchange(c.done, nullptr), opcode::auth, err);
    }
    std::erase_if(auths_, [](const credential& c) { return !c.lasting; });
}

// The session is over. The link may live on, for the session that follows.
void session::lose_session(keeper_state keeper, std::int32_t err) {
    refusal_ = err;
    set_state(session_state::lost, keeper, err);
    end_watches();
    fail_all(err);
    credentials_ = {};
    negotiated_ = std::chrono::milliseconds{0};
    acknowledged_ = steady_time::min();
    last_zxid_ = 0;
    seen_read_write_ = false;
    counters_.expirations += keeper == keeper_state::expired ? 1 : 0;
}

void session::expire(steady_time now) {
    constexpr auto err = static_cast<std::int32_t>(errc::session_expired);
    log(err, "expired");
    close_wanted_ = true;
    lose_session(keeper_state::expired, err);
    release_link();
    attempts_ = 0;
    backoff_.reset();
    if (config_.new_session_after_expiry) {
        schedule_attempt(now);
    } else {
        phase_ = phase::ended;
        fail_credentials(err);
    }
}

void session::fail_authentication(std::string_view reason) {
    constexpr auto err = static_cast<std::int32_t>(errc::auth_failed);
    log(err, reason);
    if (phase_ == phase::closing) {
        finish_close(false);
        return;
    }
    close_wanted_ = true;
    lose_session(keeper_state::auth_failed, err);
    release_link();
    phase_ = phase::ended;
    fail_credentials(err);
}

void session::finish_close(bool keep) {
    constexpr auto closed = static_cast<std::int32_t>(errc::closed);
    close_wanted_ = close_wanted_ || (has_link() && !open_wanted_);
    const session_credentials kept = keep ? credentials_ : session_credentials{};
    refusal_ = closed;
    if (keeper_ != keeper_state::closed) { // else it has been told
        set_state(session_state::lost, keeper_state::closed, 0);
    }
    end_watches();
    fail_all(closed);
    release_link();
    fail_credentials(closed);
    credentials_ = kept;
    seen_read_write_ = keep && seen_read_write_;
    if (!keep) {
        negotiated_ = std::chrono::milliseconds{0};
        acknowledged_ = steady_time::min();
        last_zxid_ = 0;
    }
    phase_ = phase::idle;
}

} // namespace zooid::session
