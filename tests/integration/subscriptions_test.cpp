#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class subscriptions_test : public server_test {
protected:
    static watch_event next_of(watch& w) { return w.next(scaled(20s)); }
};
ZOOID_ON_EVERY_VERSION(subscriptions_test);

TEST_P(subscriptions_test, a_one_shot_subscription_gives_one_event_and_ends) {
    auto zk = connect();
    zk.create("/a", "0");
    auto watched = zk.get_and_watch("/a");
    EXPECT_EQ(watched.data, "0");
    EXPECT_EQ(watched.stat.version, 0);
    auto& w = watched.watch;
    EXPECT_TRUE(w);
    EXPECT_EQ(w.path(), "/a");
    EXPECT_EQ(w.kind(), watch_kind::data);
    EXPECT_TRUE(w.active());
    EXPECT_FALSE(w.try_next());
    zk.set("/a", "1");
    zk.set("/a", "2");
    const auto event = next_of(w);
    EXPECT_EQ(event.type, event_type::data_changed);
    EXPECT_EQ(event.path, "/a");
    EXPECT_FALSE(w.active());
    EXPECT_EQ(error_of([&] { return next_of(w); }), errc::no_watcher);
    EXPECT_FALSE(w.try_next());
}

TEST_P(subscriptions_test, events_can_be_awaited_before_they_happen) {
    auto zk = connect();
    auto watched = zk.exists_and_watch("/a");
    EXPECT_FALSE(watched.stat);
    EXPECT_EQ(watched.watch.kind(), watch_kind::exist);
    std::promise<watch_event> got;
    watched.watch.async_next([&](error_code ec, watch_event e) {
        EXPECT_FALSE(ec) << ec.message();
        got.set_value(std::move(e));
    });
    zk.create("/a");
    const auto event = got.get_future().get();
    EXPECT_EQ(event.type, event_type::created);
    EXPECT_EQ(event.path, "/a");
}

TEST_P(subscriptions_test, a_blocked_wait_is_woken) {
    auto zk = connect();
    zk.create("/a");
    auto watched = zk.get_children_and_watch("/a");
    EXPECT_TRUE(watched.names.empty());
    EXPECT_EQ(watched.watch.kind(), watch_kind::child);
    auto event = std::async(std::launch::async, [&] { return next_of(watched.watch); });
    zk.create("/a/b");
    EXPECT_EQ(event.get().type, event_type::children_changed);
}

TEST_P(subscriptions_test, subscriptions_can_be_moved) {
    auto zk = connect();
    zk.create("/a");
    watch w;
    EXPECT_FALSE(w);
    w = zk.get_and_watch("/a").watch;
    std::vector<watch> many;
    many.push_back(std::move(w));
    zk.set("/a", "1");
    EXPECT_EQ(next_of(many[0]).type, event_type::data_changed);
}

TEST_P(subscriptions_test, persistent_subscriptions_keep_every_event_until_taken) {
    auto zk = connect();
    const auto add = [&] { return zk.add_watch("/a", watch_mode::persistent); };
    if (!since(3, 6)) {
        EXPECT_EQ(error_of(add), errc::unimplemented);
        return;
    }
    auto w = add();
    EXPECT_EQ(w.kind(), watch_kind::persistent);
    zk.create("/a");
    for (int i = 0; i < 50; ++i) {
        zk.set("/a", std::to_string(i));
    }
    zk.create("/a/b");
    zk.remove("/a/b");
    zk.remove("/a");
    std::vector<event_type> seen;
    for (int i = 0; i < 54; ++i) {
        seen.push_back(next_of(w).type);
    }
    std::vector<event_type> expected{event_type::created};
    expected.insert(expected.end(), 50, event_type::data_changed);
    expected.insert(expected.end(), {event_type::children_changed, event_type::children_changed, event_type::deleted});
    EXPECT_EQ(seen, expected);
    EXPECT_TRUE(w.active());
    EXPECT_FALSE(w.try_next());
}

TEST_P(subscriptions_test, recursive_subscriptions_cover_descendants) {
    auto zk = connect();
    if (!since(3, 6)) {
        EXPECT_EQ(error_of([&] { return zk.add_watch("/a", watch_mode::recursive); }), errc::unimplemented);
        return;
    }
    auto w = zk.add_watch("/a", watch_mode::recursive, {.timeout = scaled(20s)});
    EXPECT_EQ(w.kind(), watch_kind::recursive);
    zk.ensure_path("/a/b/c");
    EXPECT_EQ(next_of(w).path, "/a");
    EXPECT_EQ(next_of(w).path, "/a/b");
    const auto last = next_of(w);
    EXPECT_EQ(last.path, "/a/b/c");
    EXPECT_EQ(last.type, event_type::created);
}

TEST_P(subscriptions_test, the_last_one_destroyed_takes_the_servers_watch_away) {
    auto zk = connect();
    if (!since(3, 5)) {
        GTEST_SKIP() << "watches can be removed since 3.5";
    }
    zk.create("/a");
    const std::string path = root() + "/a";
    const bool lasting_too = since(3, 6);
    {
        auto one = zk.get_and_watch("/a");
        EXPECT_TRUE(server().watched(path));
        { auto two = zk.get_and_watch("/a"); }
        zk.sync("/");
        EXPECT_TRUE(server().watched(path)) << "one subscription is left";
    }
    EXPECT_TRUE(eventually([&] { return !server().watched(path); }));
    if (lasting_too) {
        {
            auto persistent = zk.add_watch("/a", watch_mode::persistent);
        }
        EXPECT_TRUE(eventually([&] { return !server().watched(path); }));
        { auto recursive = zk.add_watch("/a", watch_mode::recursive); }
        EXPECT_TRUE(eventually([&] { return !server().watched(path); }));
    }
    { auto children = zk.get_children_and_watch("/a"); }
    EXPECT_TRUE(eventually([&] { return server().watch_count() == 0; }));
    { auto missing = zk.exists_and_watch("/missing"); }
    EXPECT_TRUE(eventually([&] { return !server().watched(root() + "/missing"); }));
    EXPECT_TRUE(zk.watches().empty());
}

TEST_P(subscriptions_test, a_callback_keeps_the_servers_watch_when_a_subscription_goes) {
    auto zk = connect();
    zk.create("/a");
    const recorder<watch_event> seen;
    zk.get("/a", seen);
    { auto gone = zk.get_and_watch("/a"); }
    zk.sync("/");
    zk.set("/a", "1");
    zk.sync("/");
    EXPECT_EQ(seen.size(), 1U);
}

TEST_P(subscriptions_test, a_one_shot_subscription_that_goes_leaves_a_persistent_one_alone) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    zk.create("/a");
    auto lasting = zk.add_watch("/a", watch_mode::persistent);
    { auto gone = zk.get_and_watch("/a"); }
    { auto gone = zk.get_children_and_watch("/a"); }
    zk.sync("/");
    zk.set("/a", "1");
    zk.create("/a/b");
    EXPECT_EQ(next_of(lasting).type, event_type::data_changed);
    EXPECT_EQ(next_of(lasting).type, event_type::children_changed);
}

TEST_P(subscriptions_test, subscribing_again_at_once_works) {
    auto zk = connect();
    if (!since(3, 5)) {
        GTEST_SKIP() << "watches can be removed since 3.5";
    }
    zk.create("/a", "");
    // The removal of the one and the request for the next are on the wire together.
    for (int i = 0; i < 100; ++i) {
        {
            auto gone = zk.get_and_watch("/a");
        }
        auto kept = zk.get_and_watch("/a");
        zk.set("/a", std::to_string(i));
        ASSERT_EQ(next_of(kept.watch).type, event_type::data_changed) << "in round " << i;
    }
}

TEST_P(subscriptions_test, destroying_one_early_loses_nothing_of_the_next) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    for (int i = 0; i < 50; ++i) {
        const std::string path = "/n" + std::to_string(i);
        { auto dropped = zk.async_add_watch(path, watch_mode::persistent); }
        auto w = zk.add_watch(path, watch_mode::persistent);
        zk.create(path);
        ASSERT_EQ(next_of(w).type, event_type::created) << "in round " << i;
    }
}

TEST_P(subscriptions_test, a_wait_may_be_limited_and_be_followed_by_another) {
    auto zk = connect();
    zk.create("/a");
    auto w = zk.get_and_watch("/a").watch;
    for (int i = 0; i < 20; ++i) {
        std::promise<error_code> ended;
        w.async_next(1ms, [&ended](error_code ec, const watch_event&) { ended.set_value(ec); });
        ASSERT_EQ(ended.get_future().get(), errc::operation_timeout);
    }
    auto waiting = w.async_next(1min);
    zk.set("/a", "x");
    EXPECT_EQ(std::move(waiting)(asio::use_future).get().type, event_type::data_changed);
}

TEST_P(subscriptions_test, waiting_for_what_has_ended_does_not_hold_up_closing) {
    for (int i = 0; i < 20; ++i) {
        auto zk = connect();
        zk.ensure_path("/a");
        auto w = zk.get_and_watch("/a").watch;
        zk.set("/a", "x");
        ASSERT_EQ(next_of(w).type, event_type::data_changed);
        std::atomic<bool> closed{false};
        auto waits = std::async(std::launch::async, [&] {
            while (!closed) {
                EXPECT_EQ(error_of([&] { return w.next(1h); }), errc::no_watcher);
            }
        });
        auto closing = std::async(std::launch::async, [&] { zk.close(); });
        EXPECT_EQ(closing.wait_for(scaled(20s)), std::future_status::ready);
        closed = true;
    }
}

TEST_P(subscriptions_test, removal_by_path_ends_subscriptions_with_an_event) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    auto w = zk.add_watch("/a", watch_mode::recursive);
    zk.remove_watches("/a", watch_selection::any);
    EXPECT_EQ(next_of(w).type, event_type::persistent_watch_removed);
    EXPECT_FALSE(w.active());
    EXPECT_EQ(error_of([&] { return next_of(w); }), errc::no_watcher);
}

TEST_P(subscriptions_test, the_end_of_the_session_ends_every_subscription) {
    auto zk = connect();
    zk.create("/a");
    auto one_shot = zk.get_and_watch("/a").watch;
    std::optional<watch> lasting;
    if (since(3, 6)) {
        lasting = zk.add_watch("/a", watch_mode::persistent);
    }
    zk.close();
    EXPECT_EQ(next_of(one_shot).type, event_type::session);
    EXPECT_FALSE(one_shot.active());
    if (lasting) {
        EXPECT_EQ(next_of(*lasting).type, event_type::session);
        EXPECT_EQ(error_of([&] { return next_of(*lasting); }), errc::no_watcher);
    }
}

TEST_P(subscriptions_test, a_subscription_may_outlive_its_client) {
    watch w;
    {
        auto zk = connect();
        zk.create("/a");
        w = zk.get_and_watch("/a").watch;
    }
    EXPECT_EQ(next_of(w).type, event_type::session);
}

} // namespace
} // namespace zooid::test
