#pragma once

#include "testing/simulation/virtual_network.hpp"

namespace zooid::testing {

/// One machine of the simulation, seen by the programs on it as their environment.
class virtual_host final : public runtime::environment {
public:
    virtual_host(std::shared_ptr<virtual_network> network, const std::string& name, const asio::ip::address& address,
                 std::uint64_t seed);

    [[nodiscard]] const std::string& name() const noexcept { return place_->name; }
    [[nodiscard]] const asio::ip::address& address() const noexcept { return address_; }

    /// Stops the host in its tracks, as a long garbage collection or SIGSTOP would: time goes on, but no timer wakes,
    /// and nothing arrives. Handlers that are already due still run.
    void pause();
    /// Lets it go on: everything it missed happens now, in order.
    void resume();
    /// Resets all its connections and stops its listeners. The programs on it are the test's to destroy.
    void crash();
    /// Moves its wall clock, and not its steady one.
    void step_wall_clock(std::chrono::milliseconds by) noexcept { wall_offset_ += by; }

    [[nodiscard]] steady_time now() const noexcept override;
    [[nodiscard]] runtime::wall_time wall_now() const noexcept override;
    [[nodiscard]] std::uint64_t random() override;
    [[nodiscard]] std::unique_ptr<runtime::timer> make_timer(asio::any_io_executor executor) override;
    [[nodiscard]] std::unique_ptr<runtime::stream> make_stream(asio::any_io_executor executor) override;
    /// Listens on this host, whatever address is given (as if bound to all); port 0 picks a free one.
    [[nodiscard]] std::unique_ptr<runtime::listener> listen(asio::any_io_executor executor, const runtime::endpoint& at,
                                                            error_code& ec) override;
    void async_resolve(asio::any_io_executor executor, std::string host, std::uint16_t port,
                       runtime::resolve_handler handler) override;

private:
    std::shared_ptr<virtual_network> network_;
    std::shared_ptr<timeline::place> place_;
    asio::ip::address address_;
    std::mt19937_64 random_;
    std::chrono::milliseconds wall_offset_{0};
    std::uint16_t last_port_ = 40000;
};

} // namespace zooid::testing
