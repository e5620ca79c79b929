#include "support/hex.hpp"
#include "unit/server/core_fixture.hpp"

// Byte for byte what Apache ZooKeeper 3.8.0 answers; only session ids, passwords and times are this server's own.

namespace zooid::server {
namespace {

using testing::hex;
using testing::to_hex;

/// A server whose zxids start from 0 and whose clock shows 1000 ms.
struct conversation {
    test_world world{{}, server_time{0s}};
    test_peer& peer = world.open();

    conversation() {
        peer.raw = true;
        world.at.wall = server_time{1s};
    }

    /// Sends hexadecimal bytes; the answer likewise.
    std::string exchange(std::string_view request) {
        peer.send(hex(request));
        return to_hex(peer.take_bytes());
    }

    /// Starts the session of the examples; returns id and password as bytes.
    std::pair<std::string, std::string> connect() {
        const std::string answer =
            hex(exchange("0000002d 00000000 0000000000000000 00002710 0000000000000000 00000010"
                         "00000000000000000000000000000000 00"));
        return {answer.substr(12, 8), answer.substr(24, 16)};
    }

    void create_a() {
        exchange(
            "00000036 00000001 00000001 00000002 2f61 00000005 68656c6c6f 00000001 0000001f 00000005 776f726c64"
            "00000006 616e796f6e65 00000000");
    }
};

TEST(worked_bytes, connect) {
    conversation c;
    c.peer.send(
        hex("0000002d 00000000 0000000000000000 00002710 0000000000000000 00000010"
            "00000000000000000000000000000000 00"));
    const std::string answer = c.peer.take_bytes();
    ASSERT_EQ(answer.size(), 41U);
    EXPECT_EQ(to_hex(answer.substr(0, 12)), to_hex(hex("00000025 00000000 00002710")));
    EXPECT_EQ(answer[12], '\1') << "server 1 issues ids that start with its number";
    EXPECT_EQ(to_hex(answer.substr(20, 4)), to_hex(hex("00000010")));
    EXPECT_NE(answer.substr(24, 16), std::string(16, '\0'));
    EXPECT_EQ(answer[40], '\0');
    EXPECT_EQ(c.world.core.last_zxid(), 1) << "a session takes a zxid";
}

TEST(worked_bytes, connect_as_old_clients_do) {
    conversation c;
    c.peer.send(
        hex("0000002c 00000000 0000000000000000 00002710 0000000000000000 00000010"
            "00000000000000000000000000000000"));
    EXPECT_EQ(c.peer.bytes().size(), 40U);
    EXPECT_EQ(to_hex(c.peer.bytes().substr(0, 4)), to_hex(hex("00000024")));
}

TEST(worked_bytes, create_twice) {
    conversation c;
    c.connect();
    EXPECT_EQ(c.exchange("00000036 00000001 00000001 00000002 2f61 00000005 68656c6c6f 00000001 0000001f 00000005"
                         "776f726c64 00000006 616e796f6e65 00000000"),
              to_hex(hex("00000016 00000001 0000000000000002 00000000 00000002 2f61")));
    EXPECT_EQ(c.exchange("00000036 00000002 00000001 00000002 2f61 00000005 68656c6c6f 00000001 0000001f 00000005"
                         "776f726c64 00000006 616e796f6e65 00000000"),
              to_hex(hex("00000010 00000002 0000000000000003 ffffff92")));
}

TEST(worked_bytes, get_with_watch_and_set) {
    conversation c;
    c.connect();
    c.create_a();
    EXPECT_EQ(
        c.exchange("0000000f 00000003 00000004 00000002 2f61 01"),
        to_hex(hex("0000005d 00000003 0000000000000002 00000000 00000005 68656c6c6f"
                   "0000000000000002 0000000000000002 00000000000003e8 00000000000003e8 00000000 00000000 00000000"
                   "0000000000000000 00000005 00000000 0000000000000002")));
    c.world.at.wall = server_time{2s};
    EXPECT_EQ(
        c.exchange("00000018 00000004 00000005 00000002 2f61 00000002 7631 00000000"),
        to_hex(hex("0000001e ffffffff ffffffffffffffff 00000000 00000003 00000003 00000002 2f61"
                   "00000054 00000004 0000000000000003 00000000"
                   "0000000000000002 0000000000000003 00000000000003e8 00000000000007d0 00000001 00000000 00000000"
                   "0000000000000000 00000002 00000000 0000000000000002")));
}

TEST(worked_bytes, failed_multi) {
    conversation c;
    c.connect();
    c.create_a();
    EXPECT_EQ(
        c.exchange("0000006a 00000005 0000000e 00000001 00 ffffffff 00000002 2f62 00000001 78 00000001 0000001f"
                   "00000005 776f726c64 00000006 616e796f6e65 00000000 0000000d 00 ffffffff 00000002 2f61 00000007"
                   "00000002 00 ffffffff 00000002 2f61 ffffffff ffffffff 01 ffffffff"),
        to_hex(hex("00000040 00000005 0000000000000003 00000000 ffffffff 00 00000000 00000000"
                   "ffffffff 00 ffffff99 ffffff99 ffffffff 00 fffffffe fffffffe ffffffff 01 ffffffff")));
}

TEST(worked_bytes, successful_multi) {
    conversation c;
    c.connect();
    c.create_a();
    EXPECT_EQ(c.exchange("00000082 00000006 0000000e 00000001 00 ffffffff 00000002 2f62 00000001 78 00000001 0000001f"
                         "00000005 776f726c64 00000006 616e796f6e65 00000000"
                         "00000005 00 ffffffff 00000002 2f61 00000001 79 00000000"
                         "0000000d 00 ffffffff 00000002 2f61 00000001"
                         "00000002 00 ffffffff 00000002 2f62 ffffffff ffffffff 01 ffffffff"),
              to_hex(hex("00000087 00000006 0000000000000003 00000000 00000001 00 00000000 00000002 2f62"
                         "00000005 00 00000000 0000000000000002 0000000000000003 00000000000003e8 00000000000003e8"
                         "00000001 00000000 00000000 0000000000000000 00000001 00000000 0000000000000002"
                         "0000000d 00 00000000 00000002 00 00000000 ffffffff 01 ffffffff")));
}

TEST(worked_bytes, ping_and_digest) {
    conversation c;
    c.connect();
    EXPECT_EQ(c.exchange("00000008 fffffffe 0000000b"), to_hex(hex("00000010 fffffffe 0000000000000001 00000000")));
    EXPECT_EQ(c.exchange("00000008 00000007 0000000b"), to_hex(hex("00000010 fffffffe 0000000000000001 00000000")))
        << "whatever the xid of the request";
    EXPECT_EQ(c.exchange("00000024 fffffffc 00000064 00000000 00000006 646967657374 0000000a 626f623a736563726574"),
              to_hex(hex("00000010 fffffffc 0000000000000000 00000000")));
}

TEST(worked_bytes, resume_and_set_watches) {
    conversation c;
    const auto [id, password] = c.connect();
    c.create_a(); // zxid 2
    c.world.lose(c.peer);
    test_peer& other = c.world.client(); // 3
    EXPECT_EQ(other.set("/a", "x"), 0);  // 4
    EXPECT_EQ(other.close_session(), 0); // 5
    test_peer& back = c.world.open();
    back.raw = true;
    back.send(hex("0000002d 00000000 0000000000000002 00002710") + id + hex("00000010") + password + hex("00"));
    EXPECT_EQ(to_hex(back.take_bytes()),
              to_hex(hex("00000025 00000000 00002710") + id + hex("00000010") + password + hex("00")));
    back.send(
        hex("00000030 fffffff8 00000065 0000000000000002 00000001 00000002 2f61 00000001 00000005 2f6e6f7065"
            "00000001 00000001 2f"));
    EXPECT_EQ(to_hex(back.take_bytes()),
              to_hex(hex("0000001e ffffffff ffffffffffffffff 00000000 00000003 00000003 00000002 2f61"
                         "00000010 fffffff8 0000000000000005 00000000")));
}

TEST(worked_bytes, children_of_the_root_and_a_recursive_watch) {
    conversation c;
    c.connect();
    c.create_a();
    c.peer.send(hex("0000000e 00000065 0000000c 00000001 2f 01"));
    const std::string answer = c.peer.take_bytes();
    const std::string a = hex("00000001 61");
    const std::string zookeeper = hex("00000009 7a6f6f6b6565706572");
    const std::string before = hex("0000006a 00000065 0000000000000002 00000000 00000002");
    const std::string after = hex("00*32 00*12 00*8 00000000 00000002 0000000000000002");
    const bool in_any_order = answer == before + a + zookeeper + after || answer == before + zookeeper + a + after;
    EXPECT_TRUE(in_any_order) << to_hex(answer);
    EXPECT_EQ(c.exchange("00000012 00000066 0000006a 00000002 2f61 00000001"),
              to_hex(hex("00000014 00000066 0000000000000002 00000000 00000000")));
}

TEST(worked_bytes, close_and_an_attempt_to_resume) {
    conversation c;
    const auto [id, password] = c.connect();
    EXPECT_EQ(c.exchange("00000008 00000067 fffffff5"), to_hex(hex("00000010 00000067 0000000000000002 00000000")));
    EXPECT_TRUE(c.peer.closed());
    test_peer& back = c.world.open();
    back.raw = true;
    back.send(hex("0000002d 00000000 0000000000000000 00002710") + id + hex("00000010") + password + hex("00"));
    EXPECT_EQ(to_hex(back.take_bytes()), to_hex(hex("00000025 00000000 00000000 0000000000000000 00000010"
                                                    "00000000000000000000000000000000 00")));
    EXPECT_TRUE(back.closed());
}

TEST(worked_bytes, unknown_operation) {
    conversation c;
    c.connect();
    EXPECT_EQ(c.exchange("00000008 00000001 00000037"), to_hex(hex("00000010 00000001 ffffffffffffffff fffffffa")));
    EXPECT_TRUE(c.peer.closed());
}

TEST(worked_bytes, a_deleted_node_with_a_watch_on_its_parent) {
    conversation c;
    c.connect();
    c.exchange(
        "00000037 00000001 00000001 00000003 2f7738 00000005 68656c6c6f 00000001 0000001f 00000005 776f726c64"
        "00000006 616e796f6e65 00000000");
    c.exchange("00000010 00000002 00000004 00000003 2f7738 01");
    c.exchange("0000000e 00000003 00000008 00000001 2f 01");
    EXPECT_EQ(c.exchange("00000013 00000004 00000002 00000003 2f7738 ffffffff"),
              to_hex(hex("0000001f ffffffff ffffffffffffffff 00000000 00000002 00000003 00000003 2f7738"
                         "0000001d ffffffff ffffffffffffffff 00000000 00000004 00000003 00000001 2f"
                         "00000010 00000004 0000000000000003 00000000")));
}

} // namespace
} // namespace zooid::server
