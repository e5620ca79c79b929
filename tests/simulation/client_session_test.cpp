#include "simulation/client_world.hpp"
#include "wire/buffer.hpp"
#include "wire/frame.hpp"
#include "wire/replies.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

// How a client's session ends and begins anew, and what its user is told about it.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

class client_session : public ::testing::Test {
protected:
    client make(client_options how = client_world::options()) {
        client made = world.make_client(how);
        made.add_listener([this](const state_change& c) { states.push_back(c.state); });
        return made;
    }

    [[nodiscard]] bool until(session_state wanted, client& zk) {
        return world.run_until([&] { return zk.state() == wanted; });
    }

    void get_with_watch(client& zk, const std::string& path) {
        int completions = 0;
        zk.async_get(
            path, [this](const watch_event& e) { events.push_back(e.type); }, read_options{},
            [&completions](error_code ec, const node&) {
                EXPECT_FALSE(ec) << ec.message();
                ++completions;
            });
        ASSERT_TRUE(world.run_until([&] { return completions != 0; })) << world.sim.report();
    }

    void create_ephemeral(client& zk, const std::string& path) {
        int completions = 0;
        zk.async_create(path, {}, {.mode = create_mode::ephemeral}, [&completions](error_code ec, const std::string&) {
            EXPECT_FALSE(ec) << ec.message();
            ++completions;
        });
        ASSERT_TRUE(world.run_until([&] { return completions != 0; })) << world.sim.report();
    }

    /// Gets a node and gives the outcome, once it is there.
    error_code get(client& zk, const std::string& path, std::chrono::milliseconds limit = 30s) {
        std::optional<error_code> outcome;
        zk.async_get(path, {.timeout = limit}, [&outcome](error_code ec, const node&) { outcome = ec; });
        EXPECT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
        return outcome.value_or(error_code{});
    }

    [[nodiscard]] std::shared_ptr<virtual_link> link() { return world.sim.network().links().at(0); }

    client_world world{5};
    std::vector<session_state> states;
    std::vector<event_type> events;
};

using enum session_state;

TEST_F(client_session, that_begins_shows_how_far_it_is) {
    world.server.on_request(
        [](const scripted_request& r) { return r.type == opcode::auth ? reaction::hold() : reaction::serve(); });
    client_options how = client_world::options();
    how.auth.push_back({"digest", "me:secret"});
    client zk = make(how);
    zk.set_hosts(world.connect_string());
    world.run_for(1s);
    EXPECT_EQ(zk.state(), lost);
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    zk.async_start([](error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    EXPECT_EQ(zk.state(), suspended) << "requests wait from now on";
    EXPECT_EQ(zk.detailed_state(), keeper_state::connecting);
    ASSERT_TRUE(world.run_until([&] { return zk.detailed_state() == keeper_state::authenticating; }));
    EXPECT_EQ(zk.state(), suspended);
    ASSERT_TRUE(world.run_until([&] { return world.server.count(opcode::auth) == 1; }));
    world.server.release();
    ASSERT_TRUE(until(connected, zk)) << world.sim.report();
    EXPECT_EQ(zk.detailed_state(), keeper_state::connected);
    link()->cut(cut_kind::reset);
    ASSERT_TRUE(until(suspended, zk));
    EXPECT_EQ(zk.detailed_state(), keeper_state::connecting);
    ASSERT_TRUE(world.run_until([&] { return zk.detailed_state() == keeper_state::authenticating; }));
    world.stop(zk);
    EXPECT_EQ(states, (std::vector{connected, suspended, lost})) << "a listener is told of what matters to it";
}

TEST_F(client_session, that_the_server_ends_is_lost_and_followed_by_another) {
    client zk = make();
    world.start(zk);
    world.server.create("/a");
    create_ephemeral(zk, "/e");
    get_with_watch(zk, "/a");
    const auto before = zk.client_id().id;

    ASSERT_TRUE(world.server.expire(before));
    ASSERT_TRUE(until(lost, zk)) << world.sim.report();
    ASSERT_TRUE(until(connected, zk)) << world.sim.report();
    world.run_for(1s);
    EXPECT_EQ(states, (std::vector{connected, suspended, lost, connected}));
    EXPECT_EQ(events, std::vector{event_type::session});
    EXPECT_NE(zk.client_id().id, before);
    EXPECT_EQ(world.server.sessions(), std::vector{zk.client_id().id});
    EXPECT_FALSE(world.server.has("/e"));
    EXPECT_FALSE(get(zk, "/a"));
    EXPECT_EQ(zk.metrics().expirations, 1U);
    world.stop(zk);
}

TEST_F(client_session, that_a_server_forgets_while_it_comes_up_is_asked_for_again_in_time) {
    client_options how = client_world::options();
    how.connect_timeout = 0ms;
    client zk = make(how);
    world.start(zk);
    create_ephemeral(zk, "/e");
    const auto id = zk.client_id().id;
    int handshakes = 0;
    world.server.on_handshake(
        [&](const wire::connect_request&) { return ++handshakes == 1 ? greeting::ignore : greeting::usual; });
    link()->cut(cut_kind::reset);
    ASSERT_TRUE(until(suspended, zk));
    ASSERT_TRUE(until(connected, zk)) << world.sim.report();
    EXPECT_EQ(handshakes, 2);
    EXPECT_EQ(zk.client_id().id, id);
    EXPECT_TRUE(world.server.has("/e"));
    world.run_for(1s);
    EXPECT_EQ(states, (std::vector{connected, suspended, connected}));
    world.stop(zk);
}

TEST_F(client_session, whose_callbacks_hold_watches_can_give_them_up) {
    client zk = make();
    world.start(zk);
    world.server.create("/a");
    std::optional<watched_stat> held;
    zk.async_exists_and_watch("/a", [&](error_code ec, watched_stat w) {
        EXPECT_FALSE(ec) << ec.message();
        held = std::move(w);
    });
    ASSERT_TRUE(world.run_until([&] { return held.has_value(); }));
    auto inner = std::make_shared<watch>(std::move(held->watch));
    const std::weak_ptr<watch> alive = inner;
    std::optional<error_code> outcome;
    link()->hold(direction::to_server);
    zk.async_get(
        "/a", [inner](const watch_event&) {}, read_options{.timeout = 1s},
        [&](error_code ec, const node&) { outcome = ec; });
    inner.reset();
    ASSERT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
    EXPECT_EQ(outcome, errc::operation_timeout);
    EXPECT_TRUE(alive.expired()) << "and with it the watch that it held";
    EXPECT_EQ(zk.metrics().watches, 0U);
    link()->release(direction::to_server);
    world.stop(zk);
}

TEST_F(client_session, that_ends_is_final_where_no_other_is_wanted) {
    client_options how = client_world::options();
    how.new_session_after_expiry = false;
    client zk = make(how);
    world.start(zk);
    ASSERT_TRUE(world.server.expire(zk.client_id().id));
    ASSERT_TRUE(until(lost, zk)) << world.sim.report();
    const auto links = world.sim.network().links_made();
    EXPECT_EQ(get(zk, "/"), errc::session_expired);
    world.run_for(60s);
    EXPECT_EQ(states, (std::vector{connected, suspended, lost}));
    EXPECT_EQ(world.sim.network().links_made(), links) << "it does not try again";
    world.stop(zk);
}

TEST_F(client_session, that_the_server_swaps_for_another_is_lost) {
    client zk = make();
    world.start(zk);
    world.server.create("/a");
    get_with_watch(zk, "/a");
    const auto before = zk.client_id().id;
    world.server.on_handshake([](const wire::connect_request& asked) {
        return asked.session_id != 0 ? greeting::other_session : greeting::usual;
    });
    link()->cut(cut_kind::reset);
    ASSERT_TRUE(until(suspended, zk));
    std::optional<error_code> waiting;
    zk.async_create("/b", {}, [&](error_code ec, const std::string&) { waiting = ec; });
    ASSERT_TRUE(until(connected, zk)) << world.sim.report();
    world.run_for(1s);
    EXPECT_EQ(states, (std::vector{connected, suspended, lost, connected}));
    EXPECT_EQ(events, std::vector{event_type::session});
    EXPECT_NE(zk.client_id().id, before);
    EXPECT_EQ(waiting, error_code{errc::session_expired}) << "it was asked for in the session that is gone";
    EXPECT_FALSE(world.server.has("/b"));
    world.stop(zk);
}

TEST_F(client_session, that_follows_another_completes_its_protected_creations) {
    client zk = make();
    world.start(zk);
    const auto before = zk.client_id().id;
    int creations = 0;
    world.server.on_request([&](const scripted_request& r) {
        if (r.type == opcode::create && ++creations == 1) {
            static_cast<void>(world.server.expire(r.session)); // and the connection is gone
        }
        return r.type == opcode::create && creations == 2 ? reaction::drop_after() : reaction::serve();
    });
    std::optional<error_code> outcome;
    zk.async_create("/n-", {}, {.mode = create_mode::ephemeral_sequential, .protect = true, .timeout = 60s},
                    [&](error_code ec, const std::string&) { outcome = ec; });
    ASSERT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
    EXPECT_NE(zk.client_id().id, before);
    EXPECT_EQ(creations, 2);
    EXPECT_EQ(outcome, error_code{}) << "the node is there, and it is this session's";
    EXPECT_EQ(world.server.children("/").size(), 1U);
    world.stop(zk);
}

TEST_F(client_session, that_ends_for_good_ends_what_waits_for_another) {
    client_options how = client_world::options();
    how.new_session_after_expiry = false;
    client zk = make(how);
    world.start(zk);
    world.server.on_request([&](const scripted_request& r) {
        if (r.type == opcode::create) {
            static_cast<void>(world.server.expire(r.session)); // and the connection is gone
        }
        return reaction::serve();
    });
    const auto begun = world.sim.now();
    for (const bool during : {true, false}) { // … its end, and after it
        SCOPED_TRACE(during);
        std::optional<error_code> outcome;
        zk.async_create("/n-", {}, {.mode = create_mode::ephemeral_sequential, .protect = true, .timeout = 600s},
                        [&](error_code ec, const std::string&) { outcome = ec; });
        ASSERT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
        EXPECT_EQ(outcome, error_code{errc::session_expired});
        EXPECT_EQ(zk.detailed_state(), keeper_state::expired);
    }
    EXPECT_LT(world.sim.now() - begun, 60s) << "nobody waits for the operation's own end";
    world.stop(zk);
}

/// What a member of an ensemble answers that has not heard of any child yet.
std::string no_children(const scripted_request& r) {
    wire::buffer out;
    wire::put_reply(out, r.xid, 1, 0, wire::get_children_response{});
    return std::string{out.view()};
}

TEST_F(client_session, has_a_member_that_is_behind_catch_up_before_it_looks_for_a_protected_node) {
    client zk = make();
    world.start(zk);
    bool lost_one = false;
    bool synced = false;
    world.server.on_request([&](const scripted_request& r) {
        if (r.type == opcode::create && !std::exchange(lost_one, true)) {
            return reaction::drop_after();
        }
        synced = synced || r.type == opcode::sync;
        return r.type == opcode::get_children && !synced ? reaction::send(no_children(r)) : reaction::serve();
    });
    std::optional<error_code> outcome;
    zk.async_create("/n-", {}, {.mode = create_mode::persistent_sequential, .protect = true, .timeout = 60s},
                    [&](error_code ec, const std::string&) { outcome = ec; });
    ASSERT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
    EXPECT_EQ(outcome, error_code{});
    EXPECT_EQ(world.server.children("/").size(), 1U);
    world.stop(zk);
}

TEST_F(client_session, knows_its_protected_node_when_it_meets_it) {
    client zk = make();
    world.start(zk);
    bool lost_one = false;
    bool looked = false;
    world.server.on_request([&](const scripted_request& r) {
        if (r.type == opcode::create && !std::exchange(lost_one, true)) {
            return reaction::drop_after();
        }
        return r.type == opcode::get_children && !std::exchange(looked, true) ? reaction::send(no_children(r))
                                                                              : reaction::serve();
    });
    std::optional<error_code> outcome;
    zk.async_create("/n", {}, {.mode = create_mode::ephemeral, .protect = true, .timeout = 60s},
                    [&](error_code ec, const std::string&) { outcome = ec; });
    ASSERT_TRUE(world.run_until([&] { return outcome.has_value(); })) << world.sim.report();
    EXPECT_EQ(world.server.count(opcode::create), 2U);
    EXPECT_EQ(outcome, error_code{}) << "nobody else can have made a node of that name";
    world.stop(zk);
}

TEST_F(client_session, that_has_begun_is_told_of_to_listeners_first) {
    client zk = world.make_client();
    std::vector<std::string> told;
    zk.add_listener([&](const state_change& c) { told.emplace_back(to_string(c.state)); });
    zk.async_start([&](error_code) { told.emplace_back("started"); });
    ASSERT_TRUE(world.run_until([&] { return told.size() == 2; })) << world.sim.report();
    EXPECT_EQ(told, (std::vector<std::string>{"connected", "started"}));
    world.stop(zk);
}

TEST_F(client_session, that_is_being_stopped_is_not_started) {
    for (const bool reachable : {false, true}) {
        client zk = make();
        std::optional<error_code> started;
        if (reachable) {
            world.start(zk);
            started = error_code{};
        } else {
            world.sim.network().isolate("client");
            zk.async_start([&](error_code ec) { started = ec; });
            world.run_for(100ms);
        }
        std::optional<error_code> stopped;
        std::optional<error_code> started_again;
        zk.async_stop([&](error_code ec) { stopped = ec; });
        zk.async_start({.timeout = 1s}, [&](error_code ec) { started_again = ec; });
        ASSERT_TRUE(world.run_until([&] { return stopped && started_again; })) << world.sim.report();
        EXPECT_EQ(started, reachable ? error_code{} : error_code{errc::closed});
        EXPECT_EQ(stopped, error_code{});
        EXPECT_EQ(started_again, error_code{errc::closed});
        EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
        world.sim.network().rejoin("client");
        world.start(zk);
        world.stop(zk);
    }
}

TEST_F(client_session, that_says_goodbye_may_lose_its_host) {
    client zk = make();
    world.start(zk);
    world.sim.network().isolate("client"); // so that nobody says goodbye to it
    bool stopped = false;
    zk.async_stop([&](error_code) { stopped = true; });
    world.run_for(10ms);
    ASSERT_TRUE(zk.connected());
    zk.set_hosts("elsewhere:2181");
    world.run_for(10ms);
    EXPECT_EQ(zk.server(), "");
    ASSERT_TRUE(world.run_until([&] { return stopped; })) << world.sim.report();
}

TEST_F(client_session, survives_a_pause_that_is_shorter_and_not_one_that_is_longer) {
    client zk = make();
    world.start(zk);
    const auto before = zk.client_id().id;
    world.sim.environment()->pause();
    world.run_for(6s);
    world.sim.environment()->resume();
    world.run_for(5s);
    EXPECT_TRUE(zk.connected());
    EXPECT_EQ(zk.client_id().id, before);
    world.sim.environment()->pause();
    world.run_for(25s);
    EXPECT_TRUE(zk.connected()) << "it can't know yet";
    EXPECT_LT(zk.safe_until(), world.sim.now()) << "but it can know that it can't be sure";
    world.sim.environment()->resume();
    ASSERT_TRUE(until(lost, zk)) << world.sim.report();
    ASSERT_TRUE(until(connected, zk)) << world.sim.report();
    EXPECT_NE(zk.client_id().id, before);
    world.stop(zk);
}

TEST_F(client_session, lives_for_hours_without_anything_to_do) {
    client zk = make();
    world.on_step = [&] {
        EXPECT_LE(zk.safe_until(), std::max(world.server.expires_at(zk.client_id().id), steady_time{}));
    };
    world.start(zk);
    const auto id = zk.client_id().id;
    world.run_for(3h);
    EXPECT_EQ(zk.client_id().id, id);
    EXPECT_EQ(states, std::vector{connected});
    EXPECT_GT(zk.safe_until(), world.sim.now());
    world.stop(zk);
}

TEST_F(client_session, is_not_trusted_longer_than_the_server_keeps_it) {
    client zk = make();
    std::vector<std::pair<std::int64_t, steady_time>> ended; // as the server knows
    world.on_step = [&] {
        const auto id = zk.client_id().id;
        if (const auto alive_until = world.server.expires_at(id); id != 0 && alive_until != steady_time::min()) {
            ASSERT_LE(zk.safe_until(), alive_until);
            ended.assign(1, {id, alive_until});
        } else if (!ended.empty() && ended.back().first == id) {
            ASSERT_LE(zk.safe_until(), ended.back().second) << "the session is over";
        }
    };
    world.start(zk);
    for (int round = 0; round < 20; ++round) {
        world.run_for(std::chrono::milliseconds{137 * round});
        world.sim.network().partition("client", "zk1");
        world.run_for(std::chrono::milliseconds{911 * round});
        world.sim.network().heal_all();
        ASSERT_TRUE(until(connected, zk)) << world.sim.report();
        EXPECT_GT(zk.safe_until(), world.sim.now());
        link()->hold(round % 2 == 0 ? direction::to_client : direction::to_server);
        world.run_for(4s);
    }
    world.sim.network().partition("client", "zk1");
    world.run_for(30s);
    EXPECT_LT(zk.safe_until(), world.sim.now());
    world.stop(zk);
}

// ---- closing --------------------------------------------------------------------------------------------------------

TEST_F(client_session, is_closed_at_once_where_there_is_no_connection) {
    client zk = make();
    world.start(zk);
    world.sim.network().isolate("client");
    ASSERT_TRUE(until(suspended, zk));
    std::optional<error_code> waiting;
    zk.async_get("/", [&](error_code ec, const node&) { waiting = ec; });
    world.run_for(1s);
    EXPECT_FALSE(waiting);
    EXPECT_EQ(world.stop(zk), 0s);
    EXPECT_EQ(waiting, error_code{errc::closed});
}

TEST_F(client_session, takes_the_close_timeout_where_the_server_is_silent) {
    client_options how = client_world::options();
    how.close_timeout = 1500ms;
    client zk = make(how);
    world.start(zk);
    link()->cut(cut_kind::silence);
    std::optional<error_code> written;
    zk.async_create("/b", {}, [&](error_code ec, const std::string&) { written = ec; });
    EXPECT_EQ(world.stop(zk), 1500ms);
    EXPECT_EQ(written, error_code{errc::connection_loss});
    EXPECT_FALSE(world.server.sessions().empty()) << "the server has not heard of it";
}

TEST_F(client_session, is_closed_with_the_last_handle) {
    {
        client zk = make();
        world.start(zk);
        create_ephemeral(zk, "/e");
    }
    ASSERT_TRUE(world.run_until([&] { return world.server.sessions().empty(); }, 1s)) << world.sim.report();
    EXPECT_FALSE(world.server.has("/e"));
}

TEST_F(client_session, that_was_kept_is_resumed_by_another_client) {
    session_credentials kept;
    {
        client zk = make();
        world.start(zk);
        create_ephemeral(zk, "/e");
        kept = zk.client_id();
        int stopped = 0;
        zk.async_stop({.keep_session = true}, [&](error_code ec) { stopped += ec ? 0 : 1; });
        ASSERT_TRUE(world.run_until([&] { return stopped == 1; }));
    }
    world.run_for(2s);
    client_options how = client_world::options();
    how.client_id = kept;
    client zk = make(how);
    world.start(zk);
    EXPECT_EQ(zk.client_id().id, kept.id);
    world.run_for(30s);
    EXPECT_TRUE(world.server.has("/e"));
    world.stop(zk);
    EXPECT_FALSE(world.server.has("/e"));
}

TEST_F(client_session, can_be_begun_again_after_a_stop) {
    client zk = make();
    for (int round = 0; round < 3; ++round) {
        world.start(zk);
        EXPECT_FALSE(get(zk, "/"));
        world.stop(zk);
        EXPECT_EQ(get(zk, "/"), errc::closed);
        EXPECT_TRUE(world.server.sessions().empty());
    }
}

} // namespace
} // namespace zooid::testing
