#include "runtime/socket_calls.hpp"

#include "runtime/last_error.hpp"

#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace zooid::runtime {

namespace {

/// What a call has moved; one that was interrupted is made again, and one that would have to wait has moved nothing.
template <class Call>
std::size_t moved(Call&& call, error_code& ec) noexcept {
    ec = {};
    for (;;) {
        const ssize_t count = call();
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            ec = last_error();
        }
        return 0;
    }
}

} // namespace

std::size_t send_now(int descriptor, std::span<const std::byte> from, error_code& ec) noexcept {
    return moved([&] { return ::send(descriptor, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL); }, ec);
}

std::size_t receive_now(int descriptor, std::span<std::byte> into, error_code& ec) noexcept {
    bool ended = false;
    const std::size_t count = moved(
        [&] {
            const ssize_t received = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
            ended = received == 0;
            return received;
        },
        ec);
    if (ended) {
        ec = boost::asio::error::eof;
    }
    return count;
}

} // namespace zooid::runtime
