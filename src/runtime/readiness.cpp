#include "runtime/readiness.hpp"

#include "runtime/last_error.hpp"

#include <unistd.h>

#include <utility>

namespace zooid::runtime {

namespace {

constexpr std::uint32_t input = EPOLLIN | EPOLLRDHUP | EPOLLET;

} // namespace

/// The wait for the next turn. When the context ends instead, sockets and those that wait for them must not keep each other.
struct readiness::turn {
    explicit turn(std::shared_ptr<readiness> of) noexcept : self(std::move(of)) {}
    turn(turn&&) noexcept = default;
    turn& operator=(turn&&) = delete;
    ~turn() {
        if (self != nullptr) {
            self->abandon();
        }
    }

    void operator()(const error_code&) {
        const std::shared_ptr<readiness> kept = std::move(self);
        kept->on_turn();
    }

    std::shared_ptr<readiness> self;
};

readiness::readiness(const asio::any_io_executor& executor, error_code& ec) : epoll_(executor) {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) {
        ec = last_error();
        return;
    }
    epoll_.assign(descriptor, ec);
    if (ec) {
        ::close(descriptor);
    }
}

void readiness::add(socket& who, int descriptor, error_code& ec) {
    control(EPOLL_CTL_ADD, who, descriptor, input, ec);
    if (ec) {
        return;
    }
    sockets_.push_back(who);
    if (!waiting_) {
        wait();
    }
}

void readiness::want_writable(socket& who, int descriptor, error_code& ec) {
    control(EPOLL_CTL_MOD, who, descriptor, input | EPOLLOUT, ec);
}

void readiness::remove(socket& who, int descriptor) noexcept {
    if (!who.is_linked()) {
        return;
    }
    who.unlink();
    // Closing it would not do while a forked child has it, too.
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
    for (epoll_event& event : telling_) {
        if (event.data.ptr == &who) {
            event.data.ptr = nullptr;
        }
    }
    if (sockets_.empty() && waiting_) {
        error_code ignored;
        epoll_.cancel(ignored);
    }
}

void readiness::control(int what, socket& who, int descriptor, std::uint32_t events, error_code& ec) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &who;
    ec = {};
    if (::epoll_ctl(epoll_.native_handle(), what, descriptor, &event) != 0) {
        ec = last_error();
    }
}

void readiness::wait() {
    waiting_ = true;
    epoll_.async_wait(asio::posix::stream_descriptor::wait_read, turn{shared_from_this()});
}

// Waits again before anything is told, so that it goes on whatever comes out of a handler; what could not be told then is
// told next.
void readiness::on_turn() {
    waiting_ = false;
    if (telling_.empty()) {
        const int count = ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
        telling_ = std::span{events_}.first(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    if (!sockets_.empty()) {
        wait();
    }
    while (!telling_.empty()) {
        const epoll_event event = telling_.front();
        telling_ = telling_.subspan(1);
        if (event.data.ptr != nullptr) {
            static_cast<socket*>(event.data.ptr)->on_ready(event.events);
        }
    }
}

void readiness::abandon() {
    waiting_ = false;
    std::vector<asio::any_completion_handler<void(error_code, std::size_t)>> pending;
    for (socket& each : sockets_) {
        each.abandon(pending);
    }
}

} // namespace zooid::runtime
