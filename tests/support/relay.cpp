#include "support/relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace zooid::test {

namespace {

pollfd readable(const descriptor& d) { return {d.get(), POLLIN, 0}; }

bool is_ready(const pollfd& p) { return (p.revents & (POLLIN | POLLHUP | POLLERR)) != 0; }

} // namespace

relay::relay(std::uint16_t server_port)
    : server_port_(server_port),
      listener_(listen_on_loopback(0, 128)),
      address_(loopback_address(local_port(listener_))) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    wake_read_ = descriptor(ends[0]);
    wake_write_ = descriptor(ends[1]);
    thread_ = std::thread([this] { run(); });
}

relay::~relay() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
}

void relay::cut() { set(mode::cut); }
void relay::restore() { set(mode::pass); }
void relay::freeze() { set(mode::frozen); }

void relay::wake() {
    const char byte = 0;
    (void)!::write(wake_write_.get(), &byte, 1);
}

void relay::set(mode wanted) {
    std::unique_lock lock(mutex_);
    wanted_ = wanted;
    wake();
    adopted_changed_.wait(lock, [&] { return adopted_ == wanted_; });
}

void relay::adopt(mode wanted) {
    if (wanted == mode::cut) {
        links_.clear();
    }
    {
        const std::lock_guard lock(mutex_);
        adopted_ = wanted;
    }
    adopted_changed_.notify_all();
}

void relay::run() {
    mode now = mode::pass;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (ending_) {
                return;
            }
            if (wanted_ != now) {
                now = wanted_;
                lock.unlock();
                adopt(now);
            }
        }
        pump(now);
    }
}

// One round: waits until something can be done, and does it.
void relay::pump(mode now) {
    std::vector<pollfd> polled{readable(wake_read_), readable(listener_)};
    if (now == mode::pass) {
        for (const auto& l : links_) {
            polled.push_back(readable(l.client));
            polled.push_back(readable(l.server));
        }
    }
    ::poll(polled.data(), polled.size(), -1);
    if (is_ready(polled[0])) {
        std::array<char, 64> bytes{};
        (void)!::read(wake_read_.get(), bytes.data(), bytes.size());
        return; // look at the orders first
    }
    for (std::size_t i = 0; now == mode::pass && i < links_.size(); ++i) {
        auto& l = links_[i];
        const bool alive = (!is_ready(polled[2 + 2 * i]) || pass(l.client, l.server)) &&
                           (!is_ready(polled[3 + 2 * i]) || pass(l.server, l.client));
        if (!alive) {
            l.client.reset();
        }
    }
    std::erase_if(links_, [](const link& l) { return !l.client; });
    if (is_ready(polled[1])) {
        if (now == mode::cut) {
            descriptor refused(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            ++refusals_;
        } else {
            accept_one();
        }
    }
}

void relay::accept_one() {
    descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    auto server = connect_to_loopback(server_port_);
    if (client && server) {
        ++connections_;
        links_.push_back({std::move(client), std::move(server)});
    }
}

bool relay::pass(const descriptor& from, const descriptor& to) {
    std::array<char, 65536> bytes{};
    const auto got = ::recv(from.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    return got > 0 && write_all(to, std::string_view(bytes.data(), static_cast<std::size_t>(got)));
}

} // namespace zooid::test
