#pragma once

#include "support/loopback.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace zooid::test {

/// A network link that can fail: listens on a loopback port and passes bytes to and from a server, in a thread of its own.
/// Every member may be called from any thread.
class relay {
public:
    /// Passes connections on to 127.0.0.1:`server_port`.
    explicit relay(std::uint16_t server_port);
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;
    ~relay();

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Drops every connection, and every new one, until `restore`. On return none is open.
    void cut();
    /// Passes connections and bytes again.
    void restore();
    /// Holds back all bytes, both ways, with the connections open, until `restore` or `cut`. On return nothing moves.
    void freeze();

    /// How many connections have been passed on so far.
    [[nodiscard]] int connections() const noexcept { return connections_; }
    /// How many were turned away while the link was cut.
    [[nodiscard]] int refusals() const noexcept { return refusals_; }

private:
    enum class mode { pass, frozen, cut };
    struct link {
        descriptor client;
        descriptor server;
    };

    void set(mode wanted);
    void wake();
    void run();
    void adopt(mode wanted);
    void accept_one();
    bool pass(const descriptor& from, const descriptor& to);
    void pump(mode now);

    const std::uint16_t server_port_;
    descriptor listener_;
    std::string address_;
    descriptor wake_read_;
    descriptor wake_write_;
    std::atomic<int> connections_{0};
    std::atomic<int> refusals_{0};

    std::mutex mutex_;
    std::condition_variable adopted_changed_;
    mode wanted_ = mode::pass;
    mode adopted_ = mode::pass;
    bool ending_ = false;

    std::vector<link> links_; // the thread's own
    std::thread thread_;
};

} // namespace zooid::test
