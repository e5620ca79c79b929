#include "embedded/embedded_test.hpp"
#include "support/loopback.hpp"
#include "support/recorder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace zooid::test {
namespace {

using states = recorder<session_state>;

states listen(client& zk) {
    states seen;
    zk.add_listener([seen](const state_change& c) { seen.add(c.state); });
    return seen;
}

std::string ask(const embedded_server& server, std::string_view word) {
    const auto socket = connect_to_loopback(server.port());
    return socket && write_all(socket, word) ? read_to_end(socket) : std::string("nobody listens");
}

TEST(embedded_server, serves_when_the_constructor_returns) {
    const embedded_server server;
    EXPECT_EQ(ask(server, "ruok"), "imok");
    EXPECT_EQ(server.address(), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_TRUE(server.running());
}

TEST(embedded_server, does_the_work_of_a_server) {
    const embedded_server server;
    auto zk = connect_to(server);
    EXPECT_EQ(zk.create("/a/b", "data", {.make_path = true}), "/a/b");
    EXPECT_EQ(zk.get("/a/b").data, "data");
    const recorder<watch_event> seen;
    zk.get("/a/b", seen);
    zk.set("/a/b", "more");
    EXPECT_EQ(seen.last().type, event_type::data_changed);
    zk.transaction().set("/a", "x").remove("/a/b").commit();
    EXPECT_TRUE(zk.get_children("/a").empty());
}

TEST(embedded_server, several_do_not_disturb_each_other) {
    const embedded_server one;
    embedded_server two;
    EXPECT_NE(one.port(), two.port());
    auto zk = connect_to(one);
    zk.create("/here", "one");
    EXPECT_FALSE(connect_to(two).exists("/here"));
    two.stop();
    EXPECT_EQ(zk.get("/here").data, "one");
}

TEST(embedded_server, a_port_that_is_taken_is_an_error) {
    const embedded_server first;
    embedded_server_options options;
    options.port = first.port();
    try {
        const embedded_server second(options);
        FAIL() << "two servers on one port";
    } catch (const boost::system::system_error& e) {
        EXPECT_EQ(e.code(), boost::system::errc::address_in_use);
        EXPECT_NE(std::string(e.what()).find(first.address()), std::string::npos) << e.what();
    }
    EXPECT_EQ(ask(first, "ruok"), "imok");
}

TEST(embedded_server, options_that_make_no_sense_are_refused) {
    const auto refused = [](auto&& change) {
        embedded_server_options options;
        change(options);
        try {
            const embedded_server server(options);
        } catch (const bad_arguments_error&) {
            return true;
        }
        return false;
    };
    EXPECT_TRUE(refused([](auto& o) { o.address = "localhost"; }));
    EXPECT_TRUE(refused([](auto& o) { o.tick_time = 0ms; }));
    EXPECT_TRUE(refused([](auto& o) { o.min_session_timeout = 1h; }));
    EXPECT_TRUE(refused([](auto& o) { o.max_session_timeout = 1ms; }));
    EXPECT_TRUE(refused([](auto& o) { o.tick_time = std::chrono::milliseconds::max(); }));
    EXPECT_TRUE(refused([](auto& o) { o.max_session_timeout = std::chrono::milliseconds::max(); }));
    EXPECT_TRUE(refused([](auto& o) { o.reap_interval = -1ms; }));
    EXPECT_TRUE(refused([](auto& o) { o.max_frame = 0; }));
    EXPECT_FALSE(refused([](auto&) {}));
}

TEST(embedded_server, an_address_that_is_not_ours_is_an_error) {
    embedded_server_options options;
    options.address = "192.0.2.1"; // reserved for documentation
    EXPECT_THROW(embedded_server{options}, boost::system::system_error);
}

TEST(embedded_server, listens_on_loopback_of_ip_version_6_if_asked_to) {
    embedded_server_options options;
    options.address = "::1";
    std::optional<embedded_server> server;
    try {
        server.emplace(options);
    } catch (const boost::system::system_error& e) {
        GTEST_SKIP() << "this machine has no ::1: " << e.what();
    }
    EXPECT_EQ(server->address(), "[::1]:" + std::to_string(server->port()));
    auto zk = connect_to(*server);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(zk.who_am_i(), (std::vector<identity>{{"ip", "0:0:0:0:0:0:0:1"}})) << "as Java writes it";
}

TEST(embedded_server, begins_with_the_tree_it_is_given) {
    embedded_server_options options;
    options.load = [](const node_sink& add) {
        add("/app", "x");
        add("/app/null", std::nullopt);
        add("/app/many", std::string(100'000, 'm'));
    };
    embedded_server server(options);
    auto zk = connect_to(server);
    EXPECT_EQ(zk.get("/app").data, "x");
    EXPECT_EQ(zk.get("/app/null").data, "");
    EXPECT_EQ(zk.get("/app/many").stat.data_length, 100'000);
    zk.set("/app", "changed");
    server.restart(server_memory::lost);
    EXPECT_EQ(connect_to(server).get("/app").data, "x") << "loaded again";
}

TEST(embedded_server, a_tree_that_cannot_be_loaded_is_an_error_of_the_constructor) {
    embedded_server_options options;
    options.load = [](const node_sink& add) { add("/no/parent", "x"); };
    EXPECT_THROW(embedded_server{options}, no_node_error);
    options.load = [](const node_sink&) { throw std::runtime_error("the loader's own"); };
    EXPECT_THROW(embedded_server{options}, std::runtime_error);
}

TEST(embedded_server, a_load_that_fails_leaves_a_stopped_server_with_what_it_had) {
    bool fails = false;
    embedded_server_options options;
    options.load = [&fails](const node_sink& add) { fails ? throw std::runtime_error("no") : add("/a", "x"); };
    embedded_server server(options);
    connect_to(server).set("/a", "kept");
    fails = true;
    EXPECT_THROW(server.restart(server_memory::lost), std::runtime_error);
    EXPECT_FALSE(server.running());
    server.restart();
    EXPECT_EQ(connect_to(server).get("/a").data, "kept");
}

TEST(embedded_server, expires_a_session) {
    embedded_server server;
    auto zk = connect_to(server);
    auto other = connect_to(server);
    const auto seen = listen(zk);
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const recorder<watch_event> gone;
    ASSERT_TRUE(other.exists("/ephemeral", gone));
    const auto session = zk.client_id().id;
    EXPECT_TRUE(server.expire(session));
    EXPECT_FALSE(lives(server, session));
    EXPECT_FALSE(server.expire(session)) << "there is none any more";
    EXPECT_FALSE(other.exists("/ephemeral"));
    EXPECT_TRUE(gone.wait_for(1));
    EXPECT_TRUE(eventually([&] { return zk.connected() && zk.client_id().id != session; }));
    EXPECT_TRUE(seen.wait_for(3)); // listeners hear of it later than zk
    EXPECT_EQ(seen.all(), (std::vector{session_state::suspended, session_state::lost, session_state::connected}));
}

TEST(embedded_server, lists_its_sessions) {
    embedded_server server;
    EXPECT_TRUE(server.sessions().empty());
    client_options options;
    options.session_timeout = 6s;
    auto zk = connect_to(server, options);
    auto other = connect_to(server);
    zk.create("/e", "", {.mode = create_mode::ephemeral});
    const auto all = server.sessions();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, zk.client_id().id);
    EXPECT_EQ(all[0].timeout, 6s);
    EXPECT_TRUE(all[0].connected);
    EXPECT_FALSE(all[0].frozen);
    EXPECT_EQ(all[0].ephemerals, 1U);
    EXPECT_EQ(all[1].id, other.client_id().id);
    EXPECT_EQ(all[1].timeout, 10s);
    other.close({.keep_session = true});
    EXPECT_TRUE(eventually([&] { return !is_connected(server, all[1].id); }));
    zk.close();
    EXPECT_EQ(server.sessions().size(), 1U);
}

TEST(embedded_server, drops_the_connection_of_a_session) {
    embedded_server server;
    auto zk = connect_to(server);
    auto other = connect_to(server);
    const auto seen = listen(zk);
    const auto session = zk.client_id().id;
    EXPECT_TRUE(server.drop(session));
    EXPECT_TRUE(eventually([&] { return seen.size() == 2; }));
    EXPECT_EQ(seen.all(), (std::vector{session_state::suspended, session_state::connected}));
    EXPECT_EQ(zk.client_id().id, session);
    EXPECT_EQ(other.metrics().connects, 1U);
    EXPECT_FALSE(server.drop(4711)) << "no such session";

    server.drop_all();
    EXPECT_TRUE(eventually([&] { return zk.metrics().connects == 3 && other.metrics().connects == 2; }));
}

TEST(embedded_server, a_frozen_connection_does_nothing_until_it_is_thawed) {
    embedded_server server;
    auto zk = connect_to(server);
    auto other = connect_to(server);
    const auto session = zk.client_id().id;
    ASSERT_TRUE(server.freeze(session));
    EXPECT_TRUE(server.sessions().front().frozen);
    const auto before = zk.metrics().bytes_sent;
    auto made = zk.async_create("/made", "", asio::use_future);
    ASSERT_TRUE(eventually([&] { return zk.metrics().bytes_sent > before; }));
    other.create("/others-go-on");
    EXPECT_FALSE(other.exists("/made"));
    EXPECT_FALSE(is_ready(made));
    EXPECT_TRUE(server.thaw(session));
    EXPECT_EQ(made.get(), "/made");
    EXPECT_FALSE(server.sessions().front().frozen);
    EXPECT_EQ(zk.metrics().connects, 1U);
    EXPECT_FALSE(server.freeze(4711)) << "no such session";
}

TEST(embedded_server, a_client_leaves_a_frozen_connection) {
    embedded_server server;
    client_options options;
    options.session_timeout = 4s;
    auto zk = connect_to(server, options);
    const auto session = zk.client_id().id;
    ASSERT_TRUE(server.freeze(session));
    // It hears nothing, takes the connection for dead, and makes another, which is not frozen.
    EXPECT_TRUE(eventually([&] { return zk.metrics().connects == 2; }));
    EXPECT_EQ(zk.client_id().id, session);
    EXPECT_TRUE(zk.exists("/"));
}

TEST(embedded_server, hangs_as_a_whole) {
    embedded_server server;
    auto zk = connect_to(server);
    server.freeze_all();
    auto asked = zk.async_exists("/", asio::use_future);
    client late(server.address());
    EXPECT_EQ(error_of([&] {
                  late.start({.timeout = 300ms});
                  return 0;
              }),
              errc::operation_timeout);
    EXPECT_FALSE(is_ready(asked));
    server.thaw_all();
    EXPECT_TRUE(asked.get());
    late.start({.timeout = 60s});
    EXPECT_TRUE(late.exists("/"));
}

TEST(embedded_server, goes_read_only_and_back) {
    embedded_server server;
    auto insists = connect_to(server);
    const auto session = insists.client_id().id;
    insists.create("/a", "x");
    server.set_read_only(true);
    EXPECT_TRUE(eventually([&] { return !insists.connected(); }));
    {
        client_options options;
        options.read_only = true;
        auto content = connect_to(server, options);
        EXPECT_EQ(content.detailed_state(), keeper_state::connected_read_only);
        EXPECT_EQ(content.get("/a").data, "x");
        EXPECT_EQ(error_of([&] { return content.set("/a", "y"); }), errc::not_read_only);
        EXPECT_EQ(ask(server, "isro"), "ro");
        EXPECT_FALSE(insists.connected());
    }
    server.set_read_only(false);
    EXPECT_TRUE(eventually([&] { return insists.connected(); }));
    EXPECT_EQ(insists.client_id().id, session);
    insists.retry([&] { insists.set("/a", "z"); });
    EXPECT_EQ(ask(server, "isro"), "rw");
}

TEST(embedded_server, can_start_read_only) {
    embedded_server_options options;
    options.read_only = true;
    const embedded_server server(options);
    EXPECT_NE(ask(server, "srvr").find("Mode: read-only"), std::string::npos) << ask(server, "srvr");
}

TEST(embedded_server, stays_read_only_through_every_restart) {
    embedded_server server;
    server.set_read_only(true);
    for (const auto memory : {server_memory::kept, server_memory::lost}) {
        server.restart(memory);
        EXPECT_EQ(ask(server, "isro"), "ro");
    }
    server.set_read_only(false);
    server.restart(server_memory::lost);
    EXPECT_EQ(ask(server, "isro"), "rw");
    embedded_server_options options;
    options.read_only = true;
    embedded_server guarded(options);
    guarded.set_read_only(false);
    guarded.restart(server_memory::lost);
    EXPECT_EQ(ask(guarded, "isro"), "rw") << "the option is for the first start";
}

TEST(embedded_server, clients_survive_a_restart_that_keeps_the_state) {
    embedded_server server;
    const auto port = server.port();
    auto zk = connect_to(server);
    const auto session = zk.client_id().id;
    const auto seen = listen(zk);
    zk.create("/lasting", "kept");
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const recorder<watch_event> events;
    zk.get("/lasting", events);

    server.stop();
    EXPECT_FALSE(server.running());
    EXPECT_TRUE(eventually([&] { return zk.state() == session_state::suspended; }));
    EXPECT_EQ(ask(server, "ruok"), "nobody listens");
    auto queued = zk.async_create("/queued", "", asio::use_future);
    server.restart();
    EXPECT_EQ(server.port(), port);

    EXPECT_EQ(queued.get(), "/queued");
    EXPECT_EQ(zk.client_id().id, session);
    EXPECT_EQ(zk.get("/lasting").data, "kept");
    EXPECT_EQ(zk.get("/ephemeral").stat.ephemeral_owner, session);
    EXPECT_TRUE(seen.wait_for(2));
    EXPECT_EQ(seen.all(), (std::vector{session_state::suspended, session_state::connected}));
    EXPECT_EQ(events.size(), 0U);
    zk.set("/lasting", "new");
    EXPECT_TRUE(events.wait_for(1)) << "the watch was set again";
}

TEST(embedded_server, sessions_end_in_a_restart_that_loses_the_state) {
    embedded_server server;
    auto zk = connect_to(server);
    zk.create("/lasting", "kept");
    for (int round = 0; round < 3; ++round) { // each quicker than any clock of seconds can tell
        const auto session = zk.client_id().id;
        server.restart(server_memory::lost);
        EXPECT_TRUE(eventually([&] { return zk.connected() && zk.client_id().id != session; }));
        EXPECT_FALSE(zk.exists("/lasting"));
        EXPECT_EQ(zk.metrics().expirations, static_cast<std::uint64_t>(round) + 1);
    }
    EXPECT_EQ(server.statistics().nodes, 5U);
}

TEST(embedded_server, a_session_has_its_whole_timeout_after_a_restart) {
    embedded_server_options options;
    options.virtual_time = true;
    embedded_server server(options);
    auto zk = connect_to(server); // 10 s
    const auto session = zk.client_id().id;
    zk.close({.keep_session = true});
    ASSERT_TRUE(eventually([&] { return !is_connected(server, session); }));
    server.advance(9s);
    server.restart();
    server.advance(9s);
    EXPECT_TRUE(lives(server, session));
    server.advance(4s);
    EXPECT_FALSE(lives(server, session));
}

TEST(embedded_server, counts) {
    embedded_server server;
    auto zk = connect_to(server);
    zk.create("/a");
    zk.create("/e", "", {.mode = create_mode::ephemeral});
    const recorder<watch_event> ignored;
    zk.get("/a", ignored);
    zk.get_children("/a", ignored);
    const auto now = server.statistics();
    EXPECT_EQ(now.connections, 1U);
    EXPECT_EQ(now.sessions, 1U);
    EXPECT_EQ(now.watches, 2U);
    EXPECT_EQ(now.nodes, 7U);
    EXPECT_EQ(now.ephemerals, 1U);
    EXPECT_EQ(now.last_zxid, zk.last_zxid());
    zk.close();
    EXPECT_TRUE(eventually([&] { return server.statistics().connections == 0; }));
    EXPECT_EQ(server.statistics().watches, 0U);
    EXPECT_EQ(server.statistics().ephemerals, 0U);
}

TEST(embedded_server, closes_everything_when_it_goes) {
    std::optional<embedded_server> server(std::in_place);
    auto zk = connect_to(*server);
    const auto raw = connect_to_loopback(server->port());
    server.reset();
    EXPECT_EQ(read_to_end(raw), "");
    EXPECT_TRUE(eventually([&] { return !zk.connected(); }));
}

TEST(embedded_server, may_be_controlled_by_several_threads) {
    embedded_server server;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            auto zk = connect_to(server);
            for (int i = 0; i < 50; ++i) {
                zk.retry([&] { zk.exists("/"); });
                server.drop(zk.client_id().id);
                static_cast<void>(server.sessions());
                static_cast<void>(server.statistics());
            }
        });
    }
    for (auto& t : threads) {
        t.join();
    }
    EXPECT_TRUE(eventually([&] { return server.sessions().empty(); }));
}

TEST(embedded_server, logs_what_an_operator_wants_to_know) {
    const recorder<std::string> lines;
    embedded_server_options options;
    options.log = [lines](log_level, std::string_view message) {
        lines.add(std::string(message));
        throw std::runtime_error("a log that fails");
    };
    embedded_server server(options);
    auto zk = connect_to(server);
    server.expire(zk.client_id().id);
    const auto all = lines.all();
    EXPECT_EQ(all.front(), "listening at 127.0.0.1 port " + std::to_string(server.port()));
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const std::string& line) {
        return line.find(" expired") != std::string::npos;
    })) << ::testing::PrintToString(all);
    EXPECT_TRUE(eventually([&] { return zk.connected(); })) << "whatever the log does";
}

asio::awaitable<void> converse(client zk) {
    co_await zk.async_start(asio::use_awaitable);
    const std::string made = co_await zk.async_create("/a", "x", asio::use_awaitable);
    EXPECT_EQ(made, "/a");
    co_await zk.async_stop(asio::use_awaitable);
}

TEST(embedded_server, lives_on_an_executor_together_with_its_client) {
    asio::io_context loop{1};
    std::optional<embedded_server> server(std::in_place, loop.get_executor(), embedded_server_options{});
    bool done = false;
    asio::co_spawn(loop, converse(client{loop.get_executor(), server->address()}), [&](const std::exception_ptr& e) {
        EXPECT_FALSE(e);
        done = true;
        EXPECT_EQ(server->statistics().nodes, 6U) << "on its executor it may be asked directly";
        server.reset();
    });
    loop.run(); // ends: nothing is left to do
    EXPECT_TRUE(done);
}

} // namespace
} // namespace zooid::test
