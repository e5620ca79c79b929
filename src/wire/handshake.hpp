#pragma once

#include "wire/codec.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// The first frame each way. Neither has a header.

namespace zooid::wire {

/// Asks for a new session (`session_id` 0) or an existing one.
struct connect_request {
    static constexpr std::size_t field_count = 6;

    std::int32_t protocol_version = 0;
    std::int64_t last_zxid_seen = 0;
    std::int32_t timeout = 0; ///< milliseconds
    std::int64_t session_id = 0;
    std::optional<std::string_view> password{}; ///< 16 bytes, zeroes for a new session; a secret
    std::optional<bool> read_only = false;      ///< content with a read-only server; left out by old clients
    friend bool operator==(const connect_request&, const connect_request&) = default;
};

/// Grants a session, or refuses it with timeout and id 0.
struct connect_response {
    static constexpr std::size_t field_count = 5;

    std::int32_t protocol_version = 0;
    std::int32_t timeout = 0; ///< milliseconds
    std::int64_t session_id = 0;
    std::optional<std::string_view> password{}; ///< 16 bytes; a secret
    std::optional<bool> read_only = false;      ///< left out when the request left it out, and by old servers
    friend bool operator==(const connect_response&, const connect_response&) = default;
};

} // namespace zooid::wire
