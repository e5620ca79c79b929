#include "session/session.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

// From the connect request to `connected`: session, SASL, credentials, watches, requests, in this order.

namespace zooid::session {
namespace {

wire::auth_packet packet_of(const auth_data& auth) noexcept { return {0, auth.scheme, auth.credentials}; }

} // namespace

std::size_t request_size(const auth_data& auth) noexcept {
    return wire::encoded_size(wire::request_header{wire::xids::auth, opcode::auth}) +
           wire::encoded_size(packet_of(auth));
}

void session::take_connect_response(std::string_view frame, steady_time now) {
    wire::connect_response response;
    if (!wire::decode(frame, response)) {
        wire::reply_header refusal; // what some read-only servers send instead
        const bool explained = wire::decode(frame, refusal) && refusal.err != 0;
        const auto err = explained ? refusal.err : static_cast<std::int32_t>(errc::protocol_error);
        drop_link(err, explained ? "the server refused to open a session" : "malformed connect response", now);
        return;
    }
    const bool refused = response.timeout <= 0 || response.session_id == 0;
    if (refused && asked_id_ == 0) {
        drop_link(static_cast<std::int32_t>(errc::protocol_error), "the server refused to open a session", now);
        return;
    }
    if (refused) {
        expire(now);
        return;
    }
    if (asked_id_ != 0 && response.session_id != asked_id_) {
        // The server has given us another session: ours is over.
        log(static_cast<std::int32_t>(errc::session_expired), "the server replaced the session");
        if (!config_.new_session_after_expiry) {
            expire(now);
            return;
        }
        lose_session(keeper_state::expired, static_cast<std::int32_t>(errc::session_expired));
        outbox_.link_up();
    }
    credentials_.id = response.session_id;
    credentials_.password = response.password.value_or(std::string_view{});
    negotiated_ = std::chrono::milliseconds{response.timeout};
    read_only_server_ = response.read_only.value_or(false);
    acknowledged_ = outbox_.last_sent();
    if (read_only_server_ && !config_.read_only) {
        log(static_cast<std::int32_t>(errc::not_read_only),
            "a read-only server has accepted us although we did not ask for it");
    }

    phase_ = phase::authenticating;
    if (state_ != session_state::lost) {
        keeper_ = keeper_state::authenticating;
    }
    attempt_deadline_ = now + attempt_timeout();
    if (config_.sasl) {
        sasl_ = config_.sasl(hosts_[current_host_].name);
    }
    if (sasl_) {
        sasl_xid_ = 0;
        advance_sasl(std::nullopt, now);
    } else {
        send_credentials(now);
    }
}

void session::advance_sasl(std::optional<std::string_view> challenge, steady_time now) {
    const sasl_step step = sasl_->step(challenge);
    switch (step.what) {
    case sasl_step::kind::token:
        wire::put_request(outbox_.control(false), ++sasl_xid_, opcode::sasl, wire::sasl_request{step.text});
        attempt_deadline_ = now + attempt_timeout();
        break;
    case sasl_step::kind::done:
        sasl_.reset();
        send_credentials(now);
        break;
    case sasl_step::kind::failed:
        fail_authentication("SASL: " + step.text);
        break;
    }
}

void session::take_sasl_reply(std::int32_t err, std::string_view body, steady_time now) {
    wire::sasl_response response;
    if (err != 0) {
        fail_authentication("SASL: refused by the server");
    } else if (!wire::decode(body, response)) {
        drop_link(static_cast<std::int32_t>(errc::protocol_error), "malformed SASL reply", now);
    } else {
        advance_sasl(response.token, now);
    }
}

void session::put_credential(const credential& c) {
    wire::put_request(outbox_.control(false), wire::xids::auth, opcode::auth, packet_of(c.data));
}

void session::send_credentials(steady_time now) {
    auths_sent_ = true;
    for (const credential& c : auths_) {
        put_credential(c);
    }
    if (auths_.empty()) {
        establish(now);
    }
}

void session::take_auth_reply(std::int32_t err, steady_time now) {
    if (!auths_sent_ || confirmed_auths_ == auths_.size()) {
        drop_link(static_cast<std::int32_t>(errc::protocol_error), "reply to a credential that was not sent", now);
        return;
    }
    credential& c = auths_[confirmed_auths_];
    if (err != 0) {
        complete(std::exchange(c.done, nullptr), opcode::auth, static_cast<std::int32_t>(errc::auth_failed));
        fail_authentication("credential of scheme " + c.data.scheme + " refused");
        return;
    }
    complete(std::exchange(c.done, nullptr), opcode::auth, 0);
    c.lasting = true;
    ++confirmed_auths_;
    attempt_deadline_ = now + attempt_timeout();
    if (phase_ == phase::authenticating && confirmed_auths_ == auths_.size()) {
        establish(now);
    }
}

void session::establish(steady_time now) {
    phase_ = phase::established;
    established_at_ = now;
    proven_ = false;
    seen_read_write_ = seen_read_write_ || !read_only_server_;
    hosts_.settled();
    ++counters_.connects;
    refusal_ = 0;
    if (watches_.size() != 0) {
        unanswered_controls_ = watches_.write_set_watches(outbox_.control(true), last_zxid_);
    }
    outbox_.open_gate();
    set_state(session_state::connected, read_only_server_ ? keeper_state::connected_read_only : keeper_state::connected,
              0);
}

} // namespace zooid::session
