#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using events = recorder<watch_event>;
using changes = std::vector<std::pair<event_type, std::string>>;

class watch_callbacks_test : public server_test {
protected:
    // What has been reported so far. Callbacks begin before a reply that reflects their event is delivered, so after
    // this round trip everything that had happened before has been told.
    static changes told(client& zk, const events& e) {
        zk.sync("/");
        changes all;
        for (const auto& one : e.all()) {
            all.emplace_back(one.type, one.path);
        }
        return all;
    }
};
ZOOID_ON_EVERY_VERSION(watch_callbacks_test);

TEST_P(watch_callbacks_test, a_data_watch_fires_once_for_a_change) {
    auto zk = connect();
    zk.create("/a", "0");
    const events seen;
    EXPECT_EQ(zk.get("/a", seen).data, "0");
    EXPECT_TRUE(told(zk, seen).empty());
    zk.set("/a", "1");
    zk.set("/a", "2");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::data_changed, "/a"}}));
    EXPECT_EQ(seen.last().state, keeper_state::connected);
}

TEST_P(watch_callbacks_test, a_data_watch_fires_for_the_removal) {
    auto zk = connect();
    zk.create("/a");
    const events seen;
    zk.get("/a", seen);
    zk.remove("/a");
    zk.create("/a");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::deleted, "/a"}}));
}

TEST_P(watch_callbacks_test, an_exist_watch_fires_for_the_creation) {
    auto zk = connect();
    const events seen;
    EXPECT_FALSE(zk.exists("/a", seen));
    zk.create("/a");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::created, "/a"}}));
}

TEST_P(watch_callbacks_test, exists_on_a_node_watches_its_data) {
    auto zk = connect();
    zk.create("/a");
    zk.create("/b");
    const events seen;
    EXPECT_TRUE(zk.exists("/a", seen));
    EXPECT_TRUE(zk.exists("/b", seen));
    zk.set("/a", "1");
    zk.remove("/b");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::data_changed, "/a"}, {event_type::deleted, "/b"}}));
}

TEST_P(watch_callbacks_test, a_child_watch_fires_for_children_only) {
    auto zk = connect();
    zk.create("/a");
    zk.create("/a/old");
    const events seen;
    EXPECT_EQ(zk.get_children("/a", seen), std::vector<std::string>{"old"});
    zk.set("/a", "data");
    zk.set("/a/old", "data");
    zk.create("/a/old/grandchild");
    EXPECT_TRUE(told(zk, seen).empty());
    zk.create("/a/new");
    zk.create("/a/newer");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::children_changed, "/a"}}));

    const events gone;
    zk.create("/b");
    zk.get_children("/b", gone);
    zk.remove("/b");
    EXPECT_EQ(told(zk, gone), (changes{{event_type::deleted, "/b"}}));
}

TEST_P(watch_callbacks_test, a_failed_read_leaves_no_watch) {
    auto zk = connect();
    const events seen;
    EXPECT_EQ(error_of([&] { return zk.get("/a", seen); }), errc::no_node);
    EXPECT_EQ(error_of([&] { return zk.get_children("/a", seen); }), errc::no_node);
    EXPECT_TRUE(zk.watches().empty());
    zk.create("/a");
    zk.set("/a", "1");
    zk.create("/a/b");
    EXPECT_TRUE(told(zk, seen).empty());
}

TEST_P(watch_callbacks_test, changes_by_others_are_reported) {
    auto zk = connect();
    auto other = connect();
    zk.create("/a");
    const events seen;
    zk.get("/a", seen);
    other.set("/a", "theirs");
    ASSERT_TRUE(seen.wait_for(1));
    EXPECT_EQ(seen.last().type, event_type::data_changed);
    const auto now = zk.get("/a");
    EXPECT_EQ(now.data, "theirs");
    EXPECT_EQ(seen.last().zxid, since(3, 9) ? now.stat.mzxid : -1);
}

TEST_P(watch_callbacks_test, a_deletion_is_told_once_to_each_watcher) {
    auto zk = connect();
    zk.create("/a");
    const events by_get;
    const events by_exists;
    const events by_children;
    const events on_parent;
    zk.get("/a", by_get);
    zk.exists("/a", by_exists);
    zk.get_children("/a", by_children);
    zk.get_children("/", on_parent);
    zk.remove("/a");
    const changes deleted{{event_type::deleted, "/a"}};
    EXPECT_EQ(told(zk, by_get), deleted);
    EXPECT_EQ(told(zk, by_exists), deleted);
    EXPECT_EQ(told(zk, by_children), deleted);
    EXPECT_EQ(told(zk, on_parent), (changes{{event_type::children_changed, "/"}}));
    EXPECT_TRUE(zk.watches().empty());
}

TEST_P(watch_callbacks_test, several_watchers_of_one_path_are_all_called) {
    auto zk = connect();
    zk.create("/a");
    const events one;
    const events two;
    zk.get("/a", one);
    zk.get("/a", two);
    const auto listed = zk.watches();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].watchers, 2U);
    zk.set("/a", "1");
    EXPECT_EQ(told(zk, one).size(), 1U);
    EXPECT_EQ(told(zk, two).size(), 1U);
}

TEST_P(watch_callbacks_test, a_callback_may_watch_again_and_miss_nothing) {
    auto zk = connect();
    auto other = connect();
    zk.create("/a", "0");
    const recorder<std::string> versions;
    struct follower {
        client zk;
        recorder<std::string> versions;
        void look() {
            auto self = *this;
            versions.add(zk.get("/a", [self](const watch_event&) mutable { self.look(); }).data);
        }
    };
    follower{zk, versions}.look();
    for (int i = 1; i <= 200; ++i) {
        other.async_set("/a", std::to_string(i), [](error_code ec, const stat&) { EXPECT_FALSE(ec); });
    }
    EXPECT_TRUE(eventually([&] { return versions.last() == "200"; })) << versions.last();
    zk.close(); // the callback owns a handle, so the client would not end by itself
}

TEST_P(watch_callbacks_test, callbacks_may_own_what_can_only_be_moved) {
    auto zk = connect();
    zk.create("/a");
    const recorder<int> seen;
    auto owned = std::make_unique<int>(5);
    zk.get("/a", [seen, owned = std::move(owned)](const watch_event&) { seen.add(*owned); });
    zk.set("/a", "1");
    zk.sync("/");
    EXPECT_EQ(seen.last(), 5);
}

TEST_P(watch_callbacks_test, callbacks_are_freed_after_their_event_and_with_the_client) {
    auto zk = connect();
    zk.create("/a");
    zk.create("/b");
    const auto fired = std::make_shared<std::atomic<int>>(0);
    const auto unused = std::make_shared<std::atomic<int>>(0);
    zk.get("/a", [fired](const watch_event&) { ++*fired; });
    zk.get("/b", [unused](const watch_event&) { ++*unused; });
    zk.set("/a", "1");
    EXPECT_TRUE(eventually([&] { return *fired == 1 && fired.use_count() == 1; }));
    zk.close();
    EXPECT_TRUE(eventually([&] { return unused.use_count() == 1; }));
    EXPECT_EQ(*unused, 1) << "the end of the session is reported";
}

TEST_P(watch_callbacks_test, a_persistent_watch_reports_a_node_and_its_children_again_and_again) {
    auto zk = connect();
    const events seen;
    const auto add = [&] {
        zk.add_watch("/a", watch_mode::persistent, seen);
        return 0;
    };
    if (!since(3, 6)) {
        EXPECT_EQ(error_of(add), errc::unimplemented);
        EXPECT_TRUE(zk.watches().empty());
        come_back(zk);
        return;
    }
    add();
    changes expected;
    for (int round = 0; round < 3; ++round) {
        zk.create("/a");
        zk.set("/a", "1");
        zk.set("/a", "2");
        zk.create("/a/b");
        zk.set("/a/b", "1");
        zk.create("/a/b/c");
        zk.remove("/a/b/c");
        zk.remove("/a/b");
        zk.remove("/a");
        expected.insert(expected.end(), {{event_type::created, "/a"},
                                         {event_type::data_changed, "/a"},
                                         {event_type::data_changed, "/a"},
                                         {event_type::children_changed, "/a"},
                                         {event_type::children_changed, "/a"},
                                         {event_type::deleted, "/a"}});
    }
    EXPECT_EQ(told(zk, seen), expected);
}

TEST_P(watch_callbacks_test, a_recursive_watch_reports_all_descendants_without_children_changed) {
    auto zk = connect();
    const events seen;
    const auto add = [&] {
        zk.add_watch("/a", watch_mode::recursive, seen);
        return 0;
    };
    if (!since(3, 6)) {
        EXPECT_EQ(error_of(add), errc::unimplemented);
        return;
    }
    zk.create("/a");
    add();
    zk.create("/ab");
    zk.create("/a/b");
    zk.create("/a/b/c");
    zk.set("/a/b/c", "1");
    zk.set("/a", "1");
    zk.remove("/a/b/c");
    zk.remove("/a/b");
    zk.remove("/a");
    EXPECT_EQ(told(zk, seen), (changes{{event_type::created, "/a/b"},
                                       {event_type::created, "/a/b/c"},
                                       {event_type::data_changed, "/a/b/c"},
                                       {event_type::data_changed, "/a"},
                                       {event_type::deleted, "/a/b/c"},
                                       {event_type::deleted, "/a/b"},
                                       {event_type::deleted, "/a"}}));
}

TEST_P(watch_callbacks_test, a_read_with_a_watch_does_not_weaken_a_persistent_one) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    zk.create("/a");
    const events lasting;
    const events once;
    zk.add_watch("/a", watch_mode::persistent, lasting);
    zk.get("/a", once);
    zk.get_children("/a", once);
    zk.set("/a", "1");
    zk.set("/a", "2");
    zk.create("/a/b");
    zk.create("/a/c");
    EXPECT_EQ(told(zk, lasting), (changes{{event_type::data_changed, "/a"},
                                          {event_type::data_changed, "/a"},
                                          {event_type::children_changed, "/a"},
                                          {event_type::children_changed, "/a"}}));
    EXPECT_EQ(told(zk, once), (changes{{event_type::data_changed, "/a"}, {event_type::children_changed, "/a"}}));
}

TEST_P(watch_callbacks_test, a_recursive_watch_and_a_child_watch_get_what_each_asked_for) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "recursive watches came with 3.6";
    }
    zk.create("/a");
    const events recursive;
    const events child;
    zk.add_watch("/", watch_mode::recursive, recursive);
    zk.get_children("/a", child);
    zk.create("/a/b");
    zk.create("/a/c");
    EXPECT_EQ(told(zk, recursive), (changes{{event_type::created, "/a/b"}, {event_type::created, "/a/c"}}));
    EXPECT_EQ(told(zk, child), (changes{{event_type::children_changed, "/a"}}));
}

TEST_P(watch_callbacks_test, all_kinds_share_a_path) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "lasting watches came with 3.6";
    }
    zk.create("/a");
    const events child;
    const events persistent;
    const events recursive;
    zk.get_children("/a", child);
    zk.add_watch("/a", watch_mode::persistent, persistent);
    zk.add_watch("/a", watch_mode::recursive, recursive);
    zk.create("/a/b");
    EXPECT_EQ(told(zk, child), (changes{{event_type::children_changed, "/a"}}));
    EXPECT_EQ(told(zk, persistent), (changes{{event_type::children_changed, "/a"}}));
    EXPECT_EQ(told(zk, recursive), (changes{{event_type::created, "/a/b"}}));
}

TEST_P(watch_callbacks_test, removing_watches_tells_each_watcher_and_the_server) {
    auto zk = connect();
    zk.create("/a");
    const events data;
    const events child;
    zk.get("/a", data);
    zk.get_children("/a", child);
    const auto remove = [&](watch_selection which) {
        return error_of([&] {
            zk.remove_watches("/a", which);
            return 0;
        });
    };
    if (!since(3, 5)) {
        EXPECT_EQ(remove(watch_selection::any), errc::unimplemented);
        come_back(zk);
        return;
    }
    EXPECT_EQ(remove(watch_selection::data), error_code{});
    EXPECT_EQ(told(zk, data), (changes{{event_type::data_watch_removed, "/a"}}));
    EXPECT_TRUE(told(zk, child).empty());
    EXPECT_FALSE(server().watched(root() + "/a"));
    EXPECT_EQ(remove(watch_selection::data), errc::no_watcher);
    EXPECT_EQ(remove(watch_selection::children), error_code{});
    EXPECT_EQ(told(zk, child), (changes{{event_type::child_watch_removed, "/a"}}));
    EXPECT_EQ(remove(watch_selection::any), errc::no_watcher);
    EXPECT_TRUE(zk.watches().empty());
    zk.set("/a", "1");
    zk.create("/a/b");
    EXPECT_EQ(told(zk, data).size() + told(zk, child).size(), 2U);
}

TEST_P(watch_callbacks_test, removing_any_watch_ends_persistent_ones) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    zk.create("/a");
    const events lasting;
    zk.add_watch("/a", watch_mode::persistent, lasting);
    EXPECT_TRUE(server().watched(root() + "/a"));
    zk.remove_watches("/a", watch_selection::any);
    EXPECT_FALSE(server().watched(root() + "/a"));
    zk.set("/a", "1");
    EXPECT_EQ(told(zk, lasting), (changes{{event_type::persistent_watch_removed, "/a"}}));
}

TEST_P(watch_callbacks_test, the_registry_lists_every_watch) {
    auto zk = connect();
    zk.create("/data");
    zk.create("/child");
    const events e;
    zk.get("/data", e);
    zk.exists("/data", e);
    zk.exists("/missing", e);
    zk.get_children("/child", e);
    if (since(3, 6)) {
        zk.add_watch("/p", watch_mode::persistent, e);
        zk.add_watch("/r", watch_mode::recursive, e);
        zk.add_watch("/r", watch_mode::recursive, e);
    }
    std::vector<std::string> listed;
    for (const auto& w : zk.watches()) {
        listed.push_back(w.path + ' ' + std::string(to_string(w.kind)) + ' ' + std::to_string(w.watchers));
    }
    std::sort(listed.begin(), listed.end());
    std::vector<std::string> expected{root() + "/child child 1", root() + "/data data 2", root() + "/missing exist 1"};
    if (since(3, 6)) {
        expected.push_back(root() + "/p persistent 1");
        expected.push_back(root() + "/r recursive 2");
    }
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(zk.metrics().watches, since(3, 6) ? 7U : 4U);
}

TEST_P(watch_callbacks_test, thousands_of_events_arrive_in_order) {
    auto zk = connect();
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    const events seen;
    zk.add_watch("/", watch_mode::recursive, seen);
    changes expected;
    for (int i = 0; i < 2000; ++i) {
        const std::string path = "/n" + std::to_string(i);
        zk.async_create(path, "", [](error_code ec, const std::string&) { EXPECT_FALSE(ec) << ec.message(); });
        expected.emplace_back(event_type::created, path);
    }
    EXPECT_EQ(told(zk, seen), expected);
}

} // namespace
} // namespace zooid::test
