#pragma once

#include "support/loopback.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zooid::test {

/// Thrown where a server should have said something: it kept silent for too long, or hung up.
class no_answer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A blocking socket to a server, as bytes and frames. Every wait is bounded.
class raw_connection {
public:
    /// Connects to 127.0.0.1; throws `no_answer` if refused.
    explicit raw_connection(std::uint16_t port);

    /// Writes as much as the server takes; false when it has gone.
    bool send(std::string_view bytes);
    /// Tells the server that nothing more will come.
    void finish_sending();
    /// The payload of the next frame; nothing when the server has closed the connection instead. Throws `no_answer`.
    [[nodiscard]] std::optional<std::string> frame();
    /// Waits until the server closes the connection; true if it sent nothing more. Throws `no_answer`.
    [[nodiscard]] bool ended();
    /// Everything up to the end of the connection, unframed. Throws `no_answer`.
    [[nodiscard]] std::string rest();
    /// Drops the connection without a word.
    void close() { socket_.reset(); }
    [[nodiscard]] bool open() const noexcept { return static_cast<bool>(socket_); }

private:
    // False at the end of the stream.
    [[nodiscard]] bool fill();

    descriptor socket_;
    std::string input_;
};

/// What a client says first.
struct introduction {
    std::int64_t last_zxid = 0;
    std::int32_t timeout = 10'000;
    std::int64_t id = 0;
    std::optional<std::string> password = std::string(16, '\0');
    std::optional<bool> read_only = false;
};

/// The bytes of an introduction, length included.
[[nodiscard]] std::string encoded(const introduction& what);

/// What a server answers to an introduction.
struct welcome {
    std::int32_t protocol = 0;
    std::int32_t timeout = 0; ///< 0: refused
    std::int64_t id = 0;
    std::string password;
    std::optional<bool> read_only;
};

/// Reads the answer to an introduction; nothing when the server closes the connection instead. Throws `no_answer`.
[[nodiscard]] std::optional<welcome> read_welcome(raw_connection& from);

/// A frame made of `payload`.
[[nodiscard]] std::string framed(std::string_view payload);

} // namespace zooid::test
