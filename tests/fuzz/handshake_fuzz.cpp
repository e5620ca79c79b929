// Both halves of the handshake. The first byte chooses which.

#include "fuzz_target.hpp"
#include "wire/handshake.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {

bool examine(std::string_view input) { return one_of_survives<connect_request, connect_response>(input); }

std::vector<std::string> seeds() {
    constexpr std::string_view password = "0123456789abcdef";
    const auto request = [](const connect_request& r) { return '\0' + encoded(r); };
    const auto response = [](const connect_response& r) { return '\1' + encoded(r); };
    return {
        request({.timeout = 10'000, .password = password, .read_only = true}),
        request({.last_zxid_seen = 6, .session_id = 7, .password = password, .read_only = std::nullopt}),
        request({}),
        response({.timeout = 10'000, .session_id = 7, .password = password}),
        response({.timeout = 10'000, .session_id = 7, .password = password, .read_only = std::nullopt}),
        response({}),
    };
}

} // namespace zooid::wire::fuzz
