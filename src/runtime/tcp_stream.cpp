#include "runtime/tcp_stream.hpp"

#include "runtime/last_error.hpp"
#include "runtime/socket_calls.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace zooid::runtime {

namespace {

/// Passes a result on, unless the stream was closed while that result was waiting for its turn.
///
/// It has no associated executor or allocator, so that Asio calls it directly on the socket's executor and recycles its
/// memory there; that is what makes an operation cheap.
template <class Handler>
struct unless_closed {
    std::shared_ptr<bool> closed;
    Handler handler;

    void operator()(const error_code& ec) {
        std::move(handler)(*closed ? error_code{asio::error::operation_aborted} : ec);
    }
    void operator()(const error_code& ec, std::size_t transferred) {
        if (*closed) {
            std::move(handler)(asio::error::operation_aborted, 0);
        } else {
            std::move(handler)(ec, transferred);
        }
    }
};

} // namespace

tcp_stream::tcp_stream(const asio::any_io_executor& executor)
    : socket_(executor), closed_(std::make_shared<bool>(false)) {}

tcp_stream::~tcp_stream() { close(); }

void tcp_stream::take(int descriptor, const asio::ip::tcp& protocol, error_code& ec) {
    socket_.assign(protocol, descriptor, ec);
    if (ec) {
        ::close(descriptor);
        return;
    }
    socket_.set_option(asio::ip::tcp::no_delay{true}, ec);
}

void tcp_stream::async_connect(const endpoint& to, connect_handler handler) {
    peer_ = to;
    const auto target = to_tcp(to);
    unless_closed<connect_handler> done{closed_, std::move(handler)};
    // Asio opens sockets without close-on-exec, and setting it later would race with a fork.
    error_code ec;
    const int descriptor =
        ::socket(target.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, target.protocol().protocol());
    if (descriptor < 0) {
        ec = last_error();
    } else {
        take(descriptor, target.protocol(), ec);
    }
    if (ec) {
        asio::post(socket_.get_executor(), asio::append(std::move(done), ec));
        return;
    }
    socket_.async_connect(target, std::move(done));
}

void tcp_stream::async_read_some(std::span<std::byte> into, transfer_handler handler) {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            unless_closed<transfer_handler>{closed_, std::move(handler)});
}

void tcp_stream::async_write(std::span<const std::byte> from, transfer_handler handler) {
    asio::async_write(socket_, asio::const_buffer{from.data(), from.size()},
                      unless_closed<transfer_handler>{closed_, std::move(handler)});
}

std::size_t tcp_stream::try_write(std::span<const std::byte> from, error_code& ec) noexcept {
    return send_now(socket_.native_handle(), from, ec);
}

void tcp_stream::close() noexcept {
    if (*closed_) { // not written again: the last owner of a closed stream may be on another thread
        return;
    }
    *closed_ = true;
    error_code ignored;
    socket_.close(ignored);
}

endpoint tcp_stream::peer() const { return peer_; }

} // namespace zooid::runtime
