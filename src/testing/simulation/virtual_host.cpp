#include "testing/simulation/virtual_host.hpp"

#include "testing/simulation/virtual_stream.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace zooid::testing {

namespace {

/// Wall-clock time when a simulation begins: the start of 2024.
constexpr runtime::wall_time wall_beginning{std::chrono::milliseconds{1'704'067'200'000}};

/// A timer on the virtual clock.
class virtual_timer final : public runtime::timer {
public:
    virtual_timer(std::shared_ptr<virtual_network> network, std::shared_ptr<timeline::place> where,
                  const asio::any_io_executor& executor)
        : network_(std::move(network)), where_(std::move(where)), armed_(std::make_shared<arming>(executor)) {}

    ~virtual_timer() override { disarm(); }

    void arm(steady_time at, std::function<void()> wake) override {
        disarm();
        armed_->wake = std::move(wake);
        event_ = network_->time().add(at, where_, "timer", nullptr, [armed = armed_, round = armed_->round] {
            asio::post(armed->executor, [armed, round] {
                if (armed->round == round) {
                    const auto woken = std::exchange(armed->wake, nullptr);
                    woken();
                }
            });
        });
    }

    void disarm() noexcept override {
        network_->time().cancel(event_);
        ++armed_->round;
        const auto dropped = std::exchange(armed_->wake, nullptr);
    }

private:
    struct arming {
        explicit arming(const asio::any_io_executor& e) : executor(e) {}
        asio::any_io_executor executor;
        std::function<void()> wake;
        std::uint64_t round = 0; // tells this arming from one whose expiry still waits in the executor
    };

    std::shared_ptr<virtual_network> network_;
    std::shared_ptr<timeline::place> where_;
    std::shared_ptr<arming> armed_;
    timeline::handle event_;
};

} // namespace

virtual_host::virtual_host(std::shared_ptr<virtual_network> network, const std::string& name,
                           const asio::ip::address& address, std::uint64_t seed)
    : network_(std::move(network)), place_(std::make_shared<timeline::place>()), address_(address), random_(seed) {
    place_->name = name;
    network_->add_host(address_, place_);
}

void virtual_host::pause() {
    network_->note("pause", name());
    network_->time().pause(*place_);
}

void virtual_host::resume() {
    network_->note("resume", name());
    network_->time().resume(*place_);
}

void virtual_host::crash() { network_->crash(*place_); }

steady_time virtual_host::now() const noexcept { return network_->time().now(); }

runtime::wall_time virtual_host::wall_now() const noexcept {
    return wall_beginning + wall_offset_ + std::chrono::floor<std::chrono::milliseconds>(network_->time().elapsed());
}

std::uint64_t virtual_host::random() { return random_(); }

std::unique_ptr<runtime::timer> virtual_host::make_timer(asio::any_io_executor executor) {
    return std::make_unique<virtual_timer>(network_, place_, executor);
}

std::unique_ptr<runtime::stream> virtual_host::make_stream(asio::any_io_executor executor) {
    return std::make_unique<virtual_stream>(network_, place_, executor, runtime::endpoint{address_, ++last_port_});
}

std::unique_ptr<runtime::listener> virtual_host::listen(asio::any_io_executor executor, const runtime::endpoint& at,
                                                        error_code& ec) {
    ec = {};
    const runtime::endpoint here{address_, at.port == 0 ? ++last_port_ : at.port};
    auto made = std::make_unique<virtual_listener>(network_, executor, here, ec);
    if (ec) {
        return nullptr;
    }
    return made;
}

void virtual_host::async_resolve(asio::any_io_executor executor, std::string host, std::uint16_t port,
                                 runtime::resolve_handler handler) {
    error_code no_literal;
    const auto literal = asio::ip::make_address(host, no_literal);
    if (!no_literal) {
        std::vector<runtime::endpoint> found{{literal, port}};
        asio::post(executor, [h = std::move(handler), found = std::move(found)]() mutable {
            std::move(h)(error_code{}, std::move(found));
        });
        return;
    }
    network_->resolve({place_, executor, std::move(host), port, std::move(handler)});
}

} // namespace zooid::testing
