#pragma once

#include "support/loopback.hpp"

#include <string>
#include <vector>

namespace zooid::test {

/// A peer that accepts connections and never says a word.
class silent_peer {
public:
    silent_peer();

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    descriptor listener_; // the system completes handshakes for a listening socket by itself
    std::string address_;
};

/// A loopback address at which connecting neither succeeds nor fails: a listening socket whose queue is full.
class unreachable_host {
public:
    unreachable_host();

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    descriptor listener_;
    std::vector<descriptor> fillers_;
    std::string address_;
};

/// A loopback address at which nobody listens.
[[nodiscard]] std::string refusing_address();

} // namespace zooid::test
