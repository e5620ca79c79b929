#include "contract/raw_connection.hpp"

#include "support/eventually.hpp"
#include "wire/frame.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace zooid::test {

raw_connection::raw_connection(std::uint16_t port)
    : socket_(connect_to_loopback(port, scaled(std::chrono::seconds{20}))) {
    if (!socket_) {
        throw no_answer("nobody listens at port " + std::to_string(port));
    }
}

bool raw_connection::send(std::string_view bytes) { return write_all(socket_, bytes); }

void raw_connection::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

bool raw_connection::fill() {
    std::array<char, 65'536> part;
    for (;;) {
        const auto got = ::recv(socket_.get(), part.data(), part.size(), 0);
        if (got > 0) {
            input_.append(part.data(), static_cast<std::size_t>(got));
            return true;
        }
        // A server that closes with bytes unread resets the connection.
        if (got == 0 || errno == ECONNRESET) {
            return false;
        }
        if (errno != EINTR) {
            throw no_answer("the server neither answers nor hangs up");
        }
    }
}

std::optional<std::string> raw_connection::frame() {
    for (;;) {
        const auto found = wire::next_frame(input_);
        if (found.state == wire::frame_state::malformed) {
            throw std::runtime_error("the server sent a negative length");
        }
        if (found.state == wire::frame_state::complete) {
            std::string payload(found.payload);
            input_.erase(0, found.consumed);
            return payload;
        }
        if (!fill()) {
            if (!input_.empty()) {
                throw std::runtime_error("the server hung up in the middle of a frame");
            }
            return std::nullopt;
        }
    }
}

bool raw_connection::ended() { return rest().empty(); }

std::string raw_connection::rest() {
    while (fill()) {}
    return std::exchange(input_, {});
}

std::string encoded(const introduction& what) {
    wire::buffer out;
    std::optional<std::string_view> password;
    if (what.password) {
        password = *what.password;
    }
    wire::put_connect_request(out, {0, what.last_zxid, what.timeout, what.id, password, what.read_only});
    return std::string(out.view());
}

std::optional<welcome> read_welcome(raw_connection& from) {
    const auto payload = from.frame();
    if (!payload) {
        return std::nullopt;
    }
    wire::connect_response response;
    if (!wire::decode(*payload, response) || !response.password) {
        throw std::runtime_error("the answer to the handshake cannot be decoded");
    }
    return welcome{response.protocol_version, response.timeout, response.session_id, std::string(*response.password),
                   response.read_only};
}

std::string framed(std::string_view payload) {
    wire::buffer out;
    wire::put_frame(out, wire::encoded_body{payload});
    return std::string(out.view());
}

} // namespace zooid::test
