// A blocking socket that speaks frames: the least a client can do, and so the floor that others are compared with.
#pragma once

#include "protocol.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace zooid::bench {

/// One connected session over a blocking TCP socket. Every member blocks; not thread-safe; failures throw.
class raw_connection {
public:
    /// Connects to an IPv4 address and completes the handshake of a new session.
    raw_connection(const std::string& address, std::uint16_t port, std::int32_t timeout_ms = 30'000) {
        open(address, port);
        try {
            send(connect_request(timeout_ms));
            const std::string_view reply = receive();
            if (reply.size() < 36 || load_i32(reply.data() + 4) <= 0) throw std::runtime_error{"session refused"};
        } catch (...) {
            ::close(socket_);
            throw;
        }
    }
    raw_connection(const raw_connection&) = delete;
    raw_connection& operator=(const raw_connection&) = delete;

    /// Ends the session politely, so that the server forgets it at once.
    ~raw_connection() {
        try {
            bytes out;
            frame_writer frame{out};
            frame.i32(0x7fffffff).code(opcode::close_session).finish();
            send(out);
            while (load_i32(receive().data()) != 0x7fffffff) {}
        } catch (const std::exception&) {
            // The server may have hung up first; either way the session is over.
        }
        ::close(socket_);
    }

    /// Sends all of `data`.
    void send(const bytes& data) { send(data.data(), data.size()); }

    /// Sends `size` bytes from `data`, in one system call unless the socket is full.
    void send(const char* data, std::size_t size) {
        while (size > 0) {
            const ssize_t sent = ::send(socket_, data, size, MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EINTR) continue;
                throw std::system_error{errno, std::generic_category(), "send"};
            }
            data += sent;
            size -= static_cast<std::size_t>(sent);
        }
    }

    /// The next frame's payload; it stays valid until the next call.
    std::string_view receive() {
        for (;;) {
            if (const std::string_view frame = buffered(); frame.data() != nullptr) return frame;
            fill();
        }
    }

    /// The next frame that has arrived already, or a view of nothing (`data()` is null); never blocks.
    std::string_view buffered() {
        const std::size_t available = end_ - begin_;
        if (available < length_prefix_size) return {};
        const auto size = static_cast<std::size_t>(load_i32(input_.data() + begin_));
        if (available < length_prefix_size + size) return {};
        const std::string_view frame{input_.data() + begin_ + length_prefix_size, size};
        begin_ += length_prefix_size + size;
        return frame;
    }

    /// Sends a request and returns the payload of its reply; throws unless the error code is 0 or `tolerated`.
    std::string_view exchange(const bytes& request, std::int32_t tolerated = 0) {
        send(request);
        const std::string_view reply = receive();
        const std::int32_t error = load_i32(reply.data() + 12);
        if (error != 0 && error != tolerated) {
            throw std::runtime_error{"the server answered with error " + std::to_string(error)};
        }
        return reply;
    }

private:
    void open(const std::string& address, std::uint16_t port) {
        sockaddr_in peer{};
        peer.sin_family = AF_INET;
        peer.sin_port = __builtin_bswap16(port);
        if (::inet_pton(AF_INET, address.c_str(), &peer.sin_addr) != 1) {
            throw std::runtime_error{"not an IPv4 address: " + address};
        }
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket_ < 0) throw std::system_error{errno, std::generic_category(), "socket"};
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
            const int error = errno;
            ::close(socket_);
            throw std::system_error{error, std::generic_category(), "connect"};
        }
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    void fill() {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        if (end_ == input_.size()) input_.resize(2 * input_.size());
        const ssize_t got = ::recv(socket_, input_.data() + end_, input_.size() - end_, 0);
        if (got == 0) throw std::runtime_error{"the server closed the connection"};
        if (got < 0 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "recv"};
        if (got > 0) end_ += static_cast<std::size_t>(got);
    }

    int socket_ = -1;
    bytes input_ = bytes(std::size_t{64} * 1024);
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace zooid::bench
