#include "session/session.hpp"

#include <algorithm>

namespace zooid::session {

void output_batch::clear() noexcept {
    items.clear();
    watchers.clear();
    strings.clear();
}

session::session(session_config config, host_list hosts, std::uint64_t seed)
    : config_(std::move(config)),
      hosts_(std::move(hosts)),
      random_(seed),
      backoff_(config_.reconnect_delay, config_.max_reconnect_delay),
      next_xid_(std::max(config_.first_xid, 1)) {
    if (config_.shuffle_hosts) {
        hosts_.shuffle(random_);
    }
    for (const auth_data& auth : config_.auth) {
        auths_.push_back({auth, nullptr, true});
    }
    credentials_ = config_.resume;
    seen_read_write_ = credentials_.id != 0;
}

session::~session() = default;

void session::start(steady_time now) {
    if (phase_ != phase::idle && phase_ != phase::ended) {
        return;
    }
    outbox_.set_time(now);
    refusal_ = 0;
    state_ = session_state::suspended;
    keeper_ = keeper_state::connecting;
    attempts_ = 0;
    backoff_.reset();
    schedule_attempt(now);
}

void session::close(bool keep, steady_time now) {
    outbox_.set_time(now);
    if (phase_ == phase::closing && !keep) {
        return;
    }
    if (phase_ == phase::established && !keep) {
        const std::uint64_t offset = outbox_.end();
        pending_.reserve_one();
        wire::put_request(outbox_.requests(), next_xid_, opcode::close_session);
        settle_in_line(next_line_++, opcode::close_session, nullptr, offset);
        phase_ = phase::closing;
        refusal_ = static_cast<std::int32_t>(errc::closing);
        close_deadline_ = now + config_.close_timeout;
        return;
    }
    finish_close(keep);
}

void session::set_hosts(host_list hosts, steady_time now) {
    if (hosts.empty()) {
        return;
    }
    outbox_.set_time(now);
    const host here = current_host_ < hosts_.size() ? hosts_[current_host_] : host{};
    const bool move = hosts_.replace(std::move(hosts), current_host_, config_.shuffle_hosts, random_);
    current_host_ = hosts_.find(here);
    attempts_ = 0;
    const bool connected = phase_ == phase::established;
    const bool connecting = has_link() && phase_ != phase::closing && !connected;
    if (move && (connected || (connecting && current_host_ == host_list::nowhere))) {
        drop_link(static_cast<std::int32_t>(errc::connection_loss), "moving to another server of the new list", now);
    }
}

void session::add_auth(auth_data auth, request* done, steady_time now) {
    outbox_.set_time(now);
    if (done != nullptr) {
        done->line_ = credential_line | ++credential_lines_;
    }
    if (phase_ == phase::ended || refusal_ == static_cast<std::int32_t>(errc::closing) ||
        refusal_ == static_cast<std::int32_t>(errc::closed)) {
        complete(done, opcode::auth, refusal_);
        return;
    }
    if (request_size(auth) > config_.max_request) { // the server would hang up, and again on every connection
        complete(done, opcode::auth, static_cast<std::int32_t>(errc::request_too_large));
        return;
    }
    auths_.push_back({std::move(auth), done});
    if (auths_sent_) {
        put_credential(auths_.back());
    }
}

void session::reconnect(std::optional<std::size_t> preferred, steady_time now) {
    outbox_.set_time(now);
    if (phase_ == phase::idle || phase_ == phase::closing || phase_ == phase::ended) {
        return;
    }
    if (preferred) {
        hosts_.prefer(*preferred);
    }
    attempts_ = 0;
    if (has_link()) {
        drop_link(static_cast<std::int32_t>(errc::connection_loss), "moving to another server", now);
    } else {
        schedule_attempt(now);
    }
}

bool session::nothing_ahead() const noexcept {
    return phase_ == phase::established && pending_.empty() && !outbox_.has_pending() && !outbox_.is_writing();
}

bool session::may_write() const noexcept { return outbox_.has_pending(); }

void session::wrote(std::size_t n, steady_time now) {
    outbox_.set_time(now);
    outbox_.end_write(n);
    counters_.bytes_sent += n;
}

} // namespace zooid::session
