#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

// Requests that stop an Apache ZooKeeper 3.8.0, or that it answers with nonsense. The embedded server refuses them.

namespace zooid::test {
namespace {

class fatal_requests_test : public contract_test {
protected:
    // The request is unimplemented and ends the connection, and it alone.
    void expect_refusal(raw_session& zk) const {
        const auto reply = zk.receive();
        EXPECT_EQ(reply.xid, 1);
        EXPECT_EQ(reply.zxid, -1);
        EXPECT_EQ(reply.err, errc::unimplemented);
        EXPECT_TRUE(reply.body.empty());
        EXPECT_TRUE(zk.ended());
        auto other = open();
        EXPECT_EQ(other.get(path()).err, ok);
    }
};
ZOOID_CONTRACT_OF_EMBEDDED(fatal_requests_test);

// A 3.8.0 never answers, and cannot read its own log afterwards.
TEST_P(fatal_requests_test, a_check_alone) {
    for (const std::int32_t version : {-1, 0, 7}) {
        auto zk = open();
        zk.send_as(1, opcode::check, wire::check_version_request{path(), version});
        expect_refusal(zk);
    }
}

// The process of a 3.8.0 ends.
TEST_P(fatal_requests_test, a_time_to_live_below_zero_for_a_node_without_one) {
    auto zk = open();
    for (std::int32_t flags = 0; flags <= 4; ++flags) {
        EXPECT_EQ(zk.create(path("/never"), {.flags = flags, .op = opcode::create_ttl, .ttl = -1}).err,
                  errc::bad_arguments)
            << flags;
    }
    EXPECT_EQ(zk.exists(path("/never")).err, errc::no_node);
}

// A 3.8.0 deletes the node, whoever asks.
TEST_P(fatal_requests_test, the_removal_of_a_container) {
    auto zk = open();
    zk.send_as(1, opcode::delete_container, wire::encoded_body{path()});
    expect_refusal(zk);
}

// A 3.8.0 answers with another handshake.
TEST_P(fatal_requests_test, a_session_within_a_session) {
    auto zk = open();
    for (const std::size_t size : {0U, 4U, 20U}) {
        const std::string timeout(size, '\x13');
        const auto reply = zk.call(opcode::create_session, wire::encoded_body{timeout});
        EXPECT_EQ(reply.err, errc::marshalling_error);
        EXPECT_TRUE(reply.body.empty());
    }
    EXPECT_EQ(zk.get(path()).err, ok);
}

} // namespace
} // namespace zooid::test
