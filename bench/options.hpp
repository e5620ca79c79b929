// The command line that every side of the comparison understands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zooid::bench {

/// What a side is asked to do.
struct options {
    std::string workload;            ///< one of the names in workloads.hpp
    std::string address;             ///< the server's numeric IPv4 address
    std::uint16_t port = 0;          ///< the server's TCP port
    std::size_t count = 1000;        ///< measured operations
    std::size_t warm_up = 1000;      ///< operations before the measured ones
    std::size_t window = 1000;       ///< pipelined requests kept in flight
    std::size_t threads = 16;        ///< threads that share the client in the threads workload
    std::int32_t timeout_ms = 30000; ///< session timeout asked for
    bool stub = false;               ///< the server is the stub: one request fires all watches
    bool tuned = false;              ///< C client only: never resolve the host name again
};

/// The usage text; %s stands for the program's name.
inline constexpr const char* usage_text =
    "usage: %s WORKLOAD --server ADDRESS:PORT [--count N] [--warm-up N] [--window N] [--threads N] [--stub] [--tuned]\n"
    "workloads: get set pipelined-get pipelined-set threads-get watches connect memory prepare\n";

namespace detail {

inline std::size_t parse_number(std::string_view text) {
    std::size_t used = 0;
    const std::string copy{text};
    const unsigned long value = std::stoul(copy, &used);
    if (used != copy.size()) throw std::invalid_argument{"not a number: " + copy};
    return value;
}

inline void parse_server(options& into, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) throw std::invalid_argument{"--server wants ADDRESS:PORT"};
    into.address = text.substr(0, colon);
    into.port = static_cast<std::uint16_t>(parse_number(text.substr(colon + 1)));
}

} // namespace detail

/// Reads the command line; throws std::invalid_argument when it makes no sense.
inline options parse_options(int argc, char** argv) {
    options result;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        const auto value = [&]() -> std::string {
            if (i + 1 == argc) throw std::invalid_argument{std::string{word} + " wants a value"};
            return argv[++i];
        };
        if (word == "--server") {
            detail::parse_server(result, value());
        } else if (word == "--count") {
            result.count = detail::parse_number(value());
        } else if (word == "--warm-up") {
            result.warm_up = detail::parse_number(value());
        } else if (word == "--window") {
            result.window = detail::parse_number(value());
        } else if (word == "--threads") {
            result.threads = detail::parse_number(value());
        } else if (word == "--stub") {
            result.stub = true;
        } else if (word == "--tuned") {
            result.tuned = true;
        } else if (word.starts_with("-") || !result.workload.empty()) {
            throw std::invalid_argument{"unexpected: " + std::string{word}};
        } else {
            result.workload = word;
        }
    }
    if (result.workload.empty() || result.port == 0) throw std::invalid_argument{"a workload and a server are needed"};
    if (result.count == 0 || result.window == 0 || result.threads == 0) {
        throw std::invalid_argument{"counts start at 1"};
    }
    return result;
}

} // namespace zooid::bench
