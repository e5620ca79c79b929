#pragma once

#include "session/backoff.hpp"
#include "session/deadlines.hpp"
#include "session/host_list.hpp"
#include "session/inbox.hpp"
#include "session/outbox.hpp"
#include "session/pending.hpp"
#include "session/random_sequence.hpp"
#include "session/request.hpp"
#include "session/sasl.hpp"
#include "session/watch_registry.hpp"
#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <zooid/error.hpp>
#include <zooid/types.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace zooid::session {

/// A credential replayed on every connection.
struct auth_data {
    std::string scheme;
    std::string credentials; ///< secret
};

/// Bytes of the request that offers it.
[[nodiscard]] std::size_t request_size(const auth_data& auth) noexcept;

struct session_config {
    std::chrono::milliseconds session_timeout{10'000}; ///< asked for; the server may choose another
    /// Per attempt, handshake included; 0 = session timeout / max(3, hosts).
    std::chrono::milliseconds connect_timeout{0};
    std::chrono::milliseconds close_timeout{2'000}; ///< how long a close waits for replies
    std::chrono::milliseconds reconnect_delay{50};  ///< before the second round through the hosts; doubles, jittered
    std::chrono::milliseconds max_reconnect_delay{5'000};
    bool read_only = false;
    bool new_session_after_expiry = true;
    std::size_t max_request = 0xfffff;             ///< bytes of a request frame's payload
    std::size_t max_reply = std::size_t{64} << 20; ///< bytes of a reply frame's payload
    std::vector<auth_data> auth;
    session_credentials resume; ///< a session to go on with; id 0 = a new one
    bool shuffle_hosts = true;  ///< false: try them in the order given
    std::int32_t first_xid = 1; ///< of the first request; positive
    /// Makes the mechanism for one connection to the host of that name; empty, or returning null: no SASL.
    std::function<std::unique_ptr<sasl_client>(std::string_view host)> sasl;
};

/// Numbers for metrics; all counts since construction.
struct session_counters {
    std::uint64_t requests = 0;
    std::uint64_t replies = 0;
    std::uint64_t notifications = 0;
    std::uint64_t pings = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t connects = 0; ///< connections on which a session was established
    std::uint64_t expirations = 0;
};

/// One ZooKeeper session as a state machine: bytes, requests and time in; bytes, completions and events out.
///
/// It owns no socket, clock or thread and is not thread-safe: its owner guards it with one mutex. Members that can
/// produce outputs are called by one driver only; `submit` and the bytes of the outbox may be used by any thread that
/// holds the mutex. The allowed moves:
///
///     idle → waiting → linking → handshaking → authenticating → established → waiting (link lost) …
///     any → closing → closed;   handshaking → expired → waiting (new session);   authenticating → auth_failed
///
/// What the driver does after each call: take `outputs()`; obey `take_close()`, then `take_open()`; write what
/// `outbox().begin_write()` gives and tell `wrote()`; call `tick()` at `next_deadline()`.
class session {
public:
    /// `seed` feeds the shuffling of hosts and the jitter.
    session(session_config config, host_list hosts, std::uint64_t seed);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    // Life cycle. Driver only.

    /// Begins to look for a server. Also starts over after the end, with the session id kept if `close` kept it.
    void start(steady_time now);
    /// Stops. While connected, what is in line is sent and waited for, then the session is closed; what is not answered
    /// by the close timeout fails with `connection_loss`, or `closed` if it was not sent. Not connected, everything
    /// fails with `closed` at once. With `keep` the session is left open on the server and nothing is waited for. Ends
    /// with a `state` output, `lost` and keeper `closed`, unless it is closed already.
    void close(bool keep, steady_time now);
    /// Uses another host list, which must not be empty, from the next attempt on; may drop the link to balance the
    /// load.
    void set_hosts(host_list hosts, steady_time now);
    /// Adds a credential, now and for every later connection. `done` (may be null) completes with 0 or `auth_failed`;
    /// while there is no connection it completes with the next one. Once the session object has ended (`closed`,
    /// `closing`, `auth_failed`, or `session_expired` for good) it completes with that at once and nothing is added.
    void add_auth(auth_data auth, request* done, steady_time now);
    /// Drops the link and connects to another host, e.g. after a read-write server was found (`preferred` index).
    void reconnect(std::optional<std::size_t> preferred, steady_time now);

    // The link. Driver only.

    /// An attempt to make.
    struct open_link {
        host to;
        std::size_t host_index = 0;
    };
    /// The host to connect to, once per attempt.
    [[nodiscard]] std::optional<open_link> take_open();
    /// True once when the link (or the attempt) must be closed; the driver does not report that closing back.
    [[nodiscard]] bool take_close() noexcept;
    /// The link to the host that `take_open` gave is there; the handshake begins.
    void link_up(steady_time now);
    /// The attempt failed or the link ended by itself.
    void link_down(error_code why, steady_time now);
    /// Bytes from the server; `in` must stay unchanged until the outputs are dealt with.
    void received(std::string_view in, steady_time now);
    /// Acts on everything that is due.
    void tick(steady_time now);
    /// When `tick` is wanted next; `steady_time::max()` for never.
    [[nodiscard]] steady_time next_deadline() const noexcept;

    /// What has come out since the driver last cleared it, or swapped it for an empty one.
    [[nodiscard]] output_batch& outputs() noexcept { return outputs_; }

    // Requests. Any thread that holds the mutex.

    /// Gives `r` the next place in line and encodes it. The bytes go out with the next write, or wait for a connection.
    /// Returns 0, or the `errc` value it failed with at once (`r` is then untouched): `request_too_large`,
    /// `session_expired`, `auth_failed`, `closed`, `closing`, `not_started`. A `deadline` of `steady_time::max()` is
    /// none. `watch` (null: none) is moved from; what the server is asked for is then what suits the other watches on
    /// that path.
    template <class Record>
    [[nodiscard]] std::int32_t submit(opcode op, const Record& record, request* r, steady_time deadline,
                                      watch_request* watch, steady_time now);
    /// The same for a body that is encoded already.
    [[nodiscard]] std::int32_t submit_encoded(opcode op, std::string_view body, request* r, steady_time deadline,
                                              watch_request* watch, steady_time now);
    /// Driver only: gives up on a request, one of `add_auth` included. Not yet handed to a writer: taken out, completes
    /// with `err`. Otherwise: completes with `err`, its reply will be swallowed. False if it has completed already.
    bool cancel(std::uint64_t line, std::int32_t err);

    /// The bytes to write. The driver or a submitting thread writes, one at a time (see outbox.hpp).
    [[nodiscard]] class outbox& outbox() noexcept { return outbox_; }
    /// True when a request submitted now has nothing in flight ahead of it, so that its caller may write at once.
    [[nodiscard]] bool nothing_ahead() const noexcept;
    /// True when bytes may go out now: established, or the handshake has something to send.
    [[nodiscard]] bool may_write() const noexcept;
    /// Ends the write begun with `outbox().begin_write()`, of which `n` bytes went out, 0 after a failure. Where both
    /// are known, it is told before `link_down`; it must be told in any case, since nobody else can write before.
    void wrote(std::size_t n, steady_time now);

    // Watches. Any thread that holds the mutex.

    /// Who watches what.
    [[nodiscard]] watch_registry& watches() noexcept { return watches_; }
    /// Ends `w`, whether it is registered or its request is still in line, and tells the server what it need not watch
    /// any more.
    void stop_watching(watcher& w);

    // Facts. Any thread that holds the mutex.

    /// `suspended` from the start to the first connection, `lost` before and after.
    [[nodiscard]] session_state state() const noexcept { return state_; }
    /// The detailed state; `connecting` and `authenticating` come and go without an output.
    [[nodiscard]] keeper_state keeper() const noexcept { return keeper_; }
    /// Of the session; id 0 without one.
    [[nodiscard]] const session_credentials& credentials() const noexcept { return credentials_; }
    /// The session timeout the server has granted; 0 without a session.
    [[nodiscard]] std::chrono::milliseconds negotiated_timeout() const noexcept { return negotiated_; }
    /// The highest zxid seen in an ordinary reply to this session.
    [[nodiscard]] std::int64_t last_zxid() const noexcept { return last_zxid_; }
    /// The index in `hosts()` of the host connected to, or tried last; `host_list::nowhere` if the list has lost it.
    [[nodiscard]] std::size_t current_host() const noexcept { return current_host_; }
    /// The hosts in the order in which they are tried.
    [[nodiscard]] const host_list& hosts() const noexcept { return hosts_; }
    /// Numbers for metrics.
    [[nodiscard]] const session_counters& counters() const noexcept { return counters_; }
    /// Requests that wait for a connection or a reply.
    [[nodiscard]] std::size_t queue_depth() const noexcept { return pending_.size(); }
    /// Until then the server cannot have given this session's ephemerals away: the time at which the last request that
    /// was answered went out, plus the negotiated timeout. `steady_time::min()` without a session.
    [[nodiscard]] steady_time safe_until() const noexcept;

private:
    enum class phase : std::uint8_t {
        idle,           // not started, or closed
        waiting,        // for the pause between two rounds to end
        linking,        // a host was given to the driver
        handshaking,    // the connect request is on its way
        authenticating, // SASL, then credentials
        established,
        closing, // the end of the session is on its way
        ended,   // expired or refused; only `start` helps
    };

    struct credential {
        auth_data data;
        request* done = nullptr; // waits for the first confirmation
        bool lasting = false;    // was there from the start, or has been confirmed: offered until the client's end
    };

    // A credential's request has no place among the others; its line has this bit set.
    static constexpr std::uint64_t credential_line = std::uint64_t{1} << 63U;

    [[nodiscard]] bool has_link() const noexcept { return phase_ >= phase::linking && phase_ <= phase::closing; }

    // requests.cpp
    void add_deadline(std::uint64_t line, steady_time deadline);
    pending_request& settle_in_line(std::uint64_t line, opcode op, request* r, std::uint64_t offset) noexcept;
    void remember_watch(watch_request& w) noexcept;
    void forget_watch(pending_request& p);
    void complete(request* r, opcode op, std::int32_t err);
    void finish_front(std::int32_t err);
    void compact();

    // watching.cpp
    template <class Record>
    static void suit(opcode& /*op*/, Record& /*record*/, watch_request& /*watch*/) noexcept {}
    void suit(opcode& op, wire::path_watch_request& read, watch_request& watch);
    void suit(opcode& op, wire::add_watch_request& addition, watch_request& watch);
    void suit(opcode& op, wire::remove_watches_request& removal, watch_request& watch);
    [[nodiscard]] watch_kinds kinds_wanted(std::string_view path) const;
    [[nodiscard]] watch_kinds kinds_in_line(std::string_view path);
    void settle_watch(pending_request& p, std::int32_t& err);
    [[nodiscard]] std::int32_t settle_removal(pending_request& p);
    void let_go(std::string_view path, watch_kind gone);
    void let_lasting_go(std::string_view path, watch_kind gone, watch_kinds left);
    enum class gap : std::uint8_t { none, possible }; // in which nothing on the server has served these watches
    void set_again(std::string_view path, watch_kinds kinds, gap before);
    void tell_removal(std::string_view path, std::int32_t type);

    // link.cpp
    void try_next_host(steady_time now);
    void schedule_attempt(steady_time now);
    void drop_link(std::int32_t why, std::string_view reason, steady_time now);
    void lose_link(std::int32_t why, steady_time now);
    void release_link();
    void log(std::int32_t err, std::string_view text);
    [[nodiscard]] std::chrono::milliseconds attempt_timeout() const noexcept;

    // handshake.cpp
    void take_connect_response(std::string_view frame, steady_time now);
    void advance_sasl(std::optional<std::string_view> challenge, steady_time now);
    void take_sasl_reply(std::int32_t err, std::string_view body, steady_time now);
    void put_credential(const credential& c);
    void send_credentials(steady_time now);
    void take_auth_reply(std::int32_t err, steady_time now);
    void establish(steady_time now);

    // replies.cpp
    void take_frame(std::string_view frame, steady_time now);
    void take_reply(std::int64_t zxid, std::int32_t err, std::string_view body, steady_time now);
    void take_special(std::int32_t xid, std::int64_t zxid, std::int32_t err, std::string_view body, steady_time now);
    void take_oversized(std::string_view header, steady_time now);
    void take_notification(std::int64_t zxid, std::string_view body, steady_time now);
    void take_control_reply(std::int32_t err);
    [[nodiscard]] bool is_told_again(event_type type, std::string_view path);
    void take_ping_reply(std::int32_t err, steady_time now);
    void tell_watchers(std::size_t first, event_type event, std::int64_t zxid, std::string_view path);

    // timing.cpp
    [[nodiscard]] steady_time silence_deadline() const noexcept;
    [[nodiscard]] steady_time ping_time() const noexcept;

    // endings.cpp
    void set_state(session_state state, keeper_state keeper, std::int32_t err);
    void end_watches();
    void fail_all(std::int32_t unsent);
    void fail_credentials(std::int32_t err);
    void lose_session(keeper_state keeper, std::int32_t err);
    void expire(steady_time now);
    void fail_authentication(std::string_view reason);
    void finish_close(bool keep);

    session_config config_;
    host_list hosts_;
    random_sequence random_;
    backoff backoff_;

    phase phase_ = phase::idle;
    session_state state_ = session_state::lost;
    keeper_state keeper_ = keeper_state::closed;
    bool open_wanted_ = false;
    bool close_wanted_ = false;
    bool read_only_server_ = false;
    bool seen_read_write_ = false; // only then is the session more than a read-only server's makeshift
    bool proven_ = false;          // the server has answered something on this link
    std::int32_t refusal_ = static_cast<std::int32_t>(errc::not_started); // what `submit` fails with; 0: it doesn't

    session_credentials credentials_;
    std::int64_t asked_id_ = 0; // of the connect request
    std::chrono::milliseconds negotiated_{0};
    std::int64_t last_zxid_ = 0;
    std::size_t current_host_ = 0;
    std::size_t attempts_ = 0; // in this round through the hosts

    steady_time retry_at_{};
    steady_time attempt_deadline_{};
    steady_time close_deadline_{};
    steady_time established_at_{};
    steady_time last_received_{};
    steady_time acknowledged_ = steady_time::min(); // when the last thing went out that the server has answered

    std::uint64_t next_line_ = 1;
    std::int32_t next_xid_;
    pending pending_;
    deadlines deadlines_;
    class outbox outbox_;
    inbox inbox_;
    watch_registry watches_;
    std::size_t watches_in_line_ = 0;                                   // watch_requests in pending_
    std::unordered_multimap<std::string_view, watch_request*> by_path_; // those for lasting watches and for removals
    std::size_t unanswered_controls_ = 0;            // the session's own set_watches and remove_watches
    std::unordered_set<std::string> deletions_told_; // while any of these is unanswered
    bool modes_apart_ = false;        // this server is known to be 3.9 or later, from the zxids of its events
    bool knows_removal_ = true;       // servers before 3.5 cut us off if we ask them to take a watch away
    std::string parent_told_;         // by the last event, of which one for its children may be the next
    std::int64_t parent_told_at_ = 0; // what last_zxid_ was then
    std::vector<credential> auths_;
    std::size_t confirmed_auths_ = 0; // on this link
    std::uint64_t credential_lines_ = 0;
    bool auths_sent_ = false; // on this link
    std::unique_ptr<sasl_client> sasl_;
    std::int32_t sasl_xid_ = 0;

    session_counters counters_;
    output_batch outputs_;
};

template <class Record>
std::int32_t session::submit(opcode op, const Record& record, request* r, steady_time deadline, watch_request* watch,
                             steady_time now) {
    if (refusal_ != 0) [[unlikely]] {
        return refusal_;
    }
    const wire::request_header header{next_xid_, op};
    const std::size_t size = wire::encoded_size(header) + wire::encoded_size(record);
    if (size > config_.max_request) [[unlikely]] {
        return static_cast<std::int32_t>(errc::request_too_large);
    }
    const std::uint64_t line = next_line_++; // spent even if memory runs out below
    pending_.reserve_one();
    if (deadline != steady_time::max()) {
        add_deadline(line, deadline);
    }
    std::unique_ptr<watch_request> kept;
    if (watch != nullptr) [[unlikely]] {
        kept = std::make_unique<watch_request>(std::move(*watch));
    }
    outbox_.set_time(now);
    const std::uint64_t offset = outbox_.end();
    if (kept) [[unlikely]] {
        Record suited = record; // which is as long
        suit(op, suited, *kept);
        wire::put_frame_of(size, outbox_.requests(), wire::request_header{next_xid_, op}, suited);
        pending_request& p = settle_in_line(line, op, r, offset);
        remember_watch(*kept);
        p.watch = std::move(kept);
        return 0;
    }
    wire::put_frame_of(size, outbox_.requests(), header, record);
    settle_in_line(line, op, r, offset);
    return 0;
}

inline pending_request& session::settle_in_line(std::uint64_t line, opcode op, request* r,
                                                std::uint64_t offset) noexcept {
    pending_request& p = pending_.push();
    p.line = line;
    p.offset = offset;
    p.owner = r;
    p.xid = next_xid_;
    p.op = op;
    p.removed = false;
    if (r != nullptr) {
        r->line_ = line;
    }
    next_xid_ = next_xid_ == std::numeric_limits<std::int32_t>::max() ? 1 : next_xid_ + 1;
    ++counters_.requests;
    return p;
}

} // namespace zooid::session
