#include "server/server_core.hpp"

#include "runtime/later.hpp"
#include "server/error_number.hpp"
#include "server/four_letter_words.hpp"
#include "server/requests.hpp"
#include "server/server_state.hpp"
#include "server/sparse_table.hpp"
#include "server/write_operations.hpp"

#include <algorithm>
#include <utility>

namespace zooid::server {
namespace {

/// The connection, with the clocks set to this call; null when it is gone.
peer* enter(server_state& state, connection_id id, moment at) noexcept {
    state.present = at;
    return state.find(id);
}

void expire(server_state& state, session& of, moment at) {
    peer* const bound = state.find(of);
    if (!of.local) {
        state.log(log_level::info, "session " + hexadecimal(of.id) + " expired");
    }
    end_session(state, of, at);
    if (bound != nullptr) {
        state.close(*bound, ending::at_once);
    }
}

void expire_sessions(server_state& state, moment at) {
    while (session* const due = state.sessions.next_expired(at.now)) {
        if (state.read_only && !due->local) {
            state.sessions.touch(*due, at.now); // nothing may be written now
        } else {
            ++state.statistics.sessions_expired;
            expire(state, *due, at);
        }
    }
}

void release(server_state& state, peer& of, moment at) {
    const auto due = std::ranges::find_if(of.delayed, [&](const delayed_output& one) { return one.until > at.now; });
    if (due != of.delayed.begin()) {
        of.delayed.erase(of.delayed.begin(), due);
        state.mark_ready(of);
    }
    if (!of.delayed.empty()) {
        state.next_release = std::min(state.next_release, of.delayed.front().until);
    }
}

void release_delayed(server_state& state, moment at) {
    if (at.now < state.next_release) {
        return;
    }
    state.next_release = steady_time::max();
    for (auto& [id, one] : state.peers) {
        release(state, *one, at);
    }
}

bool is_late(const server_state& state, const peer& stranger, moment at) noexcept {
    return state.config.handshake_timeout.count() != 0 && stranger.opened + state.config.handshake_timeout <= at.now;
}

void close_late(server_state& state, moment at) {
    while (!state.strangers.empty() && is_late(state, state.strangers.front(), at)) {
        ++state.statistics.strangers_expired;
        state.close(state.strangers.front(), ending::at_once);
    }
    while (!state.leaving.empty() && state.leaving.front().ends_by <= at.now) {
        state.close(state.leaving.front(), ending::at_once);
    }
}

void close_all(server_state& state) {
    for (auto& [id, one] : state.peers) {
        state.close(*one, ending::at_once);
    }
}

} // namespace

server_core::server_core(server_config config, std::string_view secret, moment start)
    : state_(std::make_unique<server_state>(std::move(config), secret, start)) {}

server_core::~server_core() = default;

connection_id server_core::open(std::string_view address, std::uint16_t port, moment at) {
    server_state& state = *state_;
    state.present = at;
    auto fresh = std::make_unique<peer>();
    peer& made = *fresh;
    made.id = state.last_connection + 1;
    made.address = address;
    made.port = port;
    made.opened = at.now;
    made.established = at.wall;
    made.who.add({"ip", std::string{address}});
    state.peers.emplace(made.id, std::move(fresh));
    ++state.last_connection;
    state.strangers.push_back(made);
    if (const std::size_t most = state.config.max_connections_per_address; most != 0) {
        if (++state.peers_of_address[made.address] > most) {
            ++state.statistics.connections_rejected;
            state.log(log_level::warning, "too many connections from " + made.address);
            state.close(made, ending::at_once);
        }
    }
    return made.id;
}

void server_core::received(connection_id id, std::string_view bytes, moment at) {
    peer* const from = enter(*state_, id, at);
    if (from != nullptr && from->end == ending::none) {
        state_->statistics.received_bytes += static_cast<std::int64_t>(bytes.size());
        take_bytes(*state_, *from, bytes, at);
    }
}

void server_core::input_ended(connection_id id, moment at) {
    if (peer* const from = enter(*state_, id, at)) {
        from->input_ended = true;
        resume(*state_, *from, at);
    }
}

void server_core::closed(connection_id id, moment at) {
    peer* const gone = enter(*state_, id, at);
    if (gone == nullptr) {
        return;
    }
    state_->close(*gone, ending::at_once);
    state_->watches.remove_all(*gone); // of a request that went on after the end, too
    const auto counted = state_->peers_of_address.find(gone->address);
    if (counted != state_->peers_of_address.end() && --counted->second == 0) {
        state_->peers_of_address.erase(counted);
    }
    state_->freed += sizeof(peer) + gone->intake.capacity() + gone->output.capacity();
    state_->peers.erase(id);
    shrink_if_sparse(state_->peers);
}

bool server_core::wants_read(connection_id id) const noexcept {
    const peer* const of = state_->find(id);
    return of != nullptr && wants_bytes(*state_, *of);
}

bool server_core::take_output(connection_id id, wire::buffer& out, moment at) {
    out.clear();
    peer* const of = enter(*state_, id, at);
    if (of == nullptr) {
        return false;
    }
    const std::size_t n = of->sendable();
    if (n != 0 && n == of->output.size()) {
        state_->count_latency(*of, at.now);
        out.swap(of->output);
    } else if (n != 0) { // the rest has to wait
        out.append(of->output.view().substr(0, n));
        of->output.erase_front(n);
        for (delayed_output& one : of->delayed) {
            one.offset -= n;
        }
    }
    if (n != 0) {
        resume(*state_, *of, at);
    }
    return n != 0;
}

void server_core::progressed(connection_id id, moment at) {
    peer* const of = enter(*state_, id, at);
    if (of != nullptr && of->session != nullptr && has_to_wait(*state_, *of)) {
        state_->sessions.touch(*of->session, at.now);
    }
}

ending server_core::ending_of(connection_id id) const noexcept {
    const peer* const of = state_->find(id);
    if (of == nullptr) {
        return ending::at_once;
    }
    // What is kept back must still come out.
    return of->end == ending::after_flush && of->sendable() != of->output.size() ? ending::none : of->end;
}

bool server_core::take_ready(std::vector<connection_id>& into) {
    into.clear();
    into.swap(state_->ready);
    for (const connection_id id : into) {
        if (peer* const one = state_->find(id)) {
            one->ready = false;
        }
    }
    return !into.empty();
}

std::size_t server_core::take_freed() noexcept {
    const std::uint64_t tree = state_->tree.data_size();
    const std::uint64_t before = std::exchange(state_->seen_data_size, tree);
    return std::exchange(state_->freed, 0) + (before > tree ? before - tree : 0);
}

void server_core::tick(moment at) {
    server_state& state = *state_;
    state.present = at;
    expire_sessions(state, at);
    release_delayed(state, at);
    close_late(state, at);
    if (state.next_reap <= at.now) {
        state.next_reap = runtime::later(at.now, state.config.reap_interval);
        reap(state, at);
    }
}

steady_time server_core::next_deadline() const noexcept {
    const server_state& state = *state_;
    steady_time next = std::min({state.sessions.next_expiry(), state.next_reap, state.next_release});
    if (!state.strangers.empty() && state.config.handshake_timeout.count() != 0) {
        next = std::min(next, state.strangers.front().opened + state.config.handshake_timeout);
    }
    if (!state.leaving.empty()) {
        next = std::min(next, state.leaving.front().ends_by);
    }
    return next;
}

bool server_core::expire(std::int64_t id, moment at) {
    state_->present = at;
    session* const of = state_->sessions.find(id);
    if (of == nullptr) {
        return false;
    }
    server::expire(*state_, *of, at);
    return true;
}

void server_core::drop(connection_id id) {
    if (peer* const of = state_->find(id)) {
        state_->close(*of, ending::at_once);
    }
}

void server_core::drop_all() { close_all(*state_); }

void server_core::freeze(connection_id id, bool frozen, moment at) {
    peer* const of = enter(*state_, id, at);
    if (of == nullptr || of->frozen == frozen) {
        return;
    }
    of->frozen = frozen;
    if (!frozen) {
        resume(*state_, *of, at);
        state_->mark_ready(*of);
    }
}

void server_core::touch(connection_id id, moment at) {
    peer* const of = enter(*state_, id, at);
    if (of != nullptr && of->session != nullptr) {
        state_->sessions.touch(*of->session, at.now);
    }
}

connection_id server_core::connection_of(std::int64_t id) const noexcept {
    const session* const of = state_->sessions.find(id);
    return of == nullptr ? 0 : of->connection;
}

std::vector<session_info> server_core::sessions() const {
    std::vector<session_info> list;
    list.reserve(state_->sessions.size());
    state_->sessions.for_each([&](const session& one) {
        list.push_back({one.id, one.timeout, state_->sessions.expiry_of(one), one.connection,
                        state_->tree.ephemeral_count(one.id)});
    });
    std::ranges::sort(list, {}, &session_info::id);
    return list;
}

std::vector<connection_info> server_core::connections() const {
    std::vector<connection_info> list;
    list.reserve(state_->peers.size());
    for (const auto& [id, one] : state_->peers) {
        list.push_back({id, one->address, one->port, one->session == nullptr ? 0 : one->session->id, one->frozen,
                        one->watcher::size()});
    }
    std::ranges::sort(list, {}, &connection_info::id);
    return list;
}

std::size_t server_core::session_count() const noexcept { return state_->sessions.size(); }

std::size_t server_core::connection_count() const noexcept { return state_->peers.size(); }

std::uint64_t server_core::add_fault(fault_rule rule) { return state_->faults.add(std::move(rule)); }

std::optional<std::uint64_t> server_core::remove_fault(std::uint64_t rule) { return state_->faults.remove(rule); }

std::optional<std::uint64_t> server_core::fault_hits(std::uint64_t rule) const { return state_->faults.hits(rule); }

void server_core::set_read_only(bool read_only, moment at) {
    server_state& state = *state_;
    if (state.read_only == read_only) {
        return;
    }
    restart(at);
    std::vector<session*> local;
    state.sessions.for_each([&](const session& one) {
        if (one.local) {
            local.push_back(state.sessions.find(one.id));
        }
    });
    for (session* const one : local) {
        state.sessions.remove(*one);
    }
    state.read_only = read_only;
}

bool server_core::read_only() const noexcept { return state_->read_only; }

void server_core::restart(moment at) {
    state_->present = at;
    close_all(*state_);
    state_->sessions.touch_all(at.now);
}

void server_core::succeed(server_core& other) noexcept {
    std::swap(state_->faults, other.state_->faults);
    state_->read_only = other.state_->read_only;
}

std::int32_t server_core::load_node(std::string_view path, std::optional<std::string_view> data, const acl& access,
                                    moment at) {
    state_->present = at;
    const wire::list<wire::acl_item> list{access.empty() ? open_acl() : access};
    created_place made;
    return create_node({*state_, nullptr, state_->next_change(at)}, {opcode::create, path, data, &list, 0, -1}, made);
}

void server_core::set_client_port(std::uint16_t port) { state_->config.client_port = port; }

const server_config& server_core::config() const noexcept { return state_->config; }

const data_tree& server_core::tree() const noexcept { return state_->tree; }

std::size_t server_core::watch_count() const noexcept { return state_->watches.size(); }

std::int64_t server_core::last_zxid() const noexcept { return state_->zxid; }

} // namespace zooid::server
