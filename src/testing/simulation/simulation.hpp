#pragma once

#include "testing/simulation/virtual_host.hpp"
#include "testing/simulation/virtual_network.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace zooid::testing {

/// A world with virtual time and a virtual network that runs programs in the calling thread, the same way for the same
/// seed every time.
///
/// Programs get `executor()` and, as their environment, a host. Time stands still while there are handlers to run and
/// then jumps to whatever is scheduled next. Nothing sleeps; there are no sockets. Hosts may outlive the simulation,
/// but are dead then: operations on them never complete. One thread only.
class simulation {
public:
    using duration = timeline::duration;

    explicit simulation(std::uint64_t seed);
    simulation(const simulation&) = delete;
    simulation& operator=(const simulation&) = delete;
    /// Destroys what still waits, without running it.
    ~simulation();

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] asio::any_io_executor executor() noexcept { return context_.get_executor(); }
    /// Partitions, faults, names, links.
    [[nodiscard]] virtual_network& network() noexcept { return *network_; }

    /// The host of that name, made when first asked for; the name resolves to its address.
    [[nodiscard]] std::shared_ptr<virtual_host> host(const std::string& name);
    /// The host called "client".
    [[nodiscard]] std::shared_ptr<virtual_host> environment() { return host("client"); }
    /// Hands every connection to `name`:`port` to `serve`, until `unlisten` or a crash of the host. Returns where it
    /// listens. Throws `boost::system::system_error` if somebody listens there already.
    runtime::endpoint listen(const std::string& name, std::uint16_t port,
                             std::function<void(std::unique_ptr<runtime::stream>)> serve);
    void unlisten(const runtime::endpoint& at);

    [[nodiscard]] steady_time now() const noexcept { return network_->time().now(); }

    /// Runs until `done()`. False if `limit` of virtual time has passed, or at once when nothing is left that could
    /// ever happen; `report()` tells which and what waits. Throws what handlers throw, and `std::runtime_error` when a
    /// million handlers have run without time moving.
    [[nodiscard]] bool run_until(const std::function<bool()>& done, duration limit = std::chrono::minutes{1});
    /// Runs for exactly that long.
    void run_for(duration time);
    /// Runs until nothing is scheduled; false if something still is after `limit`.
    [[nodiscard]] bool run_until_idle(duration limit = std::chrono::minutes{1});
    /// Why the last run ended, and what was scheduled, open or waiting; for failure messages.
    [[nodiscard]] std::string report() const;

private:
    class acceptor;

    [[nodiscard]] bool step(steady_time limit);

    std::uint64_t seed_;
    std::shared_ptr<virtual_network> network_;
    std::map<std::string, std::shared_ptr<virtual_host>> hosts_;
    std::vector<std::shared_ptr<acceptor>> acceptors_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{context_.get_executor()};
    std::uint64_t handlers_at_this_time_ = 0;
    const char* ended_ = "has not run";
};

} // namespace zooid::testing
