#include "runtime/tcp_listener.hpp"

#include "runtime/accepted_stream.hpp"
#include "runtime/last_error.hpp"
#include "runtime/tcp_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace zooid::runtime {

/// Waits for the socket to become readable, then accepts; goes on waiting when the connection is gone by then.
struct tcp_listener::waiting {
    tcp_listener* self; // alive while `*closed` is false
    std::shared_ptr<bool> closed;
    accept_handler handler;

    void operator()(error_code ec) {
        if (*closed) {
            std::move(handler)(asio::error::operation_aborted, nullptr);
            return;
        }
        std::unique_ptr<stream> accepted;
        if (!ec) {
            accepted = self->accept_now(ec);
        }
        if (!ec && !accepted) {
            self->acceptor_.async_wait(asio::socket_base::wait_read, std::move(*this));
            return;
        }
        std::move(handler)(ec, std::move(accepted));
    }
};

tcp_listener::tcp_listener(const asio::any_io_executor& executor, const endpoint& at, error_code& ec)
    : acceptor_(executor), closed_(std::make_shared<bool>(false)) {
    events_ = std::make_shared<readiness>(executor, ec);
    if (!ec) {
        open(to_tcp(at), ec);
    }
}

tcp_listener::~tcp_listener() { close(); }

void tcp_listener::open(const asio::ip::tcp::endpoint& at, error_code& ec) {
    const int descriptor =
        ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, at.protocol().protocol());
    if (descriptor < 0) {
        ec = last_error();
        return;
    }
    acceptor_.assign(at.protocol(), descriptor, ec);
    if (ec) {
        ::close(descriptor);
        return;
    }
    acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec) {
        acceptor_.bind(at, ec);
    }
    if (!ec) {
        acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    }
    if (!ec) {
        local_ = from_tcp(acceptor_.local_endpoint(ec));
    }
}

std::unique_ptr<stream> tcp_listener::accept_now(error_code& ec) {
    asio::ip::tcp::endpoint peer;
    auto length = static_cast<socklen_t>(peer.capacity());
    const int descriptor = ::accept4(acceptor_.native_handle(), peer.data(), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
        const bool vanished = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!vanished) {
            ec = last_error();
        }
        return nullptr;
    }
    peer.resize(length);
    auto accepted = std::make_unique<accepted_stream>(events_, descriptor, from_tcp(peer), ec);
    if (ec) {
        return nullptr;
    }
    return accepted;
}

void tcp_listener::async_accept(accept_handler handler) {
    acceptor_.async_wait(asio::socket_base::wait_read, waiting{this, closed_, std::move(handler)});
}

void tcp_listener::close() noexcept {
    *closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
}

endpoint tcp_listener::local() const { return local_; }

} // namespace zooid::runtime
