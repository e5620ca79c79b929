#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace zooid::test {

/// A descriptor that is closed with its owner.
class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor() { reset(); }

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept;
    void reset() noexcept;

private:
    int number_ = -1;
};

/// A socket that listens on 127.0.0.1 at `port` (0: the system chooses) with room for `backlog` waiting connections.
/// Throws `std::system_error`.
[[nodiscard]] descriptor listen_on_loopback(std::uint16_t port, int backlog);

/// The port a socket is bound to.
[[nodiscard]] std::uint16_t local_port(const descriptor& socket);

/// "127.0.0.1:<port>".
[[nodiscard]] std::string loopback_address(std::uint16_t port);

/// A blocking connection to 127.0.0.1; empty when refused. Reads and writes on it give up after `patience`.
[[nodiscard]] descriptor connect_to_loopback(std::uint16_t port,
                                             std::chrono::milliseconds patience = std::chrono::seconds{10});

/// Writes everything; false when the peer has gone.
bool write_all(const descriptor& socket, std::string_view bytes);

/// Reads until the peer closes or the connection's patience is at an end.
[[nodiscard]] std::string read_to_end(const descriptor& socket);

} // namespace zooid::test
