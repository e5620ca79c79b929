#pragma once

#include <zooid/opcode.hpp>
#include <zooid/watch_event.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zooid {

/// How long the operations of one kind took, from the writing of the request to the arrival of the reply. Requests that
/// were never answered are not counted.
struct latency_histogram {
    /// Upper bounds of the buckets in microseconds; the last bucket has none.
    static constexpr std::array<std::uint32_t, 15> bounds{50,    100,   250,    500,    1000,   2500,    5000,   10000,
                                                          25000, 50000, 100000, 250000, 500000, 1000000, 5000000};

    opcode operation = opcode::error;
    std::array<std::uint64_t, bounds.size() + 1> buckets{}; ///< not cumulative
    std::uint64_t count = 0;
    std::chrono::nanoseconds sum{0};
    std::uint64_t errors = 0; ///< of `count`, how many ended with an error
};

/// The client's numbers at one moment; counts are since the client was made.
struct metrics_snapshot {
    session_state state = session_state::suspended; ///< of the session, as `client::state` tells it
    std::uint64_t requests = 0;                     ///< put in line, sent or not; without pings and credentials
    std::uint64_t replies = 0;                      ///< to `requests`, errors included
    std::uint64_t notifications = 0;                ///< watch events received
    std::uint64_t bytes_sent = 0;                   ///< written to connections, handshakes and pings included
    std::uint64_t bytes_received = 0;               ///< read from connections, handshakes and pings included
    std::uint64_t connects = 0;                     ///< sessions established or resumed on a connection
    std::uint64_t reconnects = 0;                   ///< `connects` but the first
    std::uint64_t expirations = 0;                  ///< sessions that expired
    std::size_t queue_depth = 0;                    ///< requests waiting for a connection or a reply
    std::size_t watches = 0;                        ///< registered watchers
    /// How long ago the oldest of the callbacks that wait or run were put in the queue; zero without any.
    std::chrono::nanoseconds handler_queue_age{0};
    std::vector<latency_histogram> latencies; ///< of the operations used so far
};

/// The snapshot in the Prometheus text exposition format 0.0.4; every metric's name starts with `zooid_`.
[[nodiscard]] std::string to_prometheus(const metrics_snapshot& snapshot);

} // namespace zooid
