#pragma once

#include <zooid/opcode.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// The few requests that are sent here without a client, by one who does not read as a client would.

namespace zooid::test {

[[nodiscard]] inline std::string number(std::uint32_t n) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((n >> shift) & 0xffU);
    }
    return bytes;
}

[[nodiscard]] inline std::string number(opcode op) { return number(static_cast<std::uint32_t>(op)); }

/// With its length before it: a string, or a frame.
[[nodiscard]] inline std::string text(std::string_view s) {
    return number(static_cast<std::uint32_t>(s.size())) + std::string{s};
}

/// Asks for a new session.
[[nodiscard]] inline std::string handshake(std::chrono::milliseconds timeout) {
    const std::string zeroes(8, '\0');
    return text(number(0) + zeroes + number(static_cast<std::uint32_t>(timeout.count())) + zeroes +
                text(zeroes + zeroes) + '\0');
}

[[nodiscard]] inline std::string request(opcode op, std::string_view body) {
    return text(number(1) + number(op) + std::string{body});
}

[[nodiscard]] inline std::string ping() { return text(number(0xfffffffe) + number(opcode::ping)); }

} // namespace zooid::test
