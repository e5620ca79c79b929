#pragma once

#include "support/child_process.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::test {

/// This machine cannot have a server of the wanted version; says why.
class server_unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The name of the embedded server where versions are asked for.
inline constexpr const char* embedded = "embedded";

/// How a server is started.
struct server_settings {
    std::string version;              ///< "3.4.13", "3.8.0" or "3.9.3"; or `embedded`, for `zooid serve`
    std::vector<std::string> config;  ///< more lines for its configuration
    std::vector<std::string> defines; ///< more Java system properties, "key=value"
    bool ensemble = false;            ///< of this one server, which can be reconfigured (Apache ZooKeeper since 3.5)
    int tick_ms = 500;                ///< sessions last from 2 to 20 ticks
};

/// A server on a loopback port in a process of its own, with a folder of its own: Apache ZooKeeper, or `zooid serve`. The
/// process ends with this object, and with the test program however that ends. Not thread-safe; all blocking.
class real_server {
public:
    /// Starts it and waits until it answers. Throws `server_unavailable`; `std::runtime_error` if it doesn't come up.
    explicit real_server(server_settings settings);
    real_server(const real_server&) = delete;
    real_server& operator=(const real_server&) = delete;
    ~real_server();

    /// The version of Apache ZooKeeper that it is, or behaves as.
    [[nodiscard]] std::string version() const { return is_embedded() ? "3.8.0" : settings_.version; }
    /// Whether nodes and sessions survive a `restart`.
    [[nodiscard]] bool keeps_state() const noexcept { return !is_embedded(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// "127.0.0.1:<port>".
    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    /// True from version `major.minor` on.
    [[nodiscard]] bool since(int major, int minor) const;

    /// Kills the process as a crash would, and waits until it is gone.
    void kill();
    /// Starts it again with the same port (and data, if it keeps any), and waits until it answers.
    void restart();
    /// Stops the process in its tracks; its connections stay open.
    void pause();
    /// Lets a paused process go on.
    void resume();
    /// Brings it back to work after whatever a test has done.
    void revive();

    /// The answer to a four-letter word, by a plain socket; empty when nobody answers within `patience`.
    [[nodiscard]] std::string ask(std::string_view word,
                                  std::chrono::milliseconds patience = std::chrono::seconds{10}) const;
    /// Whether any connection has a data, exist, persistent or recursive watch on the path; `wchp` hides child watches.
    [[nodiscard]] bool watched(std::string_view path) const;
    /// How many watches of all kinds and connections there are (`mntr`); -1 when nobody answers.
    [[nodiscard]] int watch_count() const;
    /// Whether the server lists an ephemeral node of this path.
    [[nodiscard]] bool has_ephemeral(std::string_view path) const;

private:
    [[nodiscard]] bool is_embedded() const noexcept { return settings_.version == embedded; }
    bool launch(bool same_port);
    void launch_zookeeper(bool same_port);
    void launch_embedded(bool same_port);
    [[nodiscard]] bool wait_until_ready();
    [[nodiscard]] std::string log_tail() const;

    server_settings settings_;
    std::string folder_;
    std::string address_;
    std::uint16_t port_ = 0;
    bool paused_ = false;
    std::unique_ptr<child_process> process_;
};

/// The server of this version that the tests of this program share, started on first use. Throws `server_unavailable`.
[[nodiscard]] real_server& shared_server(const std::string& version);

} // namespace zooid::test
