#include "testing/simulation/simulation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace zooid::testing {

/// Accepts again and again.
class simulation::acceptor : public std::enable_shared_from_this<acceptor> {
public:
    acceptor(std::unique_ptr<runtime::listener> listener, std::function<void(std::unique_ptr<runtime::stream>)> serve)
        : listener_(std::move(listener)), serve_(std::move(serve)) {}

    void accept() {
        listener_->async_accept([weak = weak_from_this()](error_code ec, std::unique_ptr<runtime::stream> accepted) {
            const auto self = weak.lock();
            if (self && !ec) {
                self->accept();
                self->serve_(std::move(accepted));
            }
        });
    }

    [[nodiscard]] runtime::endpoint local() const { return listener_->local(); }

private:
    std::unique_ptr<runtime::listener> listener_;
    std::function<void(std::unique_ptr<runtime::stream>)> serve_;
};

simulation::simulation(std::uint64_t seed) : seed_(seed), network_(std::make_shared<virtual_network>(seed)) {}

simulation::~simulation() {
    // What waits may own programs, which own hosts and streams: all of these must find the network inert, not gone.
    network_->shut_down();
    acceptors_.clear();
}

std::shared_ptr<virtual_host> simulation::host(const std::string& name) {
    auto& found = hosts_[name];
    if (!found) {
        const auto number = static_cast<unsigned>(hosts_.size());
        const asio::ip::address_v4 address{0x0a000000U + number};
        // Random numbers of the programs and chance in the network are independent, so that one more draw here does not
        // change the weather there.
        found = std::make_shared<virtual_host>(network_, name, address, (seed_ << 8U) + number);
    }
    return found;
}

runtime::endpoint simulation::listen(const std::string& name, std::uint16_t port,
                                     std::function<void(std::unique_ptr<runtime::stream>)> serve) {
    error_code ec;
    auto listener = host(name)->listen(executor(), {{}, port}, ec);
    if (ec) {
        throw boost::system::system_error{ec, "listening on " + name};
    }
    acceptors_.push_back(std::make_shared<acceptor>(std::move(listener), std::move(serve)));
    acceptors_.back()->accept();
    return acceptors_.back()->local();
}

void simulation::unlisten(const runtime::endpoint& at) {
    std::erase_if(acceptors_, [&](const auto& a) { return a->local() == at; });
}

bool simulation::step(steady_time limit) {
    if (context_.stopped()) {
        context_.restart();
    }
    if (context_.poll_one() != 0) {
        if (++handlers_at_this_time_ > 1'000'000) {
            throw std::runtime_error{"a million handlers have run without time moving, " + report()};
        }
        return true;
    }
    const auto before = now();
    const bool happened = network_->time().run_next(limit);
    if (now() != before) {
        handlers_at_this_time_ = 0;
    }
    return happened;
}

bool simulation::run_until(const std::function<bool()>& done, duration limit) {
    const auto last = now() + limit;
    while (!done()) {
        if (step(last)) {
            continue;
        }
        if (network_->time().empty()) {
            ended_ = "deadlock: nothing is left that could happen";
        } else {
            ended_ = "the time limit was reached";
            network_->time().advance_to(last);
        }
        return false;
    }
    ended_ = "the condition was met";
    return true;
}

void simulation::run_for(duration time) {
    const auto last = now() + time;
    while (step(last)) {}
    network_->time().advance_to(last);
    ended_ = "the time was over";
}

bool simulation::run_until_idle(duration limit) {
    const auto last = now() + limit;
    while (step(last)) {}
    const bool idle = network_->time().empty();
    ended_ = idle ? "nothing was left to do" : "the time limit was reached";
    return idle;
}

std::string simulation::report() const {
    return "simulation with seed " + std::to_string(seed_) + ": " + ended_ + "\n" + network_->report();
}

} // namespace zooid::testing
