#pragma once

#include "support/scripted_server.hpp"
#include "support/scripted_watches.hpp"
#include "wire/frame.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace zooid::testing {

/// One client's connection, its watches, and the frames under way.
class scripted_server::connection : public std::enable_shared_from_this<connection> {
public:
    connection(scripted_server& server, std::uint64_t connection_number, std::unique_ptr<runtime::stream> stream,
               member m)
        : server_(&server), number(connection_number), kind(m), watches(server.modes_), stream_(std::move(stream)) {}

    void read() {
        stream_->async_read_some(buffer_, [self = shared_from_this()](error_code ec, std::size_t n) {
            if (self->server_ == nullptr) {
                return;
            }
            if (ec) {
                self->close();
                return;
            }
            self->in_.append(reinterpret_cast<const char*>(self->buffer_.data()), n);
            self->take_frames();
            if (self->server_ != nullptr && !self->closing_) {
                self->read();
            }
        });
    }

    void send(std::string_view bytes) {
        (held ? kept_back_ : out_).append(bytes);
        write();
    }

    void release() {
        held = false;
        send(std::exchange(kept_back_, {}));
    }

    void close_when_sent() {
        closing_ = true;
        write();
    }

    void close() {
        if (server_ != nullptr) {
            const auto self = shared_from_this();
            stream_->close();
            std::exchange(server_, nullptr)->connections_.erase(number);
        }
    }

    [[nodiscard]] bool closed() const noexcept { return server_ == nullptr || closing_; }

private:
    void take_frames() {
        const auto self = shared_from_this();
        if (session == 0 && in_ == "isro") {
            send(kind == member::read_only ? "ro" : "rw");
            close_when_sent();
            return;
        }
        for (;;) {
            const auto next = wire::next_frame(in_);
            if (next.state == wire::frame_state::malformed) {
                close();
            }
            if (next.state != wire::frame_state::complete || closed()) {
                return;
            }
            const std::string frame{next.payload};
            in_.erase(0, next.consumed);
            session == 0 ? server_->greet(*this, frame) : server_->answer(*this, frame);
        }
    }

    void write() {
        if (writing_ || server_ == nullptr) {
            return;
        }
        if (out_.empty()) {
            if (closing_) {
                close();
            }
            return;
        }
        writing_ = true;
        sending_ = std::exchange(out_, {});
        stream_->async_write(std::as_bytes(std::span{sending_}),
                             [self = shared_from_this()](error_code ec, std::size_t) {
                                 self->writing_ = false;
                                 ec ? self->close() : self->write();
                             });
    }

    scripted_server* server_; // null once closed

public:
    const std::uint64_t number;
    const member kind;
    std::int64_t session = 0;
    bool held = false;
    scripted_watches watches;

private:
    std::unique_ptr<runtime::stream> stream_;
    std::array<std::byte, 4096> buffer_{};
    std::string in_, out_, sending_, kept_back_;
    bool writing_ = false;
    bool closing_ = false;
};

} // namespace zooid::testing
