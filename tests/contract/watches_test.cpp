#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

// One-shot watches: which request leaves one, what triggers it, and when it is told.

namespace zooid::test {
namespace {

class watches_test : public contract_test {
protected:
    // Everything a node can go through, by another session.
    void happen(const std::string& where) const {
        auto other = open();
        if (other.exists(where).err != ok) {
            ASSERT_EQ(other.create(where).err, ok);
        }
        ASSERT_EQ(other.set(where, "1").err, ok);
        ASSERT_EQ(other.create(where + "/child").err, ok);
        ASSERT_EQ(other.remove(where + "/child").err, ok);
        ASSERT_EQ(other.remove(where).err, ok);
        ASSERT_EQ(other.create(where).err, ok);
    }
};
ZOOID_CONTRACT(watches_test);

TEST_P(watches_test, a_get_watches_data_and_deletion) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(path("/a")).err, ok);
    ASSERT_EQ(zk.get(path("/a"), true).err, ok);
    ASSERT_EQ(other.create(path("/a/child")).err, ok);
    ASSERT_EQ(other.set(path("/a/child"), "x").err, ok);
    ASSERT_EQ(other.remove(path("/a/child")).err, ok);
    ASSERT_EQ(other.set_acl(path("/a"), open_acl()).err, ok);
    ASSERT_EQ(other.set(path("/a"), "x", 99).err, errc::bad_version);
    ASSERT_EQ(other.get(path("/a")).err, ok);
    ASSERT_EQ(other.call(opcode::sync, wire::path_request{path("/a")}).err, ok);
    EXPECT_EQ(zk.events(), event_list{}) << "none of this concerns the data";
    ASSERT_EQ(other.set(path("/a"), "x").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path("/a")}));
    ASSERT_EQ(other.set(path("/a"), "y").err, ok);
    EXPECT_EQ(zk.events(), event_list{}) << "it fires once";
    ASSERT_EQ(zk.get(path("/a"), true).err, ok);
    ASSERT_EQ(other.remove(path("/a")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"deleted " + path("/a")}));
    ASSERT_EQ(other.create(path("/a")).err, ok);
    EXPECT_EQ(zk.events(), event_list{});
}

TEST_P(watches_test, a_set_to_the_same_data_is_a_change) {
    auto zk = open();
    ASSERT_EQ(zk.set(path(), "same").err, ok);
    ASSERT_EQ(zk.get(path(), true).err, ok);
    ASSERT_EQ(zk.set(path(), "same").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path()}));
}

TEST_P(watches_test, an_exists_watches_creation_too) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.exists(path("/a"), true).err, errc::no_node);
    ASSERT_EQ(other.create(path("/a")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + path("/a")}));
    ASSERT_EQ(zk.exists(path("/a"), true).err, ok);
    ASSERT_EQ(other.create(path("/a/child")).err, ok);
    EXPECT_EQ(zk.events(), event_list{});
    ASSERT_EQ(other.set(path("/a"), "x").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path("/a")}));
    ASSERT_EQ(zk.exists(path("/a/child"), true).err, ok);
    ASSERT_EQ(other.remove(path("/a/child")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"deleted " + path("/a/child")}));
}

TEST_P(watches_test, a_list_of_children_watches_them_and_the_deletion_of_their_parent) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(path("/a")).err, ok);
    for (const auto op : {opcode::get_children, opcode::get_children2}) {
        const auto watch = [&] { ASSERT_EQ(zk.call(op, wire::path_watch_request{path("/a"), true}).err, ok); };
        watch();
        ASSERT_EQ(other.set(path("/a"), "x").err, ok);
        EXPECT_EQ(zk.events(), event_list{}) << "data is another matter";
        ASSERT_EQ(other.create(path("/a/b")).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"children " + path("/a")}));
        watch();
        ASSERT_EQ(other.set(path("/a/b"), "x").err, ok);
        ASSERT_EQ(other.create(path("/a/b/c")).err, ok);
        ASSERT_EQ(other.remove(path("/a/b/c")).err, ok);
        EXPECT_EQ(zk.events(), event_list{}) << "what the children do is another matter";
        ASSERT_EQ(other.remove(path("/a/b")).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"children " + path("/a")}));
        watch();
        ASSERT_EQ(other.remove(path("/a")).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"deleted " + path("/a")}));
        ASSERT_EQ(other.create(path("/a")).err, ok);
        ASSERT_EQ(other.create(path("/a/d")).err, ok);
        ASSERT_EQ(other.remove(path("/a/d")).err, ok);
        EXPECT_EQ(zk.events(), event_list{});
    }
}

TEST_P(watches_test, nothing_but_these_requests_leaves_a_watch) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    ASSERT_EQ(zk.get(path("/a")).err, ok);
    ASSERT_EQ(zk.exists(path("/a")).err, ok);
    ASSERT_EQ(zk.children(path("/a")).err, ok);
    ASSERT_EQ(zk.children2(path("/a")).err, ok);
    happen(path("/a"));
    EXPECT_EQ(zk.events(), event_list{});
}

TEST_P(watches_test, of_failed_reads_only_exists_leaves_one) {
    auto zk = open();
    EXPECT_EQ(zk.get(path("/a"), true).err, errc::no_node);
    EXPECT_EQ(zk.children(path("/a"), true).err, errc::no_node);
    EXPECT_EQ(zk.children2(path("/a"), true).err, errc::no_node);
    happen(path("/a"));
    EXPECT_EQ(zk.events(), event_list{});
    EXPECT_EQ(zk.exists(path("/b"), true).err, errc::no_node);
    happen(path("/b"));
    EXPECT_EQ(zk.events(), (event_list{"created " + path("/b")}));
}

TEST_P(watches_test, a_read_without_a_flag_leaves_an_earlier_watch_alone) {
    auto zk = open();
    ASSERT_EQ(zk.get(path(), true).err, ok);
    ASSERT_EQ(zk.get(path(), false).err, ok);
    ASSERT_EQ(zk.exists(path(), false).err, ok);
    ASSERT_EQ(zk.set(path(), "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path()}));
}

TEST_P(watches_test, several_on_one_node_are_told_once) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(path("/a")).err, ok);
    const auto watch = [&] {
        ASSERT_EQ(zk.get(path("/a"), true).err, ok);
        ASSERT_EQ(zk.get(path("/a"), true).err, ok);
        ASSERT_EQ(zk.exists(path("/a"), true).err, ok);
        ASSERT_EQ(zk.children(path("/a"), true).err, ok);
        ASSERT_EQ(zk.children2(path("/a"), true).err, ok);
    };
    watch();
    ASSERT_EQ(other.set(path("/a"), "x").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path("/a")}));
    watch();
    ASSERT_EQ(other.remove(path("/a")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"deleted " + path("/a")}));
    happen(path("/a"));
    EXPECT_EQ(zk.events(), event_list{}) << "the deletion has used up every kind";
}

TEST_P(watches_test, the_node_is_told_before_its_parent) {
    auto zk = open();
    auto other = open();
    const auto a = path("/a");
    zk.exists(a, true);
    zk.children(path(), true);
    ASSERT_EQ(other.create(a).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a, "children " + path()}));
    zk.exists(a, true);
    zk.children(path(), true);
    ASSERT_EQ(other.remove(a).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"deleted " + a, "children " + path()}));
}

TEST_P(watches_test, an_event_comes_before_the_reply_to_its_cause) {
    auto zk = open();
    const auto a = path("/a");
    zk.exists(a, true);
    zk.children(path(), true);
    ASSERT_EQ(zk.create(a).err, ok);
    EXPECT_EQ(zk.seen(), (event_list{"created " + a, "children " + path()}));
    zk.get(a, true);
    ASSERT_EQ(zk.set(a, "x").err, ok);
    EXPECT_EQ(zk.seen(), (event_list{"changed " + a}));
    zk.get(a, true);
    zk.children(path(), true);
    ASSERT_EQ(zk.remove(a).err, ok);
    EXPECT_EQ(zk.seen(), (event_list{"deleted " + a, "children " + path()}));
}

TEST_P(watches_test, an_event_comes_before_any_reply_that_knows_of_it) {
    auto zk = open();
    auto other = open();
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(zk.get(path(), true).err, ok);
        ASSERT_EQ(zk.seen(), event_list{});
        const auto changed = other.set(path(), std::to_string(i));
        const auto read = zk.get(path());
        ASSERT_EQ(read.data(), std::to_string(i));
        ASSERT_EQ(read.zxid, changed.zxid);
        ASSERT_EQ(zk.seen(), (event_list{"changed " + path()}));
    }
}

TEST_P(watches_test, the_reply_to_a_read_comes_before_what_its_watch_sees) {
    auto zk = open();
    auto other = open();
    const auto read = zk.send(opcode::get, wire::path_watch_request{path(), true});
    const auto write = zk.send(opcode::set, wire::set_data_request{path(), "x", -1});
    EXPECT_EQ(zk.receive(read).stat().version, 0);
    EXPECT_EQ(zk.seen(), event_list{});
    EXPECT_EQ(zk.receive(write).err, ok);
    EXPECT_EQ(zk.seen(), (event_list{"changed " + path()}));
}

TEST_P(watches_test, every_connection_is_told) {
    auto zk = open();
    std::vector<raw_session> watching;
    for (int i = 0; i < 20; ++i) {
        watching.push_back(open());
        ASSERT_EQ(watching.back().get(path(), true).err, ok);
    }
    ASSERT_EQ(zk.set(path(), "x").err, ok);
    EXPECT_EQ(zk.events(), event_list{}) << "it did not watch";
    for (auto& each : watching) {
        EXPECT_EQ(each.events(), (event_list{"changed " + path()}));
    }
}

TEST_P(watches_test, the_root_can_be_watched) {
    auto zk = open();
    zk.children("/", true);
    zk.get("/", true);
    ASSERT_EQ(zk.create("/zz-by-watches-test").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"children /"}));
    ASSERT_EQ(zk.set("/", "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed /"}));
    ASSERT_EQ(zk.remove("/zz-by-watches-test").err, ok);
}

TEST_P(watches_test, they_end_with_their_connection_even_if_the_session_goes_on) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    zk.get(path("/a"), true);
    zk.children(path(), true);
    zk.add_watch(path("/a"), 0);
    zk.add_watch(path("/a"), 1);
    zk.drop();
    auto again = open(zk.resumption());
    happen(path("/a"));
    EXPECT_EQ(again.events(), event_list{});
}

TEST_P(watches_test, the_end_of_a_session_deletes_its_ephemerals_like_anybody) {
    auto zk = open();
    auto owner = open();
    ASSERT_EQ(owner.create(path("/e1"), {.flags = 1}).err, ok);
    ASSERT_EQ(owner.create(path("/p")).err, ok);
    ASSERT_EQ(owner.create(path("/p/e2"), {.flags = 1}).err, ok);
    zk.exists(path("/e1"), true);
    zk.children(path("/p"), true);
    owner.exists(path("/e1"), true);
    ASSERT_EQ(owner.close().err, ok);
    EXPECT_EQ(owner.seen(), (event_list{"deleted " + path("/e1")})) << "the owner as well, before its reply";
    auto events = zk.events();
    std::sort(events.begin(), events.end());
    EXPECT_EQ(events, (event_list{"children " + path("/p"), "deleted " + path("/e1")}));
}

TEST_P(watches_test, one_session_can_have_many) {
    auto zk = open();
    auto other = open();
    constexpr int count = 10'000;
    std::vector<std::int32_t> pending;
    for (int i = 0; i < count; ++i) {
        pending.push_back(zk.send(opcode::exists, wire::path_watch_request{path("/n" + std::to_string(i)), true}));
        if (pending.size() == 100) {
            for (const auto xid : pending) {
                ASSERT_EQ(zk.receive(xid).err, errc::no_node);
            }
            pending.clear();
        }
    }
    parts all;
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        names.push_back(path("/n" + std::to_string(i)));
    }
    for (const auto& name : names) {
        all->create({name, "", open_acl(), 0});
    }
    event_list expected;
    for (const auto& name : names) {
        expected.push_back("created " + name);
    }
    ASSERT_EQ(other.call(opcode::multi, all.body()).err, ok);
    EXPECT_EQ(zk.events(), expected);
}

} // namespace
} // namespace zooid::test
