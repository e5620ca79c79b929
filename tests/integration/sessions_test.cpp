#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"
#include "support/session_thief.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class sessions_test : public server_test {
protected:
    bool end(const client& zk) { return end_session(server().port(), zk.client_id()); }
};
ZOOID_ON_EVERY_VERSION(sessions_test);

TEST_P(sessions_test, the_timeout_is_what_the_server_grants) {
    EXPECT_EQ(connect().session_timeout(), 10s);
    client_options options;
    options.session_timeout = 1ms;
    EXPECT_EQ(connect(options).session_timeout(), 1s) << "two of the server's ticks";
    options.session_timeout = 1h;
    EXPECT_EQ(connect(options).session_timeout(), 30s);
}

TEST_P(sessions_test, an_expired_session_is_replaced) {
    auto zk = connect();
    auto observer = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const recorder<state_change> states;
    zk.add_listener(states);
    const auto old = zk.client_id();

    ASSERT_TRUE(end(zk));
    ASSERT_TRUE(eventually([&] { return zk.metrics().expirations == 1 && zk.connected(); }));
    EXPECT_NE(zk.client_id().id, old.id);
    EXPECT_FALSE(observer.exists("/ephemeral"));
    ASSERT_TRUE(eventually([&] { return states.size() >= 3 && states.last().state == session_state::connected; }));
    // It may have been cut off and connected again a few times before: the thief and the client struggle for the session.
    const std::vector<state_change> seen = states.all();
    ASSERT_GE(seen.size(), 3U);
    EXPECT_EQ(seen[seen.size() - 3].state, session_state::suspended);
    EXPECT_EQ(seen[seen.size() - 2].state, session_state::lost);
    EXPECT_EQ(seen[seen.size() - 2].keeper, keeper_state::expired);
    EXPECT_EQ(seen[seen.size() - 2].cause, errc::session_expired);
    // The new session is as good as the old one was.
    EXPECT_EQ(zk.create("/ephemeral", "", {.mode = create_mode::ephemeral}), "/ephemeral");
    EXPECT_EQ(observer.get("/ephemeral").stat.ephemeral_owner, zk.client_id().id);
}

TEST_P(sessions_test, watches_end_with_the_session) {
    auto zk = connect();
    zk.create("/a");
    const recorder<watch_event> callbacks;
    zk.get("/a", callbacks);
    zk.exists("/b", callbacks);
    zk.get_children("/a", callbacks);
    auto subscription = zk.get_and_watch("/a").watch;
    ASSERT_TRUE(end(zk));
    ASSERT_TRUE(callbacks.wait_for(3));
    EXPECT_EQ(subscription.next(scaled(20s)).type, event_type::session);
    EXPECT_EQ(error_of([&] { return subscription.next(scaled(20s)); }), errc::no_watcher);
    EXPECT_TRUE(zk.watches().empty());
    ASSERT_TRUE(eventually([&] { return zk.connected(); })) << "in a new session";
    zk.set("/a", "1");
    zk.create("/b");
    zk.sync("/");
    EXPECT_EQ(callbacks.size(), 3U);
    for (const auto& e : callbacks.all()) {
        EXPECT_EQ(e.type, event_type::session);
    }
}

TEST_P(sessions_test, what_waits_when_the_session_is_found_expired_fails) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    auto waiting = zk.async_create("/meant-for-the-old-session", "", asio::use_future);
    ASSERT_TRUE(end(zk));
    link.restore();
    try {
        waiting.get();
        ADD_FAILURE() << "the request was carried over into another session";
    } catch (const boost::system::system_error& e) {
        EXPECT_EQ(e.code(), errc::session_expired);
        EXPECT_EQ(e.code(), condition::session_gone);
    }
    EXPECT_TRUE(eventually([&] { return zk.connected(); }));
    EXPECT_FALSE(zk.exists("/meant-for-the-old-session"));
}

TEST_P(sessions_test, a_session_cut_off_too_long_expires_and_was_not_called_safe) {
    relay link(server().port());
    client_options options;
    options.session_timeout = 1s;
    client zk{link.address() + root(), options};
    zk.start({.timeout = 60s});
    auto observer = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const auto old = zk.client_id();
    link.cut();
    ASSERT_TRUE(eventually([&] { return !observer.exists("/ephemeral"); }));
    EXPECT_GT(std::chrono::steady_clock::now(), zk.safe_until());
    link.restore();
    EXPECT_TRUE(eventually([&] { return zk.connected(); }));
    EXPECT_NE(zk.client_id().id, old.id);
    EXPECT_EQ(zk.metrics().expirations, 1U);
    EXPECT_EQ(zk.session_timeout(), 1s);
}

TEST_P(sessions_test, expiry_can_be_final) {
    client_options options;
    options.new_session_after_expiry = false;
    auto zk = connect(options);
    ASSERT_TRUE(end(zk));
    ASSERT_TRUE(eventually([&] { return zk.state() == session_state::lost; }));
    EXPECT_EQ(zk.detailed_state(), keeper_state::expired);
    EXPECT_THROW(zk.get("/"), session_expired_error);
    EXPECT_THROW(zk.create("/a"), session_expired_error);
    EXPECT_FALSE(zk.connected());
    EXPECT_NO_THROW(zk.close());
}

TEST_P(sessions_test, closing_ends_the_session_at_once) {
    auto observer = connect();
    auto zk = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const auto credentials = zk.client_id();
    zk.close();
    EXPECT_FALSE(observer.exists("/ephemeral"));
    EXPECT_FALSE(end_session(server().port(), credentials)) << "the server must not know it any more";
}

TEST_P(sessions_test, a_kept_session_can_be_resumed_by_another_client) {
    auto observer = connect();
    auto zk = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    client_options options;
    options.client_id = zk.client_id();
    EXPECT_EQ(options.client_id->password.size(), 16U);
    zk.close({.keep_session = true});
    EXPECT_EQ(zk.client_id(), *options.client_id);
    EXPECT_TRUE(observer.exists("/ephemeral"));
    auto heir = connect(options);
    EXPECT_EQ(heir.client_id(), *options.client_id);
    EXPECT_EQ(heir.get("/ephemeral").stat.ephemeral_owner, heir.client_id().id);
    heir.close();
    EXPECT_FALSE(observer.exists("/ephemeral"));
}

TEST_P(sessions_test, resuming_a_session_that_is_gone) {
    auto zk = connect();
    client_options options;
    options.client_id = zk.client_id();
    zk.close();

    options.new_session_after_expiry = false;
    client strict{hosts(), options};
    EXPECT_EQ(error_of([&] {
                  strict.start({.timeout = scaled(20s)});
                  return 0;
              }),
              errc::session_expired);

    options.new_session_after_expiry = true;
    auto lenient = connect(options);
    EXPECT_NE(lenient.client_id().id, options.client_id->id);
    EXPECT_TRUE(lenient.exists("/"));
}

TEST_P(sessions_test, stopping_and_starting_makes_a_new_session) {
    auto observer = connect();
    auto zk = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const auto first = zk.client_id();
    zk.stop();
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    EXPECT_FALSE(observer.exists("/ephemeral"));
    zk.stop();
    zk.start({.timeout = 60s});
    zk.start();
    const auto second = zk.client_id();
    EXPECT_NE(second.id, first.id);
    zk.restart();
    EXPECT_NE(zk.client_id().id, second.id);
    EXPECT_TRUE(zk.exists("/"));
}

TEST_P(sessions_test, stopping_what_is_stopped_is_no_news_and_no_hindrance) {
    auto zk = connect();
    const recorder<keeper_state> states;
    zk.add_listener([states](const state_change& change) { states.add(change.keeper); });
    constexpr std::size_t rounds = 20;
    for (std::size_t i = 0; i < rounds; ++i) {
        zk.stop();
        zk.stop();
        zk.start({.timeout = 60s});
    }
    zk.close();
    const auto all = states.all();
    EXPECT_EQ(std::count(all.begin(), all.end(), keeper_state::closed), rounds + 1);
}

TEST_P(sessions_test, restarting_can_keep_the_session) {
    auto zk = connect();
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const auto id = zk.client_id();
    zk.restart({.keep_session = true}, {.timeout = 60s});
    EXPECT_EQ(zk.client_id(), id);
    EXPECT_EQ(zk.get("/ephemeral").stat.ephemeral_owner, id.id);
}

TEST_P(sessions_test, a_client_that_was_never_started_can_be_dropped_and_closed) {
    { const client zk{hosts()}; }
    client zk{hosts()};
    EXPECT_EQ(zk.client_id().id, 0);
    EXPECT_EQ(zk.session_timeout(), 0ms);
    EXPECT_EQ(zk.server(), "");
    EXPECT_FALSE(zk.connected());
    EXPECT_NO_THROW(zk.close());
}

TEST_P(sessions_test, idle_sessions_live_on) {
    client_options options;
    options.session_timeout = 1s;
    auto zk = connect(options);
    const auto start = std::chrono::steady_clock::now();
    // Only pings can move this forward, past three timeouts.
    EXPECT_TRUE(eventually([&] { return zk.safe_until() > start + 4s; }));
    EXPECT_EQ(zk.metrics().connects, 1U);
    EXPECT_EQ(zk.metrics().expirations, 0U);
}

} // namespace
} // namespace zooid::test
