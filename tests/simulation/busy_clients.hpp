#pragma once

#include "simulation/client_mirrors.hpp"
#include "simulation/client_workload.hpp"
#include "simulation/client_world.hpp"

#include <zooid/client.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace zooid::testing {

/// Two clients at work on the same nodes, and mirrors that follow those by the first client's watches. Fails the current
/// test where they do not do what they should.
class busy_clients {
public:
    busy_clients(client_world& world, client first, client second, std::uint64_t seed)
        : zk(std::move(first)), other(std::move(second)), work(world, seed), world_(world) {}

    /// What a client gets in the run of that seed.
    [[nodiscard]] static client_options options(std::uint64_t seed);

    /// Starts the clients, the mirrors and the work.
    void begin();
    /// Ends the work when the weather has cleared up: every call must come to its end, and the first client back.
    void wind_up();
    /// Every mirror must know the truth.
    void compare(const scripted_server& truth, const char* when) const;
    /// Stops the clients, which ends what waits.
    void finish();

    client zk;
    client other;
    client_workload work;

private:
    client_world& world_;
    std::vector<std::unique_ptr<mirror>> mirrors_;
};

} // namespace zooid::testing
