#include "support/bad_peers.hpp"
#include "support/eventually.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class hosts_test : public server_test {
protected:
    [[nodiscard]] client connect_to(const std::string& hosts, client_options options = {}) const {
        client zk{hosts + root(), std::move(options)};
        zk.start({.timeout = 60s});
        return zk;
    }
    static client_options in_order() {
        client_options options;
        options.randomize_hosts = false;
        return options;
    }
};
ZOOID_ON_EVERY_VERSION(hosts_test);

TEST_P(hosts_test, the_connected_server_is_named) { EXPECT_EQ(connect().server(), server().address()); }

TEST_P(hosts_test, hosts_that_refuse_are_passed_over) {
    auto zk = connect_to(refusing_address() + "," + refusing_address() + "," + server().address(), in_order());
    EXPECT_EQ(zk.server(), server().address());
    EXPECT_TRUE(zk.exists("/"));
}

TEST_P(hosts_test, an_unreachable_host_costs_its_share_of_the_time_only) {
    const unreachable_host nowhere;
    auto options = in_order();
    options.connect_timeout = 200ms;
    auto zk = connect_to(nowhere.address() + "," + server().address(), options);
    EXPECT_EQ(zk.server(), server().address());
}

TEST_P(hosts_test, a_host_that_accepts_and_says_nothing_is_passed_over) {
    const silent_peer silent;
    auto options = in_order();
    options.connect_timeout = 200ms;
    auto zk = connect_to(silent.address() + "," + server().address(), options);
    EXPECT_EQ(zk.server(), server().address());
}

TEST_P(hosts_test, without_a_connect_timeout_bad_hosts_share_the_session_timeout) {
    const silent_peer silent;
    const unreachable_host nowhere;
    auto options = in_order();
    options.session_timeout = 3s;
    client zk{silent.address() + "," + nowhere.address() + "," + server().address() + root(), options};
    EXPECT_NO_THROW(zk.start({.timeout = scaled(30s)}));
}

TEST_P(hosts_test, names_are_resolved) {
    auto zk = connect_to("localhost:" + std::to_string(server().port()));
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(zk.server(), "localhost:" + std::to_string(server().port()));
}

TEST_P(hosts_test, a_host_that_goes_away_is_replaced_by_the_next) {
    relay one(server().port());
    relay two(server().port());
    auto zk = connect_to(one.address() + "," + two.address());
    const auto id = zk.client_id();
    for (int round = 0; round < 4; ++round) {
        auto& current = zk.server() == one.address() ? one : two;
        auto& other = zk.server() == one.address() ? two : one;
        const auto reconnects = zk.metrics().reconnects;
        current.cut();
        ASSERT_TRUE(eventually([&] { return zk.metrics().reconnects > reconnects && zk.connected(); }));
        EXPECT_EQ(zk.server(), other.address());
        current.restore();
    }
    EXPECT_EQ(zk.client_id(), id);
}

TEST_P(hosts_test, the_order_is_random_unless_asked_otherwise) {
    relay one(server().port());
    relay two(server().port());
    std::set<std::string> first;
    // Forty clients all choosing the same of two hosts by chance: once in 2^39 runs.
    for (int i = 0; i < 40 && first.size() < 2; ++i) {
        first.insert(connect_to(one.address() + "," + two.address()).server());
    }
    EXPECT_EQ(first.size(), 2U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(connect_to(one.address() + "," + two.address(), in_order()).server(), one.address());
    }
}

TEST_P(hosts_test, a_new_host_list_takes_effect) {
    relay old_host(server().port());
    relay new_host(server().port());
    auto zk = connect_to(old_host.address());
    const auto id = zk.client_id();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    // The server in use is not in the new list: the client has to move.
    zk.set_hosts(new_host.address());
    ASSERT_TRUE(eventually([&] { return zk.connected() && zk.server() == new_host.address(); }));
    EXPECT_EQ(zk.client_id(), id);
    EXPECT_TRUE(zk.exists("/ephemeral"));
    // It is in this one, and the list has not grown: stay.
    const auto reconnects = zk.metrics().reconnects;
    zk.set_hosts(new_host.address());
    zk.sync("/");
    EXPECT_EQ(zk.metrics().reconnects, reconnects);
    EXPECT_EQ(zk.server(), new_host.address());
}

TEST_P(hosts_test, a_new_host_list_helps_a_client_that_finds_nobody) {
    relay lost(server().port());
    auto zk = connect_to(lost.address());
    lost.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    zk.set_hosts(server().address());
    EXPECT_TRUE(zk.exists("/"));
}

TEST_P(hosts_test, vain_attempts_become_rarer) {
    relay link(server().port());
    client_options options;
    options.reconnect_delay = 100ms;
    options.max_reconnect_delay = 60s;
    auto zk = connect_to(link.address(), options);
    const auto start = std::chrono::steady_clock::now();
    link.cut();
    ASSERT_TRUE(eventually([&] { return link.refusals() >= 4; }));
    // Pauses of 100, 200 and 400 ms at least, less whatever jitter takes; without any pause this is over in a moment.
    EXPECT_GT(std::chrono::steady_clock::now() - start, 200ms);
    link.restore();
}

} // namespace
} // namespace zooid::test
