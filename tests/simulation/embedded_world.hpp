#pragma once

#include "simulation/client_world.hpp"

#include <zooid/client.hpp>
#include <zooid/embedded_server.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace zooid::testing {

/// A simulation in which real clients meet the real server: the embedded one, on a host of its own ("zk", port 2181).
class embedded_world {
public:
    explicit embedded_world(std::uint64_t seed, const embedded_server_options& options = {});
    embedded_world(const embedded_world&) = delete;
    embedded_world& operator=(const embedded_world&) = delete;
    ~embedded_world() = default;

    /// A client on the host of that name, not started.
    [[nodiscard]] client make_client(const client_options& how = client_world::options(),
                                     const std::string& host = "client");

    [[nodiscard]] simulation& sim() noexcept { return base.sim; }
    [[nodiscard]] std::shared_ptr<virtual_host> server_host() { return sim().host("zk"); }

    /// Reads some nodes ("/counter", the children of "/queue", those that mirrors follow) by a client of its own, and puts
    /// what it finds into a server that mirrors and workloads can be compared with.
    [[nodiscard]] std::unique_ptr<scripted_server> truth();

    client_world base; ///< what programs of a simulation run in; its own server serves nobody
    std::unique_ptr<embedded_server> server;

private:
    static constexpr std::uint16_t port = 2181;
};

} // namespace zooid::testing
