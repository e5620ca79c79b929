#include "runtime/accepted_stream.hpp"

#include "runtime/last_error.hpp"
#include "runtime/socket_calls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace zooid::runtime {

namespace {

[[nodiscard]] transfer_handler take(std::optional<transfer_handler>& from) {
    transfer_handler taken = std::move(*from);
    from.reset();
    return taken;
}

/// Completes an operation later, on the executor.
void complete(const asio::any_io_executor& executor, transfer_handler handler, const error_code& ec) {
    asio::post(executor, [handler = std::move(handler), ec]() mutable { std::move(handler)(ec, 0); });
}

} // namespace

accepted_stream::accepted_stream(std::shared_ptr<readiness> events, int descriptor, const endpoint& peer,
                                 error_code& ec)
    : events_(std::move(events)), peer_(peer), descriptor_(descriptor), closed_(std::make_shared<bool>(false)) {
    const int on = 1;
    if (::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        ec = last_error();
    } else {
        events_->add(*this, descriptor_, ec);
    }
    if (ec) {
        close();
    }
}

accepted_stream::~accepted_stream() { close(); }

void accepted_stream::async_connect(const endpoint&, connect_handler handler) {
    asio::post(events_->executor(),
               [handler = std::move(handler)]() mutable { std::move(handler)(asio::error::already_connected); });
}

void accepted_stream::async_read_some(std::span<std::byte> into, transfer_handler handler) {
    if (*closed_) {
        complete(events_->executor(), std::move(handler), asio::error::operation_aborted);
        return;
    }
    into_ = into;
    reader_.emplace(std::move(handler));
    if (readable_) {
        asio::post(events_->executor(), [this, closed = closed_] {
            if (!*closed) {
                read_now();
            }
        });
    }
}

void accepted_stream::async_write(std::span<const std::byte> from, transfer_handler handler) {
    error_code ec;
    if (*closed_) {
        ec = asio::error::operation_aborted;
    } else {
        events_->want_writable(*this, descriptor_, ec);
    }
    if (ec) {
        complete(events_->executor(), std::move(handler), ec);
        return;
    }
    from_ = from;
    written_ = 0;
    writer_.emplace(std::move(handler));
}

std::size_t accepted_stream::try_write(std::span<const std::byte> from, error_code& ec) noexcept {
    return send_now(descriptor_, from, ec);
}

// Each may end in a handler that closes or even destroys this stream.
void accepted_stream::on_ready(std::uint32_t events) {
    constexpr std::uint32_t over = EPOLLERR | EPOLLHUP;
    readable_ = readable_ || (events & (EPOLLIN | EPOLLRDHUP | over)) != 0;
    ended_ = ended_ || (events & (EPOLLRDHUP | over)) != 0;
    const std::shared_ptr<bool> closed = closed_;
    if ((events & (EPOLLOUT | over)) != 0) {
        write_now();
    }
    if (!*closed && readable_) {
        read_now();
    }
}

void accepted_stream::read_now() {
    if (!reader_) {
        return;
    }
    error_code ec;
    const std::size_t count = receive_now(descriptor_, into_, ec);
    // What did not fill the buffer was all there is, and the next bytes make a new event.
    readable_ = ec.failed() || ended_ || count == into_.size();
    if (ec || count != 0) {
        take(reader_)(ec, count);
    }
}

void accepted_stream::write_now() {
    if (!writer_) {
        return;
    }
    error_code ec;
    const std::size_t count = send_now(descriptor_, from_, ec);
    from_ = from_.subspan(count);
    written_ += count;
    if (ec || from_.empty()) {
        take(writer_)(ec, written_);
    }
}

void accepted_stream::close() noexcept {
    if (*closed_) { // the last owner of a closed stream may be on another thread
        return;
    }
    *closed_ = true;
    events_->remove(*this, descriptor_);
    ::close(descriptor_);
    for (std::optional<transfer_handler>* each : {&reader_, &writer_}) {
        if (*each) {
            complete(events_->executor(), take(*each), asio::error::operation_aborted);
        }
    }
}

void accepted_stream::abandon(std::vector<transfer_handler>& pending) {
    for (std::optional<transfer_handler>* each : {&reader_, &writer_}) {
        if (*each) {
            pending.push_back(take(*each));
        }
    }
}

} // namespace zooid::runtime
