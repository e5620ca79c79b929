#include "support/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace zooid::test {

namespace {

sockaddr_in address_of(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

} // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = other.release();
    }
    return *this;
}

int descriptor::release() noexcept { return std::exchange(number_, -1); }

void descriptor::reset() noexcept {
    if (number_ >= 0) {
        ::close(release());
    }
}

descriptor listen_on_loopback(std::uint16_t port, int backlog) {
    descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        fail("socket");
    }
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = address_of(port);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("bind");
    }
    if (::listen(socket.get(), backlog) != 0) {
        fail("listen");
    }
    return socket;
}

std::uint16_t local_port(const descriptor& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        fail("getsockname");
    }
    return ntohs(address.sin_port);
}

std::string loopback_address(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

descriptor connect_to_loopback(std::uint16_t port, std::chrono::milliseconds patience) {
    descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        fail("socket");
    }
    const auto ms = patience.count();
    const timeval limit{static_cast<time_t>(ms / 1000), static_cast<suseconds_t>(ms % 1000 * 1000)};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto address = address_of(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return socket;
}

bool write_all(const descriptor& socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string read_to_end(const descriptor& socket) {
    std::string all;
    char part[4096];
    for (;;) {
        const auto got = ::recv(socket.get(), part, sizeof part, 0);
        if (got <= 0) {
            return all;
        }
        all.append(part, static_cast<std::size_t>(got));
    }
}

} // namespace zooid::test
