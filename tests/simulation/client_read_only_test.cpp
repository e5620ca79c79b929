#include "simulation/client_world.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

// A client on a read-only member of an ensemble looks for one that takes writes.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;
using enum keeper_state;
using welcome = virtual_network::welcome;

constexpr auto moment = 20ms; // what a few messages take

class client_on_a_read_only_server : public ::testing::Test {
protected:
    client_on_a_read_only_server() {
        world.server.create("/a", "x");
        world.server.on_handshake([this](const wire::connect_request& asked) {
            asked_for.push_back(asked.session_id);
            return greeting::usual;
        });
    }

    /// A client that accepts read-only servers, connected to the first host, which is one.
    client start(client_options how = client_world::options()) {
        how.read_only = true;
        world.set_read_only(0);
        client zk = world.make_client(how);
        zk.add_listener([this](const state_change& c) { states.push_back(c.keeper); });
        world.start(zk);
        EXPECT_EQ(zk.detailed_state(), connected_read_only);
        EXPECT_EQ(zk.server(), "zk1:2181");
        return zk;
    }

    [[nodiscard]] bool until(keeper_state wanted, client& zk, simulation::duration limit) {
        return world.run_until([&] { return zk.detailed_state() == wanted; }, limit);
    }

    /// Makes a host one that greets with these words and hangs up.
    void replace_host(std::size_t i, std::string_view words) {
        world.sim.unlisten(world.endpoints[i]);
        world.sim.listen("zk" + std::to_string(i + 1), 2181, [words](std::unique_ptr<runtime::stream> accepted) {
            const std::shared_ptr<runtime::stream> talk = std::move(accepted);
            talk->async_write(std::as_bytes(std::span{words}), [talk](error_code, std::size_t) { talk->close(); });
        });
    }

    error_code create(client& zk, const std::string& path) {
        std::optional<error_code> outcome;
        zk.async_create(path, {}, [&](error_code ec, const std::string&) { outcome = ec; });
        EXPECT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
        return outcome.value_or(error_code{});
    }

    error_code get(client& zk) {
        std::optional<error_code> outcome;
        zk.async_get("/a", [&](error_code ec, const node&) { outcome = ec; });
        EXPECT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
        return outcome.value_or(error_code{});
    }

    client_world world{11, 3};
    std::vector<keeper_state> states;
    std::vector<std::int64_t> asked_for; // the session ids of all handshakes
};

TEST_F(client_on_a_read_only_server, reads_until_it_finds_one_that_takes_writes) {
    world.set_read_only(1);
    client zk = start();
    EXPECT_FALSE(get(zk));
    EXPECT_EQ(create(zk, "/b"), errc::not_read_only);
    ASSERT_TRUE(until(connected, zk, 1s)) << world.sim.report();
    EXPECT_EQ(zk.server(), "zk3:2181");
    EXPECT_FALSE(create(zk, "/b"));
    world.run_for(moment);
    EXPECT_EQ(states, (std::vector{connected_read_only, connecting, connected}));

    const auto links = world.sim.network().links_made();
    world.run_for(10min);
    EXPECT_EQ(world.sim.network().links_made(), links) << "it has found what it was looking for";
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, has_a_session_worth_keeping_only_once_it_has_been_on_another) {
    world.set_read_only(1);
    client zk = start();
    const auto makeshift = zk.client_id().id;
    ASSERT_TRUE(until(connected, zk, 1s));
    const auto real = zk.client_id().id;
    EXPECT_NE(real, makeshift);
    EXPECT_EQ(asked_for, (std::vector<std::int64_t>{0, 0}));

    world.set_read_only(2);
    world.server.drop_connections();
    ASSERT_TRUE(until(connected_read_only, zk, 5s));
    EXPECT_EQ(zk.client_id().id, real);
    world.set_read_only(1, false);
    ASSERT_TRUE(until(connected, zk, 5s));
    EXPECT_EQ(zk.server(), "zk2:2181");
    EXPECT_EQ(zk.client_id().id, real);
    EXPECT_EQ(asked_for, (std::vector<std::int64_t>{0, 0, real, real}));
    world.run_for(moment);
    EXPECT_EQ(states, (std::vector{connected_read_only, connecting, connected, connecting, connected_read_only,
                                   connecting, connected}))
        << "the session was never lost";
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, does_not_wait_long_for_hosts_that_hang) {
    world.sim.network().set_welcome(world.endpoints[1], welcome::ignore);
    client zk = start();
    const auto began = world.sim.now();
    world.run_for(500ms); // while the second host is being asked
    const auto asked = world.sim.now();
    EXPECT_FALSE(get(zk));
    EXPECT_LT(world.sim.now() - asked, moment) << "what is asked of the server meanwhile is not held up";
    ASSERT_TRUE(until(connected, zk, 5s)) << world.sim.report();
    EXPECT_EQ(zk.server(), "zk3:2181");
    EXPECT_LT(world.sim.now() - began, 1100ms + moment);
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, does_not_wait_long_for_hosts_that_say_nothing) {
    client zk = start();
    world.sim.network().on_link([&](virtual_link& made) {
        made.cut(cut_kind::silence);
        world.sim.network().on_link([](virtual_link&) {});
    });
    ASSERT_TRUE(until(connected, zk, 5s)) << world.sim.report();
    EXPECT_EQ(zk.server(), "zk3:2181");
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, does_not_wait_long_for_names) {
    client zk = start();
    world.sim.network().silence_name("zk2");
    ASSERT_TRUE(until(connected, zk, 5s)) << world.sim.report();
    EXPECT_EQ(zk.server(), "zk3:2181");
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, takes_no_other_answer_for_a_yes) {
    replace_host(1, "rw\n");
    replace_host(2, "null");
    client zk = start();
    EXPECT_FALSE(until(connected, zk, 1min));
    EXPECT_EQ(states, std::vector{connected_read_only});
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, asks_more_and_more_rarely) {
    world.set_read_only(1);
    world.set_read_only(2);
    client zk = start();
    const auto links = [&] { return world.sim.network().links_made(); };
    const auto at_first = links();
    world.run_for(1s);
    EXPECT_EQ(links() - at_first, 3 * 2U) << "after 100, 300 and 700 ms";
    world.run_for(1min);
    const auto later = links();
    world.run_for(10min);
    EXPECT_GE(links() - later, 9 * 2U);
    EXPECT_LE(links() - later, 11 * 2U) << "once a minute";
    EXPECT_EQ(states, std::vector{connected_read_only});

    world.set_read_only(1, false);
    ASSERT_TRUE(until(connected, zk, 61s)) << world.sim.report();
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, does_not_run_in_circles_where_a_server_is_not_what_it_says) {
    client zk = start();
    replace_host(1, "rw"); // says so, and serves nobody
    replace_host(2, "rw");
    world.run_for(10min);
    EXPECT_EQ(zk.detailed_state(), connected_read_only);
    EXPECT_LE(states.size(), 2 * 25U) << "it leaves the only server there is more and more rarely";
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, stops_asking_when_it_is_closed) {
    world.set_read_only(1);
    world.sim.network().set_welcome(world.endpoints[2], welcome::ignore);
    const auto mine = std::make_shared<int>(0);
    client_options how = client_world::options();
    how.log = [mine](log_level, std::string_view) {};
    std::optional<client> zk = start(how);
    how.log = nullptr;
    world.run_for(500ms); // while the third host is being asked
    EXPECT_LT(world.stop(*zk), moment);
    zk.reset();
    const auto links = world.sim.network().links_made();
    world.run_for(10min);
    EXPECT_EQ(world.sim.network().links_made(), links);
    EXPECT_EQ(mine.use_count(), 1) << "something still holds what belongs to the client";
}

TEST_F(client_on_a_read_only_server, asks_nobody_where_there_is_nobody_else) {
    client zk = start();
    zk.set_hosts("zk1:2181");
    world.run_for(1s);
    const auto links = world.sim.network().links_made();
    world.run_for(10min);
    EXPECT_EQ(world.sim.network().links_made(), links);
    EXPECT_EQ(zk.detailed_state(), connected_read_only);
    zk.set_hosts("zk1:2181,zk2:2181");
    ASSERT_TRUE(until(connected, zk, 61s)) << world.sim.report();
    world.stop(zk);
}

TEST_F(client_on_a_read_only_server, is_none_without_the_option) {
    world.set_read_only(0);
    client zk = world.make_client();
    world.start(zk);
    EXPECT_EQ(zk.server(), "zk2:2181");
    EXPECT_EQ(zk.detailed_state(), connected);
    world.stop(zk);
}

} // namespace
} // namespace zooid::testing
