#include "embedded/embedded_test.hpp"
#include "support/recorder.hpp"

#include <boost/asio/use_future.hpp>

namespace zooid::test {
namespace {

class stepped_time : public ::testing::Test {
protected:
    static embedded_server_options options() {
        embedded_server_options o;
        o.virtual_time = true;
        return o;
    }

    embedded_server server{options()};
    client zk = connect_to(server);
};

TEST_F(stepped_time, a_session_without_a_connection_expires) {
    auto leaves = connect_to(server); // 10 s
    const auto session = leaves.client_id().id;
    leaves.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    leaves.close({.keep_session = true});
    ASSERT_TRUE(eventually([&] { return !is_connected(server, session); }));
    const recorder<watch_event> gone;
    ASSERT_TRUE(zk.exists("/ephemeral", gone));
    server.advance(9'999ms);
    EXPECT_TRUE(zk.exists("/ephemeral")) << "never before its timeout";
    server.advance(2'001ms); // at the tick that follows
    EXPECT_FALSE(zk.exists("/ephemeral"));
    EXPECT_EQ(gone.last().type, event_type::deleted);
    EXPECT_FALSE(lives(server, session));
}

TEST_F(stepped_time, a_connected_client_lives_through_any_time) {
    const auto session = zk.client_id().id;
    server.advance(24h * 30);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(zk.client_id().id, session);
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_F(stepped_time, a_frozen_connection_does_not_keep_its_session) {
    auto frozen = connect_to(server);
    const auto session = frozen.client_id().id;
    ASSERT_TRUE(server.freeze(session));
    server.advance(13s);
    EXPECT_FALSE(lives(server, session));
    EXPECT_TRUE(lives(server, zk.client_id().id));
}

TEST_F(stepped_time, nothing_expires_by_itself) {
    client_options brief;
    brief.session_timeout = 4s;
    auto leaves = connect_to(server, brief);
    const auto session = leaves.client_id().id;
    leaves.close({.keep_session = true});
    // A real session of that kind lives and dies meanwhile, on another server.
    embedded_server_options quick;
    quick.tick_time = 100ms;
    embedded_server real(quick);
    client_options even_briefer;
    even_briefer.session_timeout = 200ms;
    auto dies = connect_to(real, even_briefer);
    const auto mortal = dies.client_id().id;
    dies.close({.keep_session = true});
    EXPECT_TRUE(eventually([&] { return !lives(real, mortal); }));
    EXPECT_TRUE(lives(server, session));
}

TEST_F(stepped_time, nodes_live_as_long_as_their_time_to_live) {
    zk.create("/ttl", "", {.mode = create_mode::persistent_ttl, .ttl = 1h});
    server.advance(59min);
    EXPECT_TRUE(zk.exists("/ttl"));
    zk.set("/ttl", "touched");
    server.advance(59min);
    EXPECT_TRUE(zk.exists("/ttl"));
    const recorder<watch_event> gone;
    zk.exists("/ttl", gone);
    server.advance(3min);
    EXPECT_FALSE(zk.exists("/ttl"));
    EXPECT_EQ(gone.last().type, event_type::deleted);
}

TEST_F(stepped_time, containers_go_after_their_last_child) {
    zk.create("/container", "", {.mode = create_mode::container});
    server.advance(1h);
    EXPECT_TRUE(zk.exists("/container")) << "it never had a child";
    zk.create("/container/child");
    server.advance(1h);
    EXPECT_TRUE(zk.exists("/container"));
    zk.remove("/container/child");
    server.advance(1min);
    EXPECT_FALSE(zk.exists("/container"));
}

TEST_F(stepped_time, the_wall_clock_moves_with_it) {
    zk.create("/before");
    server.advance(1h);
    zk.create("/after");
    EXPECT_EQ(zk.get("/after").stat.ctime - zk.get("/before").stat.ctime, 1h);
}

TEST_F(stepped_time, small_steps_add_up) {
    zk.create("/before");
    for (int i = 0; i < 1000; ++i) {
        server.advance(1ms);
    }
    zk.create("/after");
    EXPECT_EQ(zk.get("/after").stat.ctime - zk.get("/before").stat.ctime, 1s);
}

TEST_F(stepped_time, nothing_is_due_while_the_server_is_stopped) {
    zk.create("/ttl", "", {.mode = create_mode::persistent_ttl, .ttl = 1min});
    const auto session = zk.client_id().id;
    zk.close({.keep_session = true});
    ASSERT_TRUE(eventually([&] { return !is_connected(server, session); }));
    const auto before = server.statistics();
    server.stop();
    server.advance(1h);
    EXPECT_TRUE(lives(server, session));
    EXPECT_EQ(server.statistics().nodes, before.nodes);
    EXPECT_EQ(server.statistics().last_zxid, before.last_zxid);
    server.restart();
    server.advance(9s);
    EXPECT_TRUE(lives(server, session)) << "it has its whole timeout again";
    server.advance(4s);
    EXPECT_FALSE(lives(server, session));
    auto after = connect_to(server);
    EXPECT_FALSE(after.exists("/ttl")) << "its hour has passed";
}

TEST_F(stepped_time, has_an_end) {
    zk.create("/a");
    EXPECT_THROW(server.advance(std::chrono::milliseconds::max()), bad_arguments_error);
    EXPECT_THROW(server.advance(-1ms), bad_arguments_error);
    server.advance(1s);
    EXPECT_TRUE(zk.exists("/a"));
}

TEST(stepped_time_options, durations_may_be_as_long_as_they_can_be_said) {
    embedded_server_options options;
    options.virtual_time = true;
    options.reap_interval = std::chrono::milliseconds::max(); // as good as never
    embedded_server server(options);
    auto zk = connect_to(server);
    auto late = connect_to(server);
    zk.create("/ttl", "", {.mode = create_mode::persistent_ttl, .ttl = 1ms});
    server_fault fault;
    fault.kind = fault_kind::delay_reply;
    fault.op = opcode::exists;
    fault.delay = std::chrono::milliseconds::max();
    const auto id = server.inject(fault);
    auto asked = late.async_exists("/", asio::use_future);
    ASSERT_TRUE(eventually([&] { return server.fault_hits(id) == 1; }));
    server.advance(24h);
    EXPECT_TRUE(zk.exists("/ttl"));
    EXPECT_FALSE(is_ready(asked));
}

TEST(real_time, cannot_be_stepped) {
    embedded_server server;
    EXPECT_THROW(server.advance(1s), invalid_state_error);
}

TEST(real_time, passes_by_itself) {
    embedded_server_options options;
    options.tick_time = 100ms;
    options.reap_interval = 100ms;
    embedded_server server(options);
    auto zk = connect_to(server);
    client_options brief;
    brief.session_timeout = 200ms;
    auto leaves = connect_to(server, brief);
    EXPECT_EQ(leaves.session_timeout(), 200ms);
    leaves.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    leaves.close({.keep_session = true});
    EXPECT_TRUE(eventually([&] { return !zk.exists("/ephemeral"); }));
    zk.create("/ttl", "", {.mode = create_mode::persistent_ttl, .ttl = 1ms});
    EXPECT_TRUE(eventually([&] { return !zk.exists("/ttl"); }));
}

} // namespace
} // namespace zooid::test
