#include "server/server_state.hpp"

#include "runtime/later.hpp"
#include "server/sparse_table.hpp"
#include "wire/frame.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace zooid::server {
namespace {

using std::chrono::milliseconds;

/// How long a connection that is to be closed may take to read the rest.
constexpr std::chrono::seconds patience{10};

server_config completed(server_config config) {
    config.tick_time = std::max(config.tick_time, milliseconds{1});
    if (config.min_session_timeout <= milliseconds{0}) {
        config.min_session_timeout = 2 * config.tick_time;
    }
    if (config.max_session_timeout <= milliseconds{0}) {
        config.max_session_timeout = 20 * config.tick_time;
    }
    config.max_session_timeout = std::max(config.max_session_timeout, config.min_session_timeout);
    return config;
}

/// A new incarnation's zxids are above all that clients of an earlier one can have seen, even if that began a millisecond
/// ago: a million transactions take longer. The number stays positive, as clients expect.
std::int64_t first_zxid(server_time start) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(start.time_since_epoch().count()) << 20U &
                                     0x7fff'ffff'ffff'ffffU);
}

/// Names are hashed with something that clients don't know.
std::uint64_t seed_of(std::string_view secret) noexcept { return std::hash<std::string_view>{}(secret); }

} // namespace

server_state::server_state(server_config settings, std::string_view secret, moment start)
    : config(completed(std::move(settings))),
      tree(seed_of(secret)),
      watches(seed_of(secret)),
      sessions(config.tick_time, secret, start.wall),
      zxid(first_zxid(start.wall)),
      read_only(config.read_only),
      started(start),
      present(start) {
    if (config.reap_interval > milliseconds{0}) {
        next_reap = runtime::later(start.now, config.reap_interval);
    }
}

server_state::~server_state() {
    for (auto& [id, one] : peers) {
        watches.remove_all(*one);
    }
}

peer* server_state::find(connection_id id) const noexcept {
    const auto found = peers.find(id);
    return found == peers.end() ? nullptr : found->second.get();
}

void server_state::mark_ready(peer& of) {
    if (!of.ready) {
        of.ready = true;
        ready.push_back(of.id);
    }
}

void server_state::close(peer& of, ending how) {
    if (of.end == ending::at_once || of.end == how) {
        return;
    }
    of.end = how;
    of.unlink();
    watches.remove_all(of);
    if (of.session != nullptr) {
        of.session->connection = 0;
        of.session = nullptr;
    }
    if (how == ending::at_once) {
        freed += of.output.capacity();
        of.output = {};
        of.delayed.clear();
    } else {
        const steady_time last = of.delayed.empty() ? present.now : std::max(present.now, of.delayed.back().until);
        of.ends_by = runtime::later(last, patience);
        // As a rule at the end; only delayed replies make it more than the last one's.
        const auto is_not_later = [&](const peer& one) { return one.ends_by <= of.ends_by; };
        leaving.insert(std::find_if(leaving.rbegin(), leaving.rend(), is_not_later).base(), of);
    }
    mark_ready(of);
}

void server_state::delay_output(peer& of, steady_time until) {
    of.delayed.push_back({of.output.size(), until});
    next_release = std::min(next_release, until);
}

void server_state::abandon_transaction() noexcept {
    if (tree.in_transaction()) {
        tree.rollback();
    }
    forget_pending();
}

void server_state::forget_pending() noexcept {
    pending_events.clear();
    shrink_if_sparse(pending_events);
    pending_readers.clear();
}

void server_state::count_response(peer& to, std::size_t bytes) noexcept {
    count_sent(to);
    const auto size = static_cast<std::int64_t>(bytes - wire::frame_prefix_size);
    statistics.response_bytes += size;
    statistics.last_response_size = size;
    statistics.max_response_size = std::max(statistics.max_response_size, size);
    statistics.min_response_size =
        statistics.min_response_size < 0 ? size : std::min(statistics.min_response_size, size);
}

void server_state::count_latency(peer& to, steady_time at) noexcept {
    if (to.reads.count + to.updates.count == 0) {
        return;
    }
    statistics.read_latency.add(to.reads, at);
    statistics.update_latency.add(to.updates, at);
    const bool update_last = to.reads.count == 0 || (to.updates.count != 0 && to.updates.latest > to.reads.latest);
    to.statistics.latency.add(update_last ? to.reads : to.updates, at);
    to.statistics.latency.add(update_last ? to.updates : to.reads, at);
    to.reads = {};
    to.updates = {};
}

void server_state::log(log_level level, std::string_view message) const {
    if (config.log) {
        config.log(level, message);
    }
}

} // namespace zooid::server
