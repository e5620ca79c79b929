#pragma once

#include "server/access.hpp"
#include "server/latency.hpp"
#include "server/server_core.hpp"
#include "server/session_table.hpp"
#include "server/watch_table.hpp"
#include "wire/buffer.hpp"

#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace zooid::server {

/// What four-letter words tell about one connection.
struct peer_statistics {
    std::int64_t received = 0; ///< requests
    std::int64_t sent = 0;     ///< replies and notifications
    opcode last_operation = opcode::notification;
    std::int32_t last_xid = 0;
    std::int64_t last_zxid = -1;
    server_time last_response{};
    latency_figures latency;
};

/// Output that must wait: from `offset` on, until `until`, and until what is before it may go.
struct delayed_output {
    std::size_t offset = 0;
    steady_time until{};
};

/// One connection, as the core knows it. Destroyed only when the driver says that it is closed.
struct peer : watcher, boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    connection_id id = 0;
    std::string address;
    std::uint16_t port = 0;
    steady_time opened{};
    steady_time ends_by{}; ///< when to stop waiting for a peer that is to be closed but does not read
    server_time established{};

    ending end = ending::none;
    bool greeted = false; ///< the first frame or word has been seen
    bool ready = false;   ///< listed for take_ready
    bool frozen = false;
    bool input_ended = false;
    bool executing = false; ///< guards against running its requests within its own requests

    server::session* session = nullptr; ///< null before the handshake, and after the end
    credentials who;

    wire::buffer intake; ///< bytes that could not be executed yet: part of a frame, or more while it has to wait
    wire::buffer output;
    std::vector<delayed_output> delayed; ///< by offset; for tests

    steady_time arrived{};     ///< when the requests came in that are being executed
    unanswered_requests reads; ///< those whose replies are in the output
    unanswered_requests updates;

    peer_statistics statistics;

    /// How many bytes of the output may leave now.
    [[nodiscard]] std::size_t sendable() const noexcept {
        return frozen ? 0 : delayed.empty() ? output.size() : delayed.front().offset;
    }
};

} // namespace zooid::server
