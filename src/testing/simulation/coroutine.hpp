#pragma once

#include "testing/simulation/simulation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <stdexcept>
#include <utility>

namespace zooid::testing {

/// Runs a coroutine in the simulation to its end and returns or throws what it does; throws `std::runtime_error` with
/// the simulation's report if it does not end within `limit` of virtual time.
template <class T>
T run(simulation& sim, asio::awaitable<T> task, simulation::duration limit = std::chrono::minutes{1}) {
    std::future<T> result = asio::co_spawn(sim.executor(), std::move(task), asio::use_future);
    const auto done = [&] { return result.wait_for(std::chrono::seconds{0}) == std::future_status::ready; };
    if (!sim.run_until(done, limit)) {
        throw std::runtime_error{sim.report()};
    }
    return result.get();
}

} // namespace zooid::testing
