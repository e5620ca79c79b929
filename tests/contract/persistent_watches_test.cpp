#include "contract/contract_test.hpp"
#include "wire/replies.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

// Watches that stay, alone and beside one-shot ones, and how watches are taken back.

namespace zooid::test {
namespace {

constexpr std::int32_t persistent = 0;
constexpr std::int32_t recursive = 1;
constexpr std::int32_t children = 1;
constexpr std::int32_t data = 2;
constexpr std::int32_t any = 3;

class persistent_watches_test : public contract_test {
protected:
    void SetUp() override {
        contract_test::SetUp();
        if (!IsSkipped()) {
            a_ = path("/a");
        }
    }
    [[nodiscard]] const std::string& a() const { return a_; }
    [[nodiscard]] std::string a(const std::string& below) const { return a_ + below; }

private:
    std::string a_;
};
ZOOID_CONTRACT(persistent_watches_test);

TEST_P(persistent_watches_test, asking_for_one_is_answered_with_a_zero) {
    auto zk = open();
    for (const std::int32_t mode : {persistent, recursive}) {
        const auto reply = zk.add_watch(a(), mode);
        EXPECT_EQ(reply.err, ok) << "the node need not exist";
        EXPECT_EQ(reply.as<wire::error_response>().err, 0);
    }
    for (const std::int32_t mode : {2, 3, -1, 100}) {
        EXPECT_EQ(zk.add_watch(a(), mode).err, errc::marshalling_error) << mode;
    }
    EXPECT_EQ(zk.get(path()).err, ok);
}

TEST_P(persistent_watches_test, a_persistent_one_sees_its_node_and_its_children_come_and_go_for_ever) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.add_watch(a(), persistent).err, ok);
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(other.create(a()).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"created " + a()}));
        ASSERT_EQ(other.set(a(), "1").err, ok);
        ASSERT_EQ(other.set(a(), "2").err, ok);
        EXPECT_EQ(zk.events(), (event_list{"changed " + a(), "changed " + a()}));
        ASSERT_EQ(other.create(a("/b")).err, ok);
        ASSERT_EQ(other.set(a("/b"), "1").err, ok);
        ASSERT_EQ(other.create(a("/b/c")).err, ok);
        ASSERT_EQ(other.remove(a("/b/c")).err, ok);
        ASSERT_EQ(other.remove(a("/b")).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"children " + a(), "children " + a()}));
        ASSERT_EQ(other.set_acl(a(), open_acl()).err, ok);
        EXPECT_EQ(zk.events(), event_list{});
        ASSERT_EQ(other.remove(a()).err, ok);
        EXPECT_EQ(zk.events(), (event_list{"deleted " + a()}));
    }
}

TEST_P(persistent_watches_test, a_recursive_one_sees_every_descendant_but_no_lists_of_children) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.add_watch(a(), recursive).err, ok);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(other.create(a()).err, ok);
        ASSERT_EQ(other.create(a("/b")).err, ok);
        ASSERT_EQ(other.create(a("/b/c")).err, ok);
        ASSERT_EQ(other.set(a("/b/c"), "1").err, ok);
        ASSERT_EQ(other.create(path("/ab")).err, ok);
        ASSERT_EQ(other.remove(path("/ab")).err, ok);
        ASSERT_EQ(other.remove(a("/b/c")).err, ok);
        ASSERT_EQ(other.remove(a("/b")).err, ok);
        ASSERT_EQ(other.set(a(), "1").err, ok);
        ASSERT_EQ(other.remove(a()).err, ok);
        EXPECT_EQ(zk.events(),
                  (event_list{"created " + a(), "created " + a("/b"), "created " + a("/b/c"), "changed " + a("/b/c"),
                              "deleted " + a("/b/c"), "deleted " + a("/b"), "changed " + a(), "deleted " + a()}));
    }
}

TEST_P(persistent_watches_test, a_recursive_one_on_the_root_sees_everything) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.add_watch("/", recursive).err, ok);
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(other.create("/zookeeper/by-persistent-watches-test").err, ok);
    ASSERT_EQ(other.remove("/zookeeper/by-persistent-watches-test").err, ok);
    ASSERT_EQ(other.set("/", "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a(), "created /zookeeper/by-persistent-watches-test",
                                       "deleted /zookeeper/by-persistent-watches-test", "changed /"}));
}

TEST_P(persistent_watches_test, several_that_match_are_told_once) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.add_watch(path(), recursive).err, ok);
    ASSERT_EQ(zk.add_watch(a(), recursive).err, ok);
    ASSERT_EQ(zk.add_watch(a("/b"), persistent).err, ok);
    ASSERT_EQ(zk.exists(a("/b/c"), true).err, errc::no_node);
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(other.create(a("/b")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a(), "created " + a("/b")}));
    ASSERT_EQ(other.create(a("/b/c")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a("/b/c"), "children " + a("/b")}));
}

TEST_P(persistent_watches_test, a_child_watch_below_a_recursive_one_is_served_as_well) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(zk.add_watch(path(), recursive).err, ok);
    ASSERT_EQ(zk.children(a(), true).err, ok);
    ASSERT_EQ(other.create(a("/b")).err, ok);
    ASSERT_EQ(other.create(a("/c")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a("/b"), "children " + a(), "created " + a("/c")}));
}

TEST_P(persistent_watches_test, the_mode_set_last_counts) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(zk.add_watch(a(), recursive).err, ok);
    ASSERT_EQ(zk.add_watch(a(), persistent).err, ok);
    ASSERT_EQ(other.create(a("/b")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"children " + a()}));
    ASSERT_EQ(zk.add_watch(a(), recursive).err, ok);
    ASSERT_EQ(other.create(a("/c")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a("/c")}));
}

TEST_P(persistent_watches_test, a_one_shot_watch_takes_the_place_of_a_persistent_one) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(zk.add_watch(a(), persistent).err, ok);
    ASSERT_EQ(zk.get(a(), true).err, ok);
    ASSERT_EQ(other.set(a(), "1").err, ok);
    ASSERT_EQ(other.set(a(), "2").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + a()})) << "as up to 3.8";
    ASSERT_EQ(other.create(a("/b")).err, ok);
    ASSERT_EQ(other.create(a("/c")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"children " + a(), "children " + a()})) << "children are another table";
}

TEST_P(persistent_watches_test, a_one_shot_child_watch_leaves_a_recursive_one_whole) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(other.create(a()).err, ok);
    ASSERT_EQ(zk.add_watch(a(), recursive).err, ok);
    ASSERT_EQ(zk.children(a(), true).err, ok);
    ASSERT_EQ(other.create(a("/b")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a("/b"), "children " + a()}));
    ASSERT_EQ(other.create(a("/c")).err, ok);
    ASSERT_EQ(other.set(a(), "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a("/c"), "changed " + a()}));
}

// ---- removal ------------------------------------------------------------------------------------------------------

TEST_P(persistent_watches_test, what_is_not_there_cannot_be_removed) {
    auto zk = open();
    ASSERT_EQ(zk.create(a()).err, ok);
    for (const std::int32_t type : {children, data, any}) {
        EXPECT_EQ(zk.remove_watches(a(), type).err, errc::no_watcher) << type;
        EXPECT_EQ(zk.check_watches(a(), type).err, errc::no_watcher) << type;
    }
    for (const std::int32_t type : {0, 6, -1}) {
        EXPECT_EQ(zk.remove_watches(a(), type).err, errc::marshalling_error) << type;
        EXPECT_EQ(zk.check_watches(a(), type).err, errc::marshalling_error) << type;
    }
    auto other = open();
    ASSERT_EQ(other.get(a(), true).err, ok);
    EXPECT_EQ(zk.remove_watches(a(), any).err, errc::no_watcher) << "another connection's does not count";
    ASSERT_EQ(zk.set(a(), "").err, ok);
    EXPECT_EQ(other.events(), (event_list{"changed " + a()}));
}

TEST_P(persistent_watches_test, checking_removes_nothing) {
    auto zk = open();
    ASSERT_EQ(zk.create(a()).err, ok);
    ASSERT_EQ(zk.get(a(), true).err, ok);
    const auto reply = zk.check_watches(a(), data);
    EXPECT_EQ(reply.err, ok);
    EXPECT_TRUE(reply.body.empty());
    EXPECT_EQ(zk.check_watches(a(), any).err, ok);
    EXPECT_EQ(zk.check_watches(a(), children).err, errc::no_watcher);
    ASSERT_EQ(zk.set(a(), "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + a()}));
    EXPECT_EQ(zk.check_watches(a(), any).err, errc::no_watcher) << "it has fired";
}

TEST_P(persistent_watches_test, data_and_child_watches_are_removed_by_their_type) {
    auto zk = open();
    ASSERT_EQ(zk.create(a()).err, ok);
    const auto watch = [&] {
        ASSERT_EQ(zk.get(a(), true).err, ok);
        ASSERT_EQ(zk.children(a(), true).err, ok);
    };
    watch();
    const auto removed = zk.remove_watches(a(), data);
    EXPECT_EQ(removed.err, ok);
    EXPECT_TRUE(removed.body.empty());
    EXPECT_EQ(zk.remove_watches(a(), data).err, errc::no_watcher);
    ASSERT_EQ(zk.set(a(), "").err, ok);
    ASSERT_EQ(zk.create(a("/b")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"children " + a()}));
    watch();
    EXPECT_EQ(zk.remove_watches(a(), children).err, ok);
    ASSERT_EQ(zk.create(a("/c")).err, ok);
    ASSERT_EQ(zk.set(a(), "").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + a()}));
    watch();
    EXPECT_EQ(zk.remove_watches(a(), any).err, ok);
    ASSERT_EQ(zk.create(a("/d")).err, ok);
    ASSERT_EQ(zk.set(a(), "").err, ok);
    EXPECT_EQ(zk.events(), event_list{});
    EXPECT_EQ(zk.exists(path("/missing"), true).err, errc::no_node);
    EXPECT_EQ(zk.remove_watches(path("/missing"), data).err, ok) << "an exists watch is a data watch";
    ASSERT_EQ(zk.create(path("/missing")).err, ok);
    EXPECT_EQ(zk.events(), event_list{});
}

TEST_P(persistent_watches_test, persistent_ones_are_removed_as_a_whole_or_by_half) {
    auto zk = open();
    ASSERT_EQ(zk.create(a()).err, ok);
    for (const std::int32_t mode : {persistent, recursive}) {
        ASSERT_EQ(zk.add_watch(a(), mode).err, ok);
        EXPECT_EQ(zk.check_watches(a(), any).err, ok);
        EXPECT_EQ(zk.remove_watches(a(), any).err, ok);
        EXPECT_EQ(zk.check_watches(a(), any).err, errc::no_watcher);
        ASSERT_EQ(zk.set(a(), "").err, ok);
        ASSERT_EQ(zk.create(a("/b")).err, ok);
        ASSERT_EQ(zk.remove(a("/b")).err, ok);
        EXPECT_EQ(zk.events(), event_list{});
    }
    ASSERT_EQ(zk.add_watch(a(), persistent).err, ok);
    EXPECT_EQ(zk.remove_watches(a(), data).err, ok) << "as up to 3.8";
    ASSERT_EQ(zk.set(a(), "").err, ok);
    ASSERT_EQ(zk.create(a("/b")).err, ok);
    ASSERT_EQ(zk.create(a("/c")).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"children " + a(), "children " + a()}));
}

} // namespace
} // namespace zooid::test
