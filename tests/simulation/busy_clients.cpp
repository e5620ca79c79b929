#include "simulation/busy_clients.hpp"

#include <gtest/gtest.h>

namespace zooid::testing {

using namespace std::chrono_literals;

client_options busy_clients::options(std::uint64_t seed) {
    client_options how = client_world::options();
    how.session_timeout = std::chrono::seconds{5 + seed % 8};
    how.connect_timeout = std::chrono::milliseconds{seed % 3 == 0 ? 0 : 1500};
    how.randomize_hosts = seed % 2 == 0;
    return how;
}

void busy_clients::begin() {
    for (client* each : {&zk, &other}) {
        each->async_start({.timeout = 0ms}, [](error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    }
    for (const auto& path : followed_nodes()) {
        mirrors_.push_back(follow_by_subscription(world_, zk, path));
        mirrors_.push_back(follow_by_callback(zk, path));
    }
    mirrors_.push_back(follow_tree(world_, zk, "/r"));
    for (const auto& each : mirrors_) {
        each->follow();
    }
    work.change_nodes(other);
    work.change_nodes(zk);
    work.count_up(zk);
    work.enqueue(zk);
    work.read_in_bulk(zk);
}

void busy_clients::wind_up() {
    work.wind_up();
    ASSERT_TRUE(world_.run_until([this] { return work.running() == 0; }))
        << "a call never completes, " << world_.sim.report();
    // Longer than a silent connection or a vain search for a server can take.
    world_.run_for(25s);
    EXPECT_TRUE(zk.connected()) << world_.sim.report();
}

void busy_clients::compare(const scripted_server& truth, const char* when) const {
    for (const auto& each : mirrors_) {
        EXPECT_FALSE(each->ended()) << when << ": a program has given up";
        EXPECT_EQ(each->difference(truth), "") << when;
    }
}

void busy_clients::finish() {
    world_.on_step = nullptr;
    EXPECT_EQ(zk.metrics().queue_depth, 0U);
    EXPECT_LE(world_.stop(zk), 2s);
    EXPECT_LE(world_.stop(other), 2s);
    world_.run_for(1s);
    for (const auto& each : mirrors_) {
        EXPECT_TRUE(each->ended()) << "a wait goes on although the client is closed";
    }
}

} // namespace zooid::testing
