#pragma once

#include "server/config.hpp"
#include "server/data_tree.hpp"
#include "server/events.hpp"
#include "server/fault_table.hpp"
#include "server/peer.hpp"
#include "server/quota_warnings.hpp"
#include "server/server_core.hpp"
#include "server/session_table.hpp"
#include "server/watch_table.hpp"
#include "wire/buffer.hpp"

#include <zooid/types.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

/// What `srvr` counts, for the whole server.
struct server_statistics {
    std::int64_t received = 0;
    std::int64_t sent = 0;
    std::int64_t last_response_size = -1;
    std::int64_t min_response_size = -1;
    std::int64_t max_response_size = -1;
    std::int64_t auth_failed = 0;
    std::int64_t received_bytes = 0;
    std::int64_t response_bytes = 0;
    std::int64_t connection_requests = 0; ///< handshakes
    std::int64_t connections_rejected = 0;
    std::int64_t strangers_expired = 0; ///< connections that never asked for a session
    std::int64_t sessions_expired = 0;
    latency_figures read_latency;
    latency_figures update_latency;
};

/// Everything a server knows; shared by the files of the core and by nobody else.
struct server_state {
    server_state(server_config settings, std::string_view secret, moment start);
    ~server_state();
    server_state(const server_state&) = delete;
    server_state& operator=(const server_state&) = delete;

    /// The connection, or null when it is gone.
    [[nodiscard]] peer* find(connection_id id) const noexcept;
    /// The connection of a session, or null.
    [[nodiscard]] peer* find(const session& of) const noexcept { return find(of.connection); }

    /// Begins a transaction: every write takes a number, failed ones included.
    [[nodiscard]] tree_change next_change(moment at) noexcept { return {++zxid, at.wall}; }

    /// Lists a connection for the driver.
    void mark_ready(peer& of);
    /// Lets a connection come to an end: from now on it executes nothing and is told nothing.
    void close(peer& of, ending how);
    /// Keeps back what is appended to a connection's output from now on.
    void delay_output(peer& of, steady_time until);
    /// Undoes a transaction that an exception has interrupted.
    void abandon_transaction() noexcept;
    /// Forgets the events of a transaction that is over.
    void forget_pending() noexcept;
    /// Counts a notification that has just been appended.
    void count_sent(peer& to) noexcept {
        ++to.statistics.sent;
        ++statistics.sent;
    }
    /// Counts how long the requests took whose replies leave now.
    void count_latency(peer& to, steady_time at) noexcept;
    /// Counts a reply that has just been appended, and how long it is.
    void count_response(peer& to, std::size_t bytes) noexcept;

    void log(log_level level, std::string_view message) const;

    server_config config;
    data_tree tree;
    watch_table watches;
    session_table sessions;
    fault_table faults;
    std::vector<pending_event> pending_events;                    ///< of a transaction that has not been committed
    std::map<acl_id, std::shared_ptr<const acl>> pending_readers; ///< the lists of these events

    boost::unordered_flat_map<connection_id, std::unique_ptr<peer>> peers;
    boost::unordered_flat_map<std::string, std::size_t> peers_of_address; ///< kept only if there is a limit
    using peer_list = boost::intrusive::list<peer, boost::intrusive::constant_time_size<false>>;
    peer_list strangers; ///< without a handshake so far, oldest first
    peer_list leaving;   ///< to be closed once flushed, the soonest `ends_by` first
    std::vector<connection_id> ready;
    connection_id last_connection = 0;

    std::int64_t zxid = 0; ///< of the last transaction
    bool read_only = false;
    steady_time next_reap = steady_time::max();
    steady_time next_release = steady_time::max(); ///< of delayed output
    moment started{};
    moment present{}; ///< of the call that is being served

    std::int64_t trace_mask = 0b1'0011'0010; ///< ZooKeeper's first one; kept and told, but nothing is traced
    server_statistics statistics;
    quota_warnings warnings;
    std::size_t freed = 0;            ///< bytes of memory, about; see server_core::take_freed
    std::uint64_t seen_data_size = 0; ///< by take_freed
    std::string path;                 ///< of the sequential node that is being created
    wire::buffer scratch;             ///< of the event that is being announced
    wire::buffer results;             ///< of the multi that is being executed
};

/// One request, as it came in.
struct request {
    peer& from;
    std::int32_t xid;
    opcode type;
    std::string_view body;
    moment at;
};

} // namespace zooid::server
