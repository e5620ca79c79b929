#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

// What a Stat says, and which requests take a transaction id.

namespace zooid::test {
namespace {

class stat_test : public contract_test {};
ZOOID_CONTRACT(stat_test);

TEST_P(stat_test, a_new_node) {
    auto zk = open();
    const auto reply = zk.create(path("/a"), {.data = "12345", .op = opcode::create2});
    const auto stat = reply.stat();
    EXPECT_EQ(stat.czxid, reply.zxid);
    EXPECT_EQ(stat.mzxid, reply.zxid);
    EXPECT_EQ(stat.pzxid, reply.zxid);
    EXPECT_EQ(stat.ctime, stat.mtime);
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    EXPECT_LT(std::chrono::abs(stat.ctime - now), std::chrono::minutes{1});
    EXPECT_EQ(stat.version, 0);
    EXPECT_EQ(stat.cversion, 0);
    EXPECT_EQ(stat.aversion, 0);
    EXPECT_EQ(stat.ephemeral_owner, 0);
    EXPECT_EQ(stat.data_length, 5);
    EXPECT_EQ(stat.num_children, 0);
}

TEST_P(stat_test, a_set_moves_version_mzxid_and_mtime_alone) {
    auto zk = open();
    const auto before = zk.create(path("/a"), {.op = opcode::create2}).stat();
    const auto reply = zk.set(path("/a"), "123");
    auto expected = before;
    expected.mzxid = reply.zxid;
    expected.mtime = reply.stat().mtime;
    expected.version = 1;
    expected.data_length = 3;
    EXPECT_EQ(reply.stat(), expected);
    EXPECT_GE(reply.stat().mtime, before.mtime);
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected);
}

TEST_P(stat_test, a_new_acl_moves_aversion_alone) {
    auto zk = open();
    auto expected = zk.create(path("/a"), {.op = opcode::create2}).stat();
    expected.aversion = 1;
    EXPECT_EQ(zk.set_acl(path("/a"), open_acl()).stat(), expected);
    EXPECT_EQ(zk.set_acl(path("/a"), open_acl(), 0).err, errc::bad_version);
    expected.aversion = 2;
    EXPECT_EQ(zk.set_acl(path("/a"), open_acl(), 1).stat(), expected);
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected);
}

TEST_P(stat_test, children_move_cversion_and_pzxid_of_their_parent) {
    auto zk = open();
    auto expected = zk.create(path("/a"), {.op = opcode::create2}).stat();
    const auto first = zk.create(path("/a/1"));
    expected.cversion = 1;
    expected.num_children = 1;
    expected.pzxid = first.zxid;
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected);
    const auto second = zk.create(path("/a/2"));
    expected.cversion = 2;
    expected.num_children = 2;
    expected.pzxid = second.zxid;
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected);
    ASSERT_EQ(zk.set(path("/a/2"), "x").err, ok);
    ASSERT_EQ(zk.create(path("/a/2/grandchild")).err, ok);
    ASSERT_EQ(zk.set_acl(path("/a/2"), open_acl()).err, ok);
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected) << "what children do is their own business";
    const auto gone = zk.remove(path("/a/1"));
    expected.cversion = 3;
    expected.num_children = 1;
    expected.pzxid = gone.zxid;
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected) << "a deletion counts as well";
    EXPECT_EQ(zk.create(path("/a/2")).err, errc::node_exists);
    EXPECT_EQ(zk.exists(path("/a")).stat(), expected) << "what failed changed nothing";
}

TEST_P(stat_test, a_node_made_anew_starts_anew) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a"), {.data = "old"}).err, ok);
    ASSERT_EQ(zk.set(path("/a"), "newer").err, ok);
    ASSERT_EQ(zk.create(path("/a/1")).err, ok);
    ASSERT_EQ(zk.remove(path("/a/1")).err, ok);
    ASSERT_EQ(zk.remove(path("/a")).err, ok);
    const auto reply = zk.create(path("/a"), {.op = opcode::create2});
    const auto stat = reply.stat();
    EXPECT_EQ(stat.czxid, reply.zxid);
    EXPECT_EQ(stat.pzxid, reply.zxid);
    EXPECT_EQ(stat.version, 0);
    EXPECT_EQ(stat.cversion, 0);
    EXPECT_EQ(stat.data_length, 0);
}

TEST_P(stat_test, an_ephemeral_names_its_session) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    EXPECT_EQ(other.exists(path("/e")).stat().ephemeral_owner, zk.id());
    EXPECT_EQ(other.get(path("/e")).stat().ephemeral_owner, zk.id());
}

TEST_P(stat_test, every_write_takes_one_transaction_id_even_if_it_fails) {
    auto zk = open();
    auto last = zk.create(path("/a")).zxid;
    const auto took = [&](const raw_reply& reply) { return reply.zxid - std::exchange(last, reply.zxid); };
    EXPECT_EQ(took(zk.set(path("/a"), "x")), 1);
    EXPECT_EQ(took(zk.set(path("/a"), "x", 99)), 1);
    EXPECT_EQ(took(zk.set(path("/missing"), "x")), 1);
    EXPECT_EQ(took(zk.set_acl(path("/a"), open_acl())), 1);
    EXPECT_EQ(took(zk.set_acl(path("/a"), {})), 1);
    EXPECT_EQ(took(zk.create(path("/a"))), 1);
    EXPECT_EQ(took(zk.create("/a//b")), 1);
    EXPECT_EQ(took(zk.create(path("/b"), {.flags = 77})), 1);
    EXPECT_EQ(took(zk.remove(path("/a"), 99)), 1);
    EXPECT_EQ(took(zk.remove(path("/a"))), 1);
    EXPECT_EQ(took(zk.remove(path("/a"))), 1);
    EXPECT_EQ(took(zk.call(opcode::set, wire::encoded_body{"short"})), 1);
    parts empty;
    EXPECT_EQ(took(zk.call(opcode::multi, empty.body())), 1);
}

TEST_P(stat_test, nothing_else_takes_one) {
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    EXPECT_EQ(zk.get(path("/a"), true).zxid, zxid);
    EXPECT_EQ(zk.get(path("/missing")).zxid, zxid);
    EXPECT_EQ(zk.exists(path("/b"), true).zxid, zxid);
    EXPECT_EQ(zk.children(path("/a"), true).zxid, zxid);
    EXPECT_EQ(zk.get_acl(path("/a")).zxid, zxid);
    EXPECT_EQ(zk.call(opcode::sync, wire::path_request{"/"}).zxid, zxid);
    EXPECT_EQ(zk.add_watch(path("/a"), 1).zxid, zxid);
    EXPECT_EQ(zk.remove_watches(path("/a"), 3).zxid, zxid);
    EXPECT_EQ(zk.ping().zxid, zxid);
    EXPECT_EQ(zk.add_auth("digest", "a:b").zxid, 0) << "an auth packet is told nothing";
    EXPECT_EQ(zk.call(opcode::who_am_i).zxid, zxid);
    EXPECT_EQ(zk.call(opcode::set_watches, wire::set_watches_request{zxid, {}, {}, {}}).zxid, zxid);
    EXPECT_EQ(zk.set(path("/a"), "x").zxid, zxid + 1);
}

TEST_P(stat_test, sessions_take_one_when_they_begin_and_one_when_they_end) {
    auto zk = open();
    const auto zxid = zk.create(path("/a")).zxid;
    {
        auto other = open();
        EXPECT_EQ(zk.ping().zxid, zxid + 1);
        other.drop();
        auto again = open(other.resumption());
        EXPECT_EQ(zk.ping().zxid, zxid + 1) << "resuming takes none";
        EXPECT_EQ(again.close().zxid, zxid + 2);
        EXPECT_TRUE(again.ended());
    }
    EXPECT_EQ(zk.set(path("/a"), "x").zxid, zxid + 3);
}

} // namespace
} // namespace zooid::test
