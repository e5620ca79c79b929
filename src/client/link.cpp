#include "client/link.hpp"

#include "client/client_core.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <string_view>

namespace zooid::detail {

link::link(client_core& core, session::session::open_link target) : core_(core), target_(std::move(target)) {}

void link::open() {
    core_.log(log_level::debug, "connecting to " + to_string(target_.to));
    core_.environment().async_resolve(
        core_.io(), target_.to.name, target_.to.port,
        asio::bind_cancellation_slot(lookup_.slot(), [self = shared_from_this(), core = core_.shared_from_this()](
                                                         error_code ec, std::vector<runtime::endpoint> addresses) {
            self->resolved(ec, std::move(addresses));
        }));
}

void link::resolved(error_code ec, std::vector<runtime::endpoint> addresses) {
    if (closed_) {
        return;
    }
    if (ec || addresses.empty()) {
        core_.log(log_level::warning, "cannot resolve " + target_.to.name + ": " + ec.message());
        core_.on_link_down(errc::name_not_resolved);
        return;
    }
    // Any address of the answer is as good as another: start with a random one.
    const std::size_t first = static_cast<std::size_t>(core_.environment().random()) % addresses.size();
    std::rotate(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(first), addresses.end());
    addresses_.assign(addresses.begin(), addresses.end());
    try_next(asio::error::host_not_found);
}

void link::try_next(error_code last) {
    if (addresses_.empty()) {
        core_.on_link_down(last);
        return;
    }
    const runtime::endpoint to = addresses_.front();
    addresses_.pop_front();
    stream_ = core_.environment().make_stream(core_.io());
    stream_->async_connect(
        to, [self = shared_from_this(), core = core_.shared_from_this()](error_code ec) { self->connected(ec); });
}

void link::connected(error_code ec) {
    if (closed_) {
        return;
    }
    if (ec) {
        core_.log(log_level::debug, "cannot connect to " + to_string(target_.to) + ": " + ec.message());
        try_next(ec);
        return;
    }
    core_.on_link_up();
    if (!closed_) {
        buffer_ = std::make_unique_for_overwrite<std::byte[]>(read_size);
        read();
    }
}

void link::read() {
    stream_->async_read_some({buffer_.get(), read_size}, [self = shared_from_this(), core = core_.shared_from_this()](
                                                             error_code ec, std::size_t n) {
        if (self->closed_) {
            return;
        }
        if (ec) {
            self->core_.on_link_down(ec);
            return;
        }
        self->core_.on_received({reinterpret_cast<const char*>(self->buffer_.get()), n});
        if (!self->closed_) {
            self->read();
        }
    });
}

void link::close() noexcept {
    closed_ = true;
    lookup_.emit(asio::cancellation_type::terminal); // else it keeps the client until the system has an answer
    if (stream_) {
        stream_->close();
    }
}

} // namespace zooid::detail
