#pragma once

#include "simulation/client_tap.hpp"
#include "support/scripted_server.hpp"
#include "support/seed_range.hpp"
#include "testing/simulation/simulation.hpp"

#include <zooid/client.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zooid::testing {

/// A simulation with one scripted server, reachable under several host names (zk1:2181, zk2:2181, …) as a perfect
/// ensemble would be, and room for clients.
class client_world {
public:
    explicit client_world(std::uint64_t seed, int hosts = 1);

    /// Makes the `i`-th host (from 0) lead to a read-only member from the next connection on, or no more.
    void set_read_only(int i, bool on = true) {
        members_.at(static_cast<std::size_t>(i)) = on ? member::read_only : member::read_write;
    }

    /// "zk1:2181,zk2:2181,…".
    [[nodiscard]] std::string connect_string() const;
    /// Options that don't leave anything to chance; 10 s session timeout, 2 s per connection attempt.
    [[nodiscard]] static client_options options();
    /// A client on the host of that name, not started.
    [[nodiscard]] client make_client(const client_options& how = options(), const std::string& host = "client");
    /// A client whose sent requests are written down in `tap`.
    [[nodiscard]] client make_tapped_client(const client_options& how = options());

    /// Runs until `done()`; false after `limit` of virtual time. After every single step `on_step`, if set, is called.
    [[nodiscard]] bool run_until(const std::function<bool()>& done,
                                 simulation::duration limit = std::chrono::minutes{2});
    /// Runs for exactly that long.
    void run_for(simulation::duration time);
    /// Starts a client and waits until it is connected.
    void start(client& zk);
    /// Stops a client and waits for that; gives the time it took.
    simulation::duration stop(client& zk);

    simulation sim;
    scripted_server server;
    std::shared_ptr<client_tap> tap;
    std::vector<runtime::endpoint> endpoints; ///< of the hosts, in order
    std::function<void()> on_step;

private:
    int hosts_;
    std::vector<member> members_;
};

/// Every how many-th byte position or seed is tried: `ZOOID_SIMULATION_STRIDE`, or 1 (under a sanitizer: a stride that
/// keeps each program within a few minutes).
[[nodiscard]] std::uint64_t simulation_stride(std::uint64_t with_sanitizer);

/// The seeds of a random test: `usual`, or what `ZOOID_SIMULATION_SEEDS` says.
using test::seed_range;
[[nodiscard]] seed_range simulation_seeds(seed_range usual);

} // namespace zooid::testing
