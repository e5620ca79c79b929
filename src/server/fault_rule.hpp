#pragma once

#include <zooid/opcode.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::server {

/// A request as a fault rule sees it.
struct faulted_request {
    std::int64_t session = 0;
    std::int32_t xid = 0;
    opcode op{};
    std::string_view path; ///< a transaction's: that of its first part; empty if there is none
};

/// What a fault rule does to a request.
enum class fault_action : std::uint8_t {
    delay_reply, ///< executes it; the reply, and everything after it on the connection, comes `delay` later
    lose_reply,  ///< executes it and closes the connection without a reply
    drop,        ///< closes the connection without executing it
    fail,        ///< answers `err` without executing it; writes still take a zxid
};

/// For tests: what happens to the next `times` requests for which every condition holds. Of several rules that match the
/// oldest is taken, and only that one counts it. Pings match only when `op` says so, handshakes never do.
struct fault_rule {
    fault_action action = fault_action::delay_reply;
    std::optional<opcode> op{}; ///< nothing = any but ping
    std::string path{};         ///< the request's path (a transaction's: that of any part); empty = any
    bool below = false;         ///< also paths below `path`
    std::int64_t session = 0;   ///< 0 = any
    std::uint32_t times = 1;    ///< 0 = until removed
    std::chrono::milliseconds delay{0};
    std::int32_t err = -4; ///< for `fail`
    /// Asked last; empty = yes. Must not call the core; if it throws, the request does not match.
    std::function<bool(const faulted_request&)> matches{};
};

} // namespace zooid::server
