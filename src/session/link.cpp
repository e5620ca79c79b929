#include "session/session.hpp"

#include <algorithm>
#include <array>
#include <charconv>

// The link's life: which host is tried when, and what happens to requests when a link ends.

namespace zooid::session {
namespace {

std::string hexadecimal(std::int64_t number) {
    std::array<char, 17> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint64_t>(number), 16);
    return std::string(digits.data(), end.ptr);
}

} // namespace

void session::log(std::int32_t err, std::string_view text) {
    std::string line = "session 0x" + hexadecimal(credentials_.id);
    if (has_link() && current_host_ < hosts_.size()) {
        line += " at " + to_string(hosts_[current_host_]);
    }
    line.append(": ").append(text);
    output& o = outputs_.items.emplace_back();
    o.what = output::kind::log;
    o.state = state_;
    o.keeper = keeper_;
    o.err = err;
    o.text = outputs_.strings.emplace_back(std::move(line));
}

std::chrono::milliseconds session::attempt_timeout() const noexcept {
    if (config_.connect_timeout.count() > 0) {
        return config_.connect_timeout;
    }
    using namespace std::chrono_literals;
    const auto whole = negotiated_.count() > 0 ? negotiated_ : config_.session_timeout;
    // A server that is just coming up may accept a connection and forget it: even the only host must not be waited for so
    // long that the session is gone by the second attempt.
    const auto share = whole / std::max<std::int64_t>(3, static_cast<std::int64_t>(hosts_.size()));
    return std::max<std::chrono::milliseconds>(share, 1s); // however short the session, connecting takes its time
}

std::optional<session::open_link> session::take_open() {
    if (!std::exchange(open_wanted_, false)) {
        return std::nullopt;
    }
    return open_link{hosts_[current_host_], current_host_};
}

bool session::take_close() noexcept { return std::exchange(close_wanted_, false); }

// Tries the next host at once, or after a pause when all have been tried.
void session::schedule_attempt(steady_time now) {
    if (hosts_.empty()) {
        phase_ = phase::waiting;
        retry_at_ = steady_time::max();
    } else if (attempts_ < hosts_.size()) {
        try_next_host(now);
    } else {
        attempts_ = 0;
        phase_ = phase::waiting;
        retry_at_ = now + backoff_.next(random_);
    }
}

void session::try_next_host(steady_time now) {
    current_host_ = hosts_.next(random_);
    ++attempts_;
    phase_ = phase::linking;
    open_wanted_ = true;
    attempt_deadline_ = now + attempt_timeout();
}

void session::link_up(steady_time now) {
    if (phase_ != phase::linking) {
        return;
    }
    outbox_.set_time(now);
    outbox_.link_up();
    inbox_.reset(config_.max_reply);
    last_received_ = now;
    phase_ = phase::handshaking;

    asked_id_ = seen_read_write_ ? credentials_.id : 0;
    const std::string blank(16, '\0');
    wire::connect_request request;
    request.last_zxid_seen = last_zxid_;
    request.timeout = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(config_.session_timeout.count(), 0, std::numeric_limits<std::int32_t>::max()));
    request.session_id = asked_id_;
    request.password = asked_id_ == 0 ? std::string_view{blank} : std::string_view{credentials_.password};
    request.read_only = config_.read_only;
    wire::put_connect_request(outbox_.control(true), request);
}

void session::link_down(error_code why, steady_time now) {
    if (!has_link() || close_wanted_) {
        return;
    }
    outbox_.set_time(now);
    const bool ours = why.category() == error_category();
    const auto err = ours && why ? why.value() : static_cast<std::int32_t>(errc::connection_loss);
    log(err, phase_ == phase::linking ? "cannot connect: " + why.message() : "link lost: " + why.message());
    lose_link(err, now);
}

// Ends the link, or the attempt, from our side.
void session::drop_link(std::int32_t why, std::string_view reason, steady_time now) {
    log(why, reason);
    close_wanted_ = close_wanted_ || !open_wanted_;
    lose_link(why, now);
}

void session::lose_link(std::int32_t why, steady_time now) {
    const phase was = phase_;
    if (was == phase::closing) {
        phase_ = phase::waiting; // no link any more
        finish_close(false);
        return;
    }
    if (was == phase::established) {
        // A server that cuts us off at once counts as one that could not be reached, lest we run in circles.
        if (proven_ || now - established_at_ >= config_.reconnect_delay) {
            attempts_ = 0;
            backoff_.reset();
        }
        set_state(session_state::suspended, keeper_state::connecting, why);
    } else if (state_ != session_state::lost) {
        keeper_ = keeper_state::connecting;
    }
    release_link();
    schedule_attempt(now);
}

// Lets go of all that belongs to the link. Requests of which the server may have seen a byte fail, the others stay.
void session::release_link() {
    const std::uint64_t handed_out = outbox_.handed_out();
    while (!pending_.empty() && pending_.front().offset < handed_out) {
        finish_front(static_cast<std::int32_t>(errc::connection_loss));
    }
    outbox_.link_down(pending_.empty() ? outbox_.end() : pending_.front().offset);
    inbox_.reset(config_.max_reply);
    sasl_.reset();
    auths_sent_ = false;
    confirmed_auths_ = 0;
    unanswered_controls_ = 0;
    deletions_told_.clear();
    modes_apart_ = false;
    parent_told_.clear();
    open_wanted_ = false;
    phase_ = phase::waiting;
}

} // namespace zooid::session
