#include "contract/contract_test.hpp"
#include "contract/raw_connection.hpp"
#include "support/hex.hpp"
#include "wire/records.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// Frames: their limits, their order, and what is done to those that make no sense.

namespace zooid::test {
namespace {

using testing::hex;

constexpr std::size_t largest_frame = 1'048'575;

class framing_test : public contract_test {
protected:
    // A set request for "/cN" whose frame has this many bytes of payload.
    std::string set_of_size(std::size_t size) const {
        const std::size_t overhead = 8 + 4 + path().size() + 4 + 4;
        wire::buffer out;
        wire::put_request(out, 7, opcode::set,
                          wire::set_data_request{path(), std::string_view(filler_).substr(0, size - overhead), -1});
        return std::string(out.view());
    }

    std::string filler_ = std::string(largest_frame + 1, 'x');
};
ZOOID_CONTRACT(framing_test);

TEST_P(framing_test, the_largest_frame_is_accepted_and_its_node_comes_back_in_a_larger_one) {
    auto zk = open();
    zk.connection().send(set_of_size(largest_frame));
    const auto reply = zk.receive(7);
    ASSERT_EQ(reply.err, ok);
    const auto length = static_cast<std::size_t>(reply.stat().data_length);
    EXPECT_EQ(length, largest_frame - 8 - 4 - path().size() - 4 - 4);
    const auto read = zk.get(path());
    ASSERT_EQ(read.err, ok);
    EXPECT_EQ(read.data(), filler_.substr(0, length));
    EXPECT_GT(read.body.size() + 16, largest_frame);
}

TEST_P(framing_test, a_larger_frame_ends_the_connection_without_an_answer) {
    auto zk = open();
    zk.connection().send(set_of_size(largest_frame + 1));
    EXPECT_TRUE(zk.ended());
    auto other = open();
    EXPECT_EQ(other.get(path()).stat().version, 0);
}

TEST_P(framing_test, a_length_alone_is_enough_to_refuse_a_frame) {
    for (const char* length : {"00 10 00 00", "7f ff ff ff", "ff ff ff ff", "80 00 00 00"}) {
        auto zk = open();
        zk.connection().send(hex(length));
        EXPECT_TRUE(zk.ended()) << length;
    }
}

TEST_P(framing_test, a_first_frame_that_is_no_handshake_ends_the_connection_silently) {
    const std::string frames[] = {
        hex("00 00 00 00"),                      // empty
        hex("00 00 00 04 00 00 00 00"),          // cut short
        framed(std::string(27, '\0')),           // too short even for an empty password
        hex("ff ff ff ff"),                      // a negative length
        hex("00 10 00 00"),                      // too long
        "GET / HTTP/1.1\r\n\r\n",                // far too long
        hex("16 03 01 02 00 01 00 01 fc 03 03"), // TLS
    };
    for (const auto& bytes : frames) {
        raw_connection peer(server().port());
        peer.send(bytes);
        EXPECT_TRUE(peer.ended()) << bytes.size() << " bytes";
    }
}

TEST_P(framing_test, a_frame_without_a_whole_header_ends_the_connection) {
    for (const char* bytes : {"00 00 00 00", "00 00 00 01 00", "00 00 00 04 00 00 00 01", "00 00 00 07 00*7"}) {
        auto zk = open();
        zk.connection().send(hex(bytes));
        EXPECT_TRUE(zk.ended()) << bytes;
    }
}

TEST_P(framing_test, requests_may_arrive_in_any_slices) {
    auto zk = open();
    wire::buffer out;
    wire::put_request(out, 1, opcode::set, wire::set_data_request{path(), "one", -1});
    wire::put_request(out, 2, opcode::get, wire::path_watch_request{path(), false});
    for (const char byte : out.view()) {
        zk.connection().send({&byte, 1});
    }
    EXPECT_EQ(zk.receive(1).err, ok);
    EXPECT_EQ(zk.receive(2).data(), "one");

    std::string burst;
    for (std::int32_t xid = 10; xid < 510; ++xid) {
        wire::buffer request;
        wire::put_request(request, xid, opcode::set, wire::set_data_request{path(), std::to_string(xid), -1});
        burst += request.view();
    }
    zk.connection().send(burst);
    std::int64_t zxid = 0;
    for (std::int32_t xid = 10; xid < 510; ++xid) {
        const auto reply = zk.receive(xid);
        ASSERT_EQ(reply.err, ok);
        EXPECT_GT(reply.zxid, zxid);
        zxid = reply.zxid;
    }
    EXPECT_EQ(zk.get(path()).data(), "509");
}

TEST_P(framing_test, any_xid_is_echoed_but_that_of_a_ping) {
    auto zk = open();
    for (const std::int32_t xid : {0, 5, 5, -3, -4, -8, 2'147'483'647, -2'147'483'647 - 1}) {
        zk.send_as(xid, opcode::get, wire::path_watch_request{path(), false});
        EXPECT_EQ(zk.receive().xid, xid);
    }
    for (const std::int32_t xid : {-2, 0, 7}) {
        zk.send_as(xid, opcode::ping);
        const auto reply = zk.receive();
        EXPECT_EQ(reply.xid, -2);
        EXPECT_EQ(reply.err, ok);
        EXPECT_TRUE(reply.body.empty());
    }
}

TEST_P(framing_test, what_follows_a_record_is_ignored) {
    auto zk = open();
    EXPECT_EQ(zk.call(opcode::get, wire::path_watch_request{path(), false}, wire::encoded_body{"leftovers"}).err, ok);
    EXPECT_EQ(zk.call(opcode::set, wire::set_data_request{path(), "a", -1}, wire::encoded_body{"leftovers"}).err, ok);
    zk.send_as(-2, opcode::ping, wire::encoded_body{"leftovers"});
    EXPECT_EQ(zk.receive(-2).err, ok);
}

TEST_P(framing_test, a_record_cut_short_is_answered_and_the_connection_stays) {
    auto zk = open();
    for (const auto op : {opcode::create,
                          opcode::create2,
                          opcode::create_container,
                          opcode::create_ttl,
                          opcode::remove,
                          opcode::exists,
                          opcode::get,
                          opcode::set,
                          opcode::get_acls,
                          opcode::set_acls,
                          opcode::get_children,
                          opcode::get_children2,
                          opcode::sync,
                          opcode::multi,
                          opcode::multi_read,
                          opcode::check_watches,
                          opcode::remove_watches,
                          opcode::set_watches,
                          opcode::set_watches2,
                          opcode::add_watch,
                          opcode::get_ephemerals,
                          opcode::get_all_children_number}) {
        for (const char* body : {"", "00 00", "00 00 00 02 2f"}) {
            const auto bytes = hex(body);
            const auto reply = zk.call(op, wire::encoded_body{bytes});
            EXPECT_EQ(reply.err, errc::marshalling_error) << to_string(op) << " with " << bytes.size() << " bytes";
            EXPECT_TRUE(reply.body.empty()) << to_string(op);
        }
    }
    EXPECT_EQ(zk.get(path()).err, ok);
}

TEST_P(framing_test, lengths_that_lie_are_answered_and_the_connection_stays) {
    auto zk = open();
    for (const char* body : {
             "ff ff ff ff 00",       // a null path
             "ff ff ff fe 00",       // a length below null's
             "80 00 00 00 00",       //
             "00 00 00 09 2f 61 00", // beyond the frame
             "7f ff ff ff 2f 61 00", //
             "00 00 00 02 2f 61",    // the watch flag is missing
         }) {
        const auto bytes = hex(body);
        EXPECT_EQ(zk.call(opcode::get, wire::encoded_body{bytes}).err, errc::marshalling_error) << body;
        EXPECT_EQ(zk.call(opcode::exists, wire::encoded_body{bytes}).err, errc::marshalling_error) << body;
        EXPECT_EQ(zk.call(opcode::remove, wire::encoded_body{bytes}).err, errc::marshalling_error) << body;
    }
    // Data, and a list, that run past the end.
    const auto data = hex("00 00 00 02 2f 61 00 00 00 05 78");
    EXPECT_EQ(zk.call(opcode::set, wire::encoded_body{data}).err, errc::marshalling_error);
    const auto list = hex("00 00 00 02 2f 61 00 00 00 00 00 00 00 09 00 00 00 1f");
    EXPECT_EQ(zk.call(opcode::create, wire::encoded_body{list}).err, errc::marshalling_error);
    EXPECT_EQ(zk.get(path()).err, ok);
}

TEST_P(framing_test, any_byte_but_zero_is_true) {
    auto zk = open();
    std::string body;
    wire::buffer out;
    wire::encode(out, wire::path_request{path()});
    body = std::string(out.view()) + '\x7f';
    EXPECT_EQ(zk.call(opcode::get, wire::encoded_body{body}).err, ok);
    EXPECT_EQ(zk.set(path(), "x").err, ok);
    EXPECT_EQ(zk.events(), (event_list{"changed " + path()}));
}

TEST_P(framing_test, an_unknown_operation_is_refused_and_ends_the_connection) {
    for (const std::int32_t number : {0, 10, 23, 55, 99, 108, 1000, -1, -12}) {
        auto zk = open();
        const auto op = static_cast<opcode>(number);
        zk.send_as(1, op, wire::path_watch_request{path(), false});
        const auto reply = zk.receive();
        EXPECT_EQ(reply.xid, 1) << number;
        EXPECT_EQ(reply.err, errc::unimplemented) << number;
        EXPECT_EQ(reply.zxid, -1) << number;
        EXPECT_TRUE(reply.body.empty()) << number;
        EXPECT_TRUE(zk.ended()) << number;
    }
}

} // namespace
} // namespace zooid::test
