#pragma once

#include <zooid/opcode.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace zooid::server {

/// What a fault rule does to a request.
enum class fault_action : std::uint8_t {
    delay_reply, ///< executes it; the reply, and everything after it on the connection, comes `delay` later
    lose_reply,  ///< executes it and closes the connection without a reply
    drop,        ///< closes the connection without executing it
    fail,        ///< answers `err` without executing it; writes still take a zxid
};

/// For tests: what happens to the next `times` requests that match every condition given. The first rule that matches a
/// request is used up by it. Pings match only when `op` says so, handshakes never do.
struct fault_rule {
    fault_action action = fault_action::delay_reply;
    std::optional<opcode> op{}; ///< nothing = any but ping
    std::string path;           ///< the request's path (a multi's: that of any part); empty = any
    bool below = false;         ///< also paths below `path`
    std::int64_t session = 0;   ///< 0 = any
    std::uint32_t times = 1;    ///< 0 = until removed
    std::chrono::milliseconds delay{0};
    std::int32_t err = -4; ///< for `fail`
};

} // namespace zooid::server
