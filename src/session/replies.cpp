#include "session/session.hpp"
#include "wire/notification.hpp"

#include <algorithm>

// What the server says after the handshake. Ordinary replies come strictly in the order of the requests; those to
// pings, credentials and watch batches have reserved xids.

namespace zooid::session {
namespace {

constexpr auto protocol_error = static_cast<std::int32_t>(errc::protocol_error);
constexpr auto session_expired = static_cast<std::int32_t>(errc::session_expired);
constexpr auto session_moved = static_cast<std::int32_t>(errc::session_moved);
constexpr auto requires_auth = static_cast<std::int32_t>(errc::session_closed_require_auth);

} // namespace

void session::received(std::string_view in, steady_time now) {
    if (phase_ < phase::handshaking || !has_link()) {
        return;
    }
    outbox_.set_time(now);
    last_received_ = now;
    counters_.bytes_received += in.size();
    inbox_.feed(in);
    std::string_view frame;
    while (has_link() && phase_ != phase::linking) {
        switch (inbox_.next(frame)) {
        case inbox::result::frame:
            take_frame(frame, now);
            break;
        case inbox::result::oversized:
            take_oversized(frame, now);
            break;
        case inbox::result::malformed:
            drop_link(protocol_error, "frame of an impossible length", now);
            break;
        case inbox::result::more:
            return;
        }
    }
}

void session::take_frame(std::string_view frame, steady_time now) {
    if (phase_ == phase::handshaking) [[unlikely]] {
        take_connect_response(frame, now);
        return;
    }
    wire::reply_header header;
    if (!wire::decode(frame, header)) [[unlikely]] {
        drop_link(protocol_error, "frame without a reply header", now);
        return;
    }
    const std::string_view body = frame.substr(wire::encoded_size(header));
    if (phase_ >= phase::established && !pending_.empty() && header.xid == pending_.front().xid) [[likely]] {
        take_reply(header.zxid, header.err, body, now);
    } else {
        take_special(header.xid, header.zxid, header.err, body, now);
    }
}

void session::take_reply(std::int64_t zxid, std::int32_t err, std::string_view body, steady_time now) {
    pending_request& p = pending_.front();
    if (p.offset >= outbox_.handed_out()) [[unlikely]] {
        drop_link(protocol_error, "reply to a request that was not sent", now);
        return;
    }
    if (err == requires_auth) [[unlikely]] {
        finish_front(static_cast<std::int32_t>(errc::auth_failed));
        fail_authentication("the server demands authentication");
        return;
    }
    const bool gone = err == session_expired || err == session_moved;
    const opcode op = p.op;
    ++counters_.replies;
    proven_ = true;
    const steady_time sent = outbox_.request_answered(p.offset);
    if (!gone) [[likely]] {
        acknowledged_ = std::max(acknowledged_, sent);
    }
    if (zxid > last_zxid_) {
        last_zxid_ = zxid;
    }
    if (p.watch) {
        settle_watch(p, err);
        forget_watch(p);
    }
    if (p.owner != nullptr) {
        outputs_.items.emplace_back(p.owner, op, err, zxid, sent, body);
    }
    pending_.pop();
    if (op == opcode::close_session) [[unlikely]] {
        finish_close(false);
    } else if (gone) [[unlikely]] {
        drop_link(err, "the session has ended here or moved to another server", now);
    }
}

void session::take_special(std::int32_t xid, std::int64_t zxid, std::int32_t err, std::string_view body,
                           steady_time now) {
    if (xid == wire::xids::notification) {
        take_notification(zxid, body, now);
    } else if (xid == wire::xids::ping) {
        take_ping_reply(err, now);
    } else if (xid == wire::xids::auth) {
        take_auth_reply(err, now);
    } else if (xid == wire::xids::set_watches && unanswered_controls_ != 0) {
        take_control_reply(err);
    } else if (sasl_ && xid == sasl_xid_) {
        take_sasl_reply(err, body, now);
    } else {
        drop_link(protocol_error, "reply out of order, xid " + std::to_string(xid), now);
    }
}

void session::take_control_reply(std::int32_t err) {
    if (--unanswered_controls_ == 0) {
        deletions_told_.clear();
    }
    proven_ = proven_ || err != static_cast<std::int32_t>(errc::unimplemented); // after which it hangs up
    if (err == requires_auth) {
        fail_authentication("the server demands authentication");
    } else if (err == static_cast<std::int32_t>(errc::unimplemented)) {
        knows_removal_ = false;
        log(err, "the server is too old for what it was told of watches; it is not asked to take any away again");
    } else if (err != 0 && err != static_cast<std::int32_t>(errc::no_watcher)) {
        log(err, "watches could not be set again");
    }
}

void session::take_ping_reply(std::int32_t err, steady_time now) {
    if (outbox_.unanswered_pings() == 0) {
        drop_link(protocol_error, "reply to a ping that was not sent", now);
    } else if (err == requires_auth && phase_ == phase::authenticating) {
        drop_link(err, "authentication took too long", now); // the server wants it before any sign of life
    } else if (err == requires_auth) {
        fail_authentication("the server demands authentication");
    } else if (err != 0) {
        drop_link(err, "the server refuses signs of life", now);
    } else {
        proven_ = true;
        acknowledged_ = std::max(acknowledged_, outbox_.ping_answered());
    }
}

void session::take_oversized(std::string_view header, steady_time now) {
    wire::reply_header reply;
    if (phase_ == phase::handshaking || !wire::decode(header, reply)) {
        drop_link(protocol_error, "malformed connect response", now);
    } else if (reply.xid == wire::xids::notification) {
        log(static_cast<std::int32_t>(errc::reply_too_large), "event larger than the limit for replies ignored");
    } else if (phase_ >= phase::established && !pending_.empty() && reply.xid == pending_.front().xid) {
        take_reply(reply.zxid, static_cast<std::int32_t>(errc::reply_too_large), {}, now);
    } else {
        take_special(reply.xid, reply.zxid, reply.err, {}, now);
    }
}

void session::take_notification(std::int64_t zxid, std::string_view body, steady_time now) {
    wire::watcher_event event;
    if (!wire::decode(body, event)) {
        drop_link(protocol_error, "malformed event", now);
        return;
    }
    ++counters_.notifications;
    if (event.type < static_cast<std::int32_t>(event_type::created) ||
        event.type > static_cast<std::int32_t>(event_type::children_changed)) {
        log(0, "event of unknown type " + std::to_string(event.type) + " ignored");
        return;
    }
    modes_apart_ = modes_apart_ || zxid >= 0;
    const auto type = static_cast<event_type>(event.type);
    // Nothing comes between the two; after a reply the server would tell of another change.
    const bool repeats =
        type == event_type::children_changed && event.path == parent_told_ && last_zxid_ == parent_told_at_;
    const bool told = is_told_again(type, event.path);
    parent_told_.clear();
    const std::size_t first = outputs_.watchers.size();
    const watch_kinds know = told ? lasting_kinds : repeats ? only(watch_kind::persistent) : watch_kinds{0};
    watches_.notify(type, event.path, outputs_.watchers, know);
    tell_watchers(first, type, zxid, event.path);
    if (!told && (type == event_type::created || type == event_type::deleted)) {
        const std::size_t next = outputs_.watchers.size();
        const std::string_view parent = watches_.notify_parent(event.path, outputs_.watchers);
        if (next != outputs_.watchers.size()) {
            tell_watchers(next, event_type::children_changed, zxid, parent);
            parent_told_ = parent;
            parent_told_at_ = last_zxid_;
        }
    }
}

// Catching up, the server tells of a deletion once for every list of set_watches that has the path.
bool session::is_told_again(event_type type, std::string_view path) {
    if (unanswered_controls_ == 0) {
        return false;
    }
    if (type == event_type::created) {
        deletions_told_.erase(std::string{path});
    }
    return type == event_type::deleted && !deletions_told_.emplace(path).second;
}

// Puts out an event for the watchers from index `first` on.
void session::tell_watchers(std::size_t first, event_type event, std::int64_t zxid, std::string_view path) {
    for (std::size_t i = first; i < outputs_.watchers.size(); ++i) {
        output& o = outputs_.items.emplace_back();
        o.what = output::kind::watch;
        o.state = state_;
        o.keeper = keeper_;
        o.event = event;
        o.zxid = zxid;
        o.interested = outputs_.watchers[i].get();
        o.text = path;
    }
}

} // namespace zooid::session
