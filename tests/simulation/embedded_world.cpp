#include "simulation/embedded_world.hpp"

#include "simulation/client_workload.hpp"
#include "testing/simulation/coroutine.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <vector>

namespace zooid::testing {

namespace {

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> copy_node(client& zk, std::string path, scripted_server& into) {
    auto [ec, found] = co_await zk.async_get(path, awaited);
    if (!ec) {
        into.create(path, found.data);
    } else if (ec != errc::no_node) {
        throw boost::system::system_error(ec, "reading " + path);
    }
}

asio::awaitable<void> copy_nodes(client zk, scripted_server& into) {
    co_await zk.async_start(asio::use_awaitable);
    for (const std::string path : {"/k", "/r", "/queue", "/counter"}) {
        co_await copy_node(zk, path, into);
    }
    for (const std::string& path : followed_nodes()) {
        co_await copy_node(zk, path, into);
    }
    const std::vector<std::string> names = co_await zk.async_get_children("/queue", asio::use_awaitable);
    for (const std::string& name : names) {
        co_await copy_node(zk, "/queue/" + name, into);
    }
    co_await zk.async_stop(asio::use_awaitable);
}

embedded_server_options on_port(embedded_server_options options, std::uint16_t port) {
    options.port = port;
    return options;
}

} // namespace

embedded_world::embedded_world(std::uint64_t seed, const embedded_server_options& options)
    : base(seed, 0),
      server(std::make_unique<embedded_server>(base.sim.executor(), on_port(options, port), server_host())) {}

client embedded_world::make_client(const client_options& how, const std::string& host) {
    return client{sim().executor(), "zk:" + std::to_string(port), how, sim().host(host)};
}

std::unique_ptr<scripted_server> embedded_world::truth() {
    auto copy = std::make_unique<scripted_server>(sim().host("auditor"), sim().executor());
    testing::run(sim(), copy_nodes(make_client(client_world::options(), "auditor"), *copy));
    return copy;
}

} // namespace zooid::testing
