#pragma once

#include <zooid/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace zooid::server {

/// Figures of the process that only the outside knows; shown by `mntr` and `srvr`.
struct process_figures {
    std::int64_t open_file_descriptors = -1;
    std::int64_t max_file_descriptors = -1;
};

/// How a server behaves. Times of 0 for the session timeouts mean their defaults.
struct server_config {
    std::chrono::milliseconds tick_time{2'000};          ///< sessions expire at multiples of it; at least 1 ms
    std::chrono::milliseconds min_session_timeout{0};    ///< 0 = 2 ticks
    std::chrono::milliseconds max_session_timeout{0};    ///< 0 = 20 ticks
    std::chrono::milliseconds handshake_timeout{10'000}; ///< for a connection that asks for no session; 0 = never
    std::chrono::milliseconds reap_interval{60'000}; ///< between searches for dead containers and TTL nodes; 0 = never
    std::size_t max_reaped = 10'000;                 ///< nodes removed by one search
    std::size_t max_frame = 0xfffff;                 ///< bytes of a request's payload (`jute.maxbuffer`)
    std::size_t max_backlog = std::size_t{1} << 20;  ///< unsent bytes at which a connection's requests have to wait
    std::size_t max_notifications = std::size_t{16} << 20; ///< unsent bytes at which an event closes its connection
    std::size_t max_connections_per_address = 0;           ///< `maxClientCnxns`; 0 = no limit
    bool read_only = false;                                ///< starts out read-only
    bool enforce_quota = false;                            ///< hard quota limits fail writes (`enforceQuota`)
    bool ttl_nodes = true;                                 ///< `zookeeper.extendedTypesEnabled`
    bool filter_events = true; ///< events go only to who may read the node, as in Debian's 3.8.0 and from 3.8.4
    std::string super_digest;  ///< "super:<base64>", or empty for no super user

    // What four-letter words tell.
    std::string version = "3.8.0-zooid, built on 1970-01-01 00:00 UTC"; ///< as clients parse it
    std::vector<std::pair<std::string, std::string>> environment;       ///< lines of `envi` after the version
    std::uint16_t client_port = 0;                                      ///< of `conf`; see server_core::set_client_port
    std::function<process_figures()> figures; ///< may be empty; called while `mntr` is answered

    /// Gives freed memory back to the system; may be empty. Called when much has been freed, a little later.
    std::function<void()> give_back_memory;

    /// Takes what an operator should know; may be empty. Must not call the core.
    log_sink log;
};

} // namespace zooid::server
