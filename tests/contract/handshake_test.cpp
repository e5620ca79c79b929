#include "contract/contract_test.hpp"
#include "contract/raw_connection.hpp"
#include "support/hex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The first frame each way: sessions granted, resumed and refused.

namespace zooid::test {
namespace {

using testing::hex;

class handshake_test : public contract_test {
protected:
    // What the server answers to an introduction, and whether it hangs up afterwards.
    void expect_refusal(const introduction& how) const {
        raw_connection peer(server().port());
        peer.send(encoded(how));
        const auto answer = read_welcome(peer);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->protocol, 0);
        EXPECT_EQ(answer->timeout, 0);
        EXPECT_EQ(answer->id, 0);
        EXPECT_EQ(answer->password, std::string(16, '\0'));
        EXPECT_TRUE(peer.ended());
    }
};
ZOOID_CONTRACT(handshake_test);

TEST_P(handshake_test, a_new_session_has_an_id_and_a_password) {
    auto one = open();
    auto two = open();
    EXPECT_EQ(one.granted().protocol, 0);
    EXPECT_EQ(one.granted().read_only, false);
    EXPECT_NE(one.id(), 0);
    EXPECT_NE(one.id(), two.id());
    EXPECT_EQ(one.granted().password.size(), 16U);
    EXPECT_NE(one.granted().password, two.granted().password);
    EXPECT_NE(one.granted().password, std::string(16, '\0'));
}

TEST_P(handshake_test, the_timeout_is_brought_into_the_bounds) {
    for (const auto& [wanted, granted] : {std::pair{1, 1000},
                                          {1000, 1000},
                                          {1234, 1234},
                                          {30'000, 30'000},
                                          {30'001, 30'000},
                                          {2'147'483'647, 30'000},
                                          {0, 1000},
                                          {-5, 1000}}) {
        EXPECT_EQ(open({.timeout = wanted}).granted().timeout, granted) << wanted;
    }
}

TEST_P(handshake_test, the_answer_has_a_flag_only_if_the_request_had) {
    for (const bool with_flag : {true, false}) {
        raw_connection peer(server().port());
        introduction how;
        how.read_only = with_flag ? std::optional(false) : std::nullopt;
        const auto bytes = encoded(how);
        EXPECT_EQ(bytes.size(), with_flag ? 49U : 48U);
        peer.send(bytes);
        const auto answer = peer.frame();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->size(), with_flag ? 37U : 36U);
        peer.send(hex("00 00 00 08 00 00 00 01 ff ff ff f5"));
        EXPECT_TRUE(peer.frame());
        EXPECT_TRUE(peer.ended());
    }
}

TEST_P(handshake_test, a_new_session_may_come_with_any_password) {
    for (const auto& password :
         {std::optional<std::string>{}, std::optional<std::string>{""}, std::optional<std::string>{"short"},
          std::optional<std::string>{std::string(16, 'x')}, std::optional<std::string>{std::string(100, 'x')}}) {
        auto zk = open({.password = password});
        EXPECT_NE(zk.id(), 0);
        EXPECT_EQ(zk.granted().password.size(), 16U);
    }
}

TEST_P(handshake_test, a_client_that_would_do_with_a_read_only_server_gets_this_one) {
    auto zk = open({.read_only = true});
    EXPECT_EQ(zk.granted().read_only, false);
    EXPECT_EQ(zk.set(path(), "x").err, ok);
}

TEST_P(handshake_test, the_version_of_the_protocol_is_not_looked_at) {
    raw_connection peer(server().port());
    auto bytes = encoded({});
    bytes[7] = 9;
    peer.send(bytes);
    const auto answer = read_welcome(peer);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->protocol, 0);
    EXPECT_NE(answer->timeout, 0);
    peer.send(hex("00 00 00 08 00 00 00 01 ff ff ff f5"));
    EXPECT_TRUE(peer.frame());
}

TEST_P(handshake_test, requests_sent_along_are_answered_after_it) {
    raw_connection peer(server().port());
    wire::buffer rest;
    wire::put_request(rest, -4, opcode::auth, wire::auth_packet{0, "digest", "bob:secret"});
    wire::put_request(rest, -8, opcode::set_watches, wire::set_watches_request{0, {}, {}, {}});
    wire::put_request(rest, 1, opcode::set, wire::set_data_request{path(), "x", -1});
    wire::put_request(rest, 2, opcode::get, wire::path_watch_request{path(), false});
    wire::put_request(rest, 3, opcode::close_session);
    peer.send(encoded({}) + std::string(rest.view()));
    const auto answer = read_welcome(peer);
    ASSERT_TRUE(answer);
    EXPECT_NE(answer->id, 0);
    int authenticated = 0;
    std::vector<std::int32_t> order;
    while (const auto frame = peer.frame()) {
        const auto reply = decode_reply(*frame);
        EXPECT_EQ(reply.err, ok) << reply.xid;
        if (reply.xid == -4) { // may overtake the others
            ++authenticated;
            continue;
        }
        order.push_back(reply.xid);
        if (reply.xid == 2) {
            EXPECT_EQ(reply.data(), "x");
        }
    }
    EXPECT_EQ(authenticated, 1);
    EXPECT_EQ(order, (std::vector<std::int32_t>{-8, 1, 2, 3}));
}

TEST_P(handshake_test, a_client_that_has_seen_the_future_is_sent_away_without_a_word) {
    auto zk = open();
    const auto zxid = zk.set(path(), "x").zxid;
    for (const std::int64_t seen : {zxid + 1000, std::int64_t{0x7fff'ffff'ffff'ffff}}) {
        raw_connection peer(server().port());
        peer.send(encoded({.last_zxid = seen}));
        EXPECT_TRUE(peer.ended());
        raw_connection returning(server().port());
        returning.send(encoded(zk.resumption(seen)));
        EXPECT_TRUE(returning.ended());
    }
    EXPECT_EQ(zk.set(path(), "y").err, ok) << "its connection has not been touched";
    EXPECT_EQ(open({.last_zxid = zxid}).set(path(), "z").err, ok);
}

// ---- resumption ---------------------------------------------------------------------------------------------------

TEST_P(handshake_test, a_session_goes_on_on_another_connection) {
    auto zk = open({.timeout = 5000});
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    const auto zxid = zk.ping().zxid;
    zk.drop();
    auto again = open(zk.resumption(zxid));
    EXPECT_EQ(again.id(), zk.id());
    EXPECT_EQ(again.granted().password, zk.granted().password);
    EXPECT_EQ(again.granted().timeout, 5000);
    EXPECT_EQ(again.exists(path("/e")).stat().ephemeral_owner, zk.id());
    EXPECT_EQ(again.create(path("/e2"), {.flags = 1}).err, ok);
}

TEST_P(handshake_test, the_timeout_is_negotiated_anew) {
    auto zk = open({.timeout = 5000});
    auto how = zk.resumption();
    how.timeout = 8000;
    zk.drop();
    auto again = open(how);
    EXPECT_EQ(again.granted().timeout, 8000);
    EXPECT_EQ(again.id(), zk.id());
}

TEST_P(handshake_test, a_new_connection_ends_the_old_one) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    auto again = open(zk.resumption());
    EXPECT_TRUE(zk.ended());
    EXPECT_EQ(again.exists(path("/e")).err, ok);
    EXPECT_EQ(again.get(path()).err, ok);
}

TEST_P(handshake_test, a_wrong_password_is_refused_and_costs_the_connection_but_not_the_session) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    auto wrong = zk.resumption();
    for (const auto& password : {std::optional(std::string(16, '\0')), std::optional(std::string(16, 'x')),
                                 std::optional<std::string>(""), std::optional(std::string(15, 'x'))}) {
        wrong.password = password;
        expect_refusal(wrong);
    }
    EXPECT_TRUE(zk.ended());
    auto again = open(zk.resumption());
    EXPECT_EQ(again.id(), zk.id());
    EXPECT_EQ(again.exists(path("/e")).err, ok);
}

TEST_P(handshake_test, a_session_that_never_was_is_refused) {
    expect_refusal({.id = 0x0123'4567'89ab'cdef, .password = std::string(16, 'x')});
    expect_refusal({.id = -1});
    expect_refusal({.id = 1, .password = std::nullopt});
}

TEST_P(handshake_test, a_session_that_was_closed_is_refused) {
    auto zk = open();
    ASSERT_EQ(zk.close().err, ok);
    EXPECT_TRUE(zk.ended());
    expect_refusal(zk.resumption());
}

} // namespace
} // namespace zooid::test
