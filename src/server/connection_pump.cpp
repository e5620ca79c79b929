#include "server/connection_pump.hpp"

#include "server/driver.hpp"

#include <boost/asio/error.hpp>

#include <span>
#include <string_view>
#include <utility>

namespace zooid::server {

namespace {

constexpr std::size_t kept_output = 512;             // of an idle connection's memory
constexpr std::size_t piece = std::size_t{64} << 10; // of what a peer does not take at once

} // namespace

connection_pump::connection_pump(std::shared_ptr<driver> owner, connection_id id,
                                 std::unique_ptr<runtime::stream> stream)
    : owner_(std::move(owner)), id_(id), stream_(std::move(stream)) {}

void connection_pump::proceed(moment at) {
    if (closed_) {
        return;
    }
    write(at);
    if (closed_) {
        return;
    }
    switch (owner_->core().ending_of(id_)) {
    case ending::none:
        break;
    case ending::after_flush:
        if (!writing_) {
            end();
        } else if (!std::exchange(lingering_, true)) {
            owner_->linger(id_);
        }
        return;
    case ending::at_once:
        end();
        return;
    }
    if (!reading_ && owner_->core().wants_read(id_)) {
        read();
    }
}

// Everything that waits goes out with one system call, as a rule at once; only what the socket does not take is left to an
// operation.
void connection_pump::write(moment at) {
    while (!writing_ && !closed_ && owner_->core_->take_output(id_, out_, at)) {
        sent_ = 0;
        write_taken();
    }
    if (!writing_ && !closed_ && out_.capacity() > kept_output) {
        owner_->freed(out_.capacity());
        out_ = {};
    }
}

// Piece by piece, to see that the peer takes it.
void connection_pump::write_taken() {
    error_code ec;
    sent_ += stream_->try_write(std::as_bytes(std::span(out_.view().substr(sent_))), ec);
    if (ec) {
        end();
    } else if (sent_ < out_.size()) {
        writing_ = true;
        stream_->async_write(
            std::as_bytes(std::span(out_.view().substr(sent_, piece))),
            [self = shared_from_this()](error_code failed, std::size_t bytes) { self->on_written(failed, bytes); });
    }
}

void connection_pump::on_written(const error_code& ec, std::size_t bytes) {
    writing_ = false;
    if (closed_) {
        return;
    }
    if (ec) {
        end();
    } else {
        const moment at = owner_->now();
        sent_ += bytes;
        owner_->core_->progressed(id_, at);
        if (sent_ < out_.size()) {
            write_taken();
        }
        proceed(at);
    }
    owner_->settle();
}

void connection_pump::read() {
    reading_ = true;
    stream_->async_read_some(
        in_.space(), [self = shared_from_this()](error_code ec, std::size_t bytes) { self->on_read(ec, bytes); });
}

void connection_pump::on_read(const error_code& ec, std::size_t bytes) {
    reading_ = false;
    if (closed_) {
        in_.release(owner_->buffers_);
        return;
    }
    const moment at = owner_->now();
    if (ec == asio::error::eof) {
        owner_->core_->input_ended(id_, at);
    } else if (ec) {
        end();
    } else {
        owner_->core_->received(id_, {reinterpret_cast<const char*>(in_.space().data()), bytes}, at);
        in_.done(bytes, owner_->buffers_);
    }
    proceed(owner_->now()); // executing them has taken its time
    owner_->settle();
}

void connection_pump::end() {
    const auto self = shared_from_this(); // the driver lets go of it
    close();
    owner_->closed(id_);
}

void connection_pump::close() noexcept {
    closed_ = true;
    stream_->close();
}

} // namespace zooid::server
