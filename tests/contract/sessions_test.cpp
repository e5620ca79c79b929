#include "contract/contract_test.hpp"
#include "contract/raw_connection.hpp"
#include "support/eventually.hpp"
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// How sessions live and end.

namespace zooid::test {
namespace {

class sessions_test : public contract_test {
protected:
    using clock = std::chrono::steady_clock;

    // Waits until the node is gone.
    void wait_until_gone(raw_session& zk, const std::string& where) const {
        ASSERT_TRUE(eventually([&] { return zk.exists(where).err == errc::no_node; })) << where;
    }
};
ZOOID_CONTRACT(sessions_test);

TEST_P(sessions_test, a_silent_session_expires_and_its_connection_is_closed_without_a_word) {
    auto observer = open();
    const auto before = clock::now();
    auto zk = open({.timeout = 1000});
    ASSERT_EQ(zk.create(path("/e1"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/e2"), {.flags = 1}).err, ok);
    observer.exists(path("/e1"), true);
    EXPECT_TRUE(zk.ended());
    EXPECT_GE(clock::now() - before, std::chrono::milliseconds{1000}) << "never early";
    EXPECT_EQ(observer.await_events(), (event_list{"deleted " + path("/e1")}));
    EXPECT_EQ(observer.exists(path("/e2")).err, errc::no_node);
    // Both went in one transaction.
    EXPECT_EQ(observer.exists(path()).stat().cversion, 4);
    EXPECT_EQ(observer.exists(path()).stat().pzxid, observer.ping().zxid);
    raw_connection returning(server().port());
    returning.send(encoded(zk.resumption()));
    const auto answer = read_welcome(returning);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->timeout, 0);
    EXPECT_EQ(answer->id, 0);
    EXPECT_TRUE(returning.ended());
}

TEST_P(sessions_test, a_session_without_a_connection_expires_as_well) {
    auto observer = open();
    auto zk = open({.timeout = 1000});
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    const auto before = clock::now();
    zk.drop();
    EXPECT_EQ(observer.exists(path("/e")).err, ok) << "the end of a connection ends no session";
    wait_until_gone(observer, path("/e"));
    EXPECT_GE(clock::now() - before, std::chrono::milliseconds{500});
}

TEST_P(sessions_test, pings_and_any_other_request_keep_one_alive) {
    auto observer = open();
    auto pinging = open({.timeout = 1000});
    auto reading = open({.timeout = 1000});
    auto silent = open({.timeout = 1000});
    ASSERT_EQ(pinging.create(path("/pinging"), {.flags = 1}).err, ok);
    ASSERT_EQ(reading.create(path("/reading"), {.flags = 1}).err, ok);
    ASSERT_EQ(silent.create(path("/silent"), {.flags = 1}).err, ok);
    // For as long as it takes another session to expire, twice.
    ASSERT_TRUE(eventually([&] {
        EXPECT_EQ(pinging.ping().err, ok);
        EXPECT_EQ(reading.get(path("/missing")).err, errc::no_node);
        return observer.exists(path("/silent")).err == errc::no_node;
    }));
    auto silent_too = open({.timeout = 1000});
    ASSERT_EQ(silent_too.create(path("/silent"), {.flags = 1}).err, ok);
    ASSERT_TRUE(eventually([&] {
        EXPECT_EQ(pinging.ping().err, ok);
        EXPECT_EQ(reading.call(opcode::sync, wire::path_request{"/"}).err, ok);
        return observer.exists(path("/silent")).err == errc::no_node;
    }));
    EXPECT_EQ(observer.exists(path("/pinging")).err, ok);
    EXPECT_EQ(observer.exists(path("/reading")).err, ok);
}

TEST_P(sessions_test, a_resumed_session_lives_by_its_new_timeout) {
    auto observer = open();
    auto zk = open({.timeout = 1000});
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    auto how = zk.resumption();
    how.timeout = 30'000;
    zk.drop();
    auto again = open(how);
    auto silent = open({.timeout = 1000});
    ASSERT_EQ(silent.create(path("/silent"), {.flags = 1}).err, ok);
    wait_until_gone(observer, path("/silent"));
    EXPECT_EQ(observer.exists(path("/e")).err, ok);
    EXPECT_EQ(again.get(path()).err, ok);
}

TEST_P(sessions_test, a_closed_session_is_answered_and_then_the_connection_ends) {
    auto zk = open();
    const auto zxid = zk.create(path("/e"), {.flags = 1}).zxid;
    const auto closing = zk.send(opcode::close_session);
    const auto late = zk.send(opcode::set, wire::set_data_request{path(), "too late", -1});
    const auto reply = zk.receive(closing);
    EXPECT_EQ(reply.err, ok);
    EXPECT_EQ(reply.zxid, zxid + 1);
    EXPECT_TRUE(reply.body.empty());
    // ZooKeeper does not always get to refusing what came behind.
    const std::string rest = zk.connection().rest();
    if (!rest.empty()) {
        wire::reply_header refusal;
        ASSERT_TRUE(wire::decode(std::string_view(rest).substr(wire::frame_prefix_size), refusal));
        EXPECT_EQ(refusal.xid, late);
        EXPECT_EQ(refusal.err, static_cast<std::int32_t>(errc::session_expired));
    }
    auto observer = open();
    EXPECT_EQ(observer.exists(path("/e")).err, errc::no_node);
    EXPECT_EQ(observer.get(path()).data(), "");
}

TEST_P(sessions_test, requests_before_the_closing_are_all_answered) {
    auto zk = open();
    std::vector<std::int32_t> xids;
    for (int i = 0; i < 200; ++i) {
        xids.push_back(zk.send(opcode::set, wire::set_data_request{path(), std::to_string(i), -1}));
        xids.push_back(zk.send(opcode::get, wire::path_watch_request{path(), false}));
    }
    xids.push_back(zk.send(opcode::close_session));
    for (const auto xid : xids) {
        ASSERT_EQ(zk.receive(xid).err, ok);
    }
    EXPECT_TRUE(zk.ended());
}

TEST_P(sessions_test, what_was_sent_before_a_connection_broke_is_done) {
    auto zk = open();
    for (int i = 0; i < 100; ++i) {
        zk.send(opcode::create, wire::create_request{path("/n-"), "", open_acl(), 2});
    }
    zk.connection().finish_sending();
    auto observer = open();
    EXPECT_TRUE(eventually([&] { return observer.children(path()).names().size() == 100; }));
    zk.drop();
}

TEST_P(sessions_test, an_ephemeral_can_be_deleted_by_anybody) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    EXPECT_EQ(other.remove(path("/e")).err, ok);
    ASSERT_EQ(other.create(path("/e"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.close().err, ok);
    EXPECT_EQ(other.exists(path("/e")).stat().ephemeral_owner, other.id()) << "it belongs to the other now";
}

TEST_P(sessions_test, one_connection_does_not_disturb_another) {
    auto zk = open();
    for (int i = 0; i < 20; ++i) {
        auto garbage = open();
        garbage.connection().send("\x7f\xff\xff\xff");
        EXPECT_TRUE(garbage.ended());
        auto dropped = open();
        dropped.send(opcode::get, wire::path_watch_request{path(), true});
        dropped.drop();
        raw_connection silent(server().port());
        raw_connection half(server().port());
        half.send(encoded({}).substr(0, 20));
        ASSERT_EQ(zk.set(path(), std::to_string(i), i).err, ok);
    }
}

} // namespace
} // namespace zooid::test
