#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

// Watches set again after a reconnection: what has been missed is told at once, the rest is armed.

namespace zooid::test {
namespace {

using path_list = std::vector<std::string>;

class set_watches_test : public contract_test {
protected:
    static raw_reply set_watches(raw_session& zk, std::int64_t zxid, const path_list& data, const path_list& exist,
                                 const path_list& child) {
        return zk.call(opcode::set_watches, wire::set_watches_request{zxid, data, exist, child});
    }
    static raw_reply set_watches2(raw_session& zk, std::int64_t zxid, const path_list& persistent,
                                  const path_list& recursive) {
        return zk.call(opcode::set_watches2, wire::set_watches2_request{zxid, {}, {}, {}, persistent, recursive});
    }
};
ZOOID_CONTRACT(set_watches_test);

TEST_P(set_watches_test, what_has_been_missed_is_told_before_the_reply) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/same")).err, ok);
    ASSERT_EQ(zk.create(path("/changed")).err, ok);
    ASSERT_EQ(zk.create(path("/gone")).err, ok);
    ASSERT_EQ(zk.create(path("/parent")).err, ok);
    const auto zxid = zk.create(path("/still")).zxid;
    ASSERT_EQ(zk.set(path("/changed"), "x").err, ok);
    ASSERT_EQ(zk.remove(path("/gone")).err, ok);
    ASSERT_EQ(zk.create(path("/came")).err, ok);
    ASSERT_EQ(zk.create(path("/parent/child")).err, ok);
    auto other = open();
    const auto reply = set_watches(other, zxid, {path("/gone"), path("/same"), path("/changed")},
                                   {path("/missing"), path("/came")}, {path("/still"), path("/parent"), path("/gone")});
    EXPECT_EQ(reply.err, ok);
    EXPECT_TRUE(reply.body.empty());
    EXPECT_EQ(other.seen(),
              (event_list{"deleted " + path("/gone"), "changed " + path("/changed"), "created " + path("/came"),
                          "children " + path("/parent"), "deleted " + path("/gone")}));
    // The others are armed.
    ASSERT_EQ(zk.set(path("/same"), "x").err, ok);
    ASSERT_EQ(zk.create(path("/missing")).err, ok);
    ASSERT_EQ(zk.create(path("/still/child")).err, ok);
    EXPECT_EQ(other.events(),
              (event_list{"changed " + path("/same"), "created " + path("/missing"), "children " + path("/still")}));
    // And what was told is not.
    ASSERT_EQ(zk.set(path("/changed"), "y").err, ok);
    ASSERT_EQ(zk.set(path("/came"), "y").err, ok);
    ASSERT_EQ(zk.create(path("/parent/child2")).err, ok);
    ASSERT_EQ(zk.create(path("/gone")).err, ok);
    EXPECT_EQ(other.events(), event_list{});
}

TEST_P(set_watches_test, changes_up_to_the_given_id_are_old_news) {
    auto zk = open();
    const auto created = zk.create(path("/a")).zxid;
    const auto changed = zk.set(path("/a"), "x").zxid;
    const auto child = zk.create(path("/a/b")).zxid;
    const path_list a{path("/a")};
    auto other = open();
    EXPECT_EQ(set_watches(other, changed, a, {}, {}).err, ok);
    EXPECT_EQ(other.events(), event_list{});
    EXPECT_EQ(set_watches(other, changed - 1, a, {}, {}).err, ok);
    EXPECT_EQ(other.events(), (event_list{"changed " + path("/a")}));
    EXPECT_EQ(set_watches(other, child, {}, {}, a).err, ok);
    EXPECT_EQ(other.events(), event_list{});
    EXPECT_EQ(set_watches(other, child - 1, {}, {}, a).err, ok);
    EXPECT_EQ(other.events(), (event_list{"children " + path("/a")}));
    EXPECT_EQ(set_watches(other, created + 100, {}, a, {}).err, ok);
    EXPECT_EQ(other.events(), (event_list{"created " + path("/a")})) << "whenever that was";
}

TEST_P(set_watches_test, a_node_made_anew_looks_changed) {
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    ASSERT_EQ(zk.remove(path("/a")).err, ok);
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    auto other = open();
    EXPECT_EQ(set_watches(other, zxid, {path("/a")}, {}, {path("/a")}).err, ok);
    EXPECT_EQ(other.events(), (event_list{"changed " + path("/a"), "children " + path("/a")}));
}

TEST_P(set_watches_test, the_answer_carries_the_number_asked_with) {
    auto zk = open();
    for (const std::int32_t xid : {-8, 1234}) {
        zk.send_as(xid, opcode::set_watches, wire::set_watches_request{0, {}, {}, {}});
        EXPECT_EQ(zk.receive().xid, xid);
        zk.send_as(xid, opcode::set_watches2, wire::set_watches2_request{0, {}, {}, {}, {}, {}});
        EXPECT_EQ(zk.receive().xid, xid);
    }
}

TEST_P(set_watches_test, null_lists_are_refused) {
    auto zk = open();
    const auto null = wire::list<wire::path_ref>::null();
    EXPECT_EQ(zk.call(opcode::set_watches, wire::set_watches_request{0, null, {}, {}}).err, errc::marshalling_error);
    EXPECT_EQ(zk.call(opcode::set_watches, wire::set_watches_request{0, {}, {}, null}).err, errc::marshalling_error);
    EXPECT_EQ(zk.get(path()).err, ok);
}

TEST_P(set_watches_test, persistent_ones_are_armed_and_told_nothing_of_the_past) {
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    ASSERT_EQ(zk.create(path("/r")).err, ok);
    ASSERT_EQ(zk.set(path("/a"), "x").err, ok);
    ASSERT_EQ(zk.set(path("/r"), "x").err, ok);
    auto other = open();
    const auto reply = set_watches2(other, zxid, {path("/a"), path("/missing")}, {path("/r")});
    EXPECT_EQ(reply.err, ok);
    EXPECT_EQ(other.events(), event_list{});
    ASSERT_EQ(zk.set(path("/a"), "y").err, ok);
    ASSERT_EQ(zk.create(path("/a/b")).err, ok);
    ASSERT_EQ(zk.create(path("/r/b")).err, ok);
    ASSERT_EQ(zk.create(path("/missing")).err, ok);
    ASSERT_EQ(zk.set(path("/a"), "z").err, ok);
    EXPECT_EQ(other.events(), (event_list{"changed " + path("/a"), "children " + path("/a"), "created " + path("/r/b"),
                                          "created " + path("/missing"), "changed " + path("/a")}));
}

TEST_P(set_watches_test, the_second_form_takes_the_old_lists_as_well) {
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    ASSERT_EQ(zk.create(path("/a/b")).err, ok);
    ASSERT_EQ(zk.set(path("/a"), "x").err, ok);
    auto other = open();
    const path_list a{path("/a")};
    const path_list missing{path("/missing")};
    EXPECT_EQ(other.call(opcode::set_watches2, wire::set_watches2_request{zxid, a, missing, a, {}, {}}).err, ok);
    EXPECT_EQ(other.seen(), (event_list{"changed " + path("/a"), "children " + path("/a")}));
    ASSERT_EQ(zk.create(path("/missing")).err, ok);
    EXPECT_EQ(other.events(), (event_list{"created " + path("/missing")}));
}

TEST_P(set_watches_test, permissions_do_not_matter) {
    auto zk = open();
    const auto locked = only("digest", "somebody:else");
    const auto created = zk.create(path("/locked"), {.acl = &locked});
    EXPECT_EQ(zk.get(path("/locked")).err, errc::no_auth);
    EXPECT_EQ(set_watches(zk, created.zxid - 1, {path("/locked")}, {}, {}).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path("/locked")}));
}

} // namespace
} // namespace zooid::test
