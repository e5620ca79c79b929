// Handshake, pings, credentials and closing, byte for byte, as a client and as a server sees them.

#include "exchanges.hpp"
#include "received.hpp"
#include "wire/frame.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <zooid/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace zooid::wire {
namespace {

using namespace std::string_view_literals;
using testing::expect_bytes;
using testing::hex;
using testing::received;

constexpr std::string_view no_password = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
constexpr std::int64_t session_id = 0x010000159ed40000;
const std::string password = hex("ce 6a fa e9 43 bf 11 82 5c 6d 29 67 c4 80 56 53");

TEST(handshake, client_asks_for_a_new_session) {
    buffer out;
    put_connect_request(out, {.timeout = 10'000, .password = no_password, .read_only = false});
    expect_bytes(out, exchanges::connect);
}

TEST(handshake, server_reads_a_new_client) {
    received in{exchanges::connect};
    const auto request = in.take<connect_request>();
    EXPECT_EQ(request, (connect_request{0, 0, 10'000, 0, no_password, false}));
    EXPECT_EQ(in.rest(), "");
}

TEST(handshake, server_sees_that_the_flag_is_missing) {
    received in{exchanges::connect_without_flag};
    EXPECT_EQ(in.take<connect_request>().read_only, std::nullopt);
}

TEST(handshake, flag_can_be_left_out) {
    buffer out;
    put_connect_request(out, {.timeout = 10'000, .password = no_password, .read_only = std::nullopt});
    expect_bytes(out, exchanges::connect_without_flag);
    out.clear();
    put_connect_response(
        out, {.timeout = 10'000, .session_id = session_id, .password = password, .read_only = std::nullopt});
    expect_bytes(out, exchanges::connected_without_flag);
}

TEST(handshake, server_grants_a_session) {
    buffer out;
    put_connect_response(out, {.timeout = 10'000, .session_id = session_id, .password = password});
    expect_bytes(out, exchanges::connected);
}

TEST(handshake, client_reads_its_session) {
    received with{exchanges::connected};
    EXPECT_EQ(with.take<connect_response>(), (connect_response{0, 10'000, session_id, password, false}));
    received without{exchanges::connected_without_flag};
    EXPECT_EQ(without.take<connect_response>(), (connect_response{0, 10'000, session_id, password, std::nullopt}));
}

TEST(handshake, client_resumes) {
    buffer out;
    put_connect_request(out, {.last_zxid_seen = 6, .timeout = 10'000, .session_id = session_id, .password = password});
    expect_bytes(out, exchanges::resume);
    received in{exchanges::resume};
    EXPECT_EQ(in.take<connect_request>(), (connect_request{0, 6, 10'000, session_id, password, false}));
}

TEST(handshake, server_refuses) {
    buffer out;
    put_connect_response(out, {.password = no_password});
    expect_bytes(out, exchanges::refused);
    received in{exchanges::refused};
    EXPECT_EQ(in.take<connect_response>(), (connect_response{0, 0, 0, no_password, false}));
}

TEST(handshake, null_password_is_kept_apart_from_an_empty_one) {
    for (const std::optional<std::string_view> given : {std::optional<std::string_view>{}, std::optional{""sv}}) {
        buffer out;
        put_connect_request(out, {.password = given});
        received in{std::string{out.view()}};
        EXPECT_EQ(in.take<connect_request>().password, given);
    }
}

TEST(ping, both_ways) {
    buffer out;
    put_request(out, xids::ping, opcode::ping);
    expect_bytes(out, exchanges::ping);
    out.clear();
    put_reply(out, xids::ping, 6, 0);
    expect_bytes(out, exchanges::ping_reply);
    received request{exchanges::ping};
    EXPECT_EQ(request.take<request_header>(), (request_header{-2, opcode::ping}));
    received reply{exchanges::ping_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{-2, 6, 0}));
}

TEST(auth, both_ways) {
    buffer out;
    put_request(out, xids::auth, opcode::auth, auth_packet{.scheme = "digest", .auth = "bob:secret"});
    expect_bytes(out, exchanges::auth);
    out.clear();
    put_reply(out, xids::auth, 0, 0);
    expect_bytes(out, exchanges::auth_reply);

    received in{exchanges::auth};
    EXPECT_EQ(in.take<request_header>(), (request_header{-4, opcode::auth}));
    const auto packet = in.take<auth_packet>();
    EXPECT_EQ(packet.type, 0);
    EXPECT_EQ(packet.scheme, "digest");
    EXPECT_EQ(packet.auth, "bob:secret");
    received reply{exchanges::auth_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{-4, 0, 0}));
}

TEST(sasl, first_token_is_empty_and_failure_carries_a_null_one) {
    buffer out;
    put_request(out, 1, opcode::sasl, sasl_request{.token = ""});
    expect_bytes(out, exchanges::sasl_start);
    out.clear();
    put_reply(out, 2, 0, static_cast<std::int32_t>(errc::auth_failed), sasl_response{});
    expect_bytes(out, exchanges::sasl_failure);

    received start{exchanges::sasl_start};
    EXPECT_EQ(start.take<request_header>(), (request_header{1, opcode::sasl}));
    EXPECT_EQ(start.take<sasl_request>().token, ""sv);
    received failure{exchanges::sasl_failure};
    EXPECT_EQ(failure.take<reply_header>(), (reply_header{2, 0, -115}));
    EXPECT_EQ(failure.take<sasl_response>().token, std::nullopt);
}

TEST(sasl, challenge_is_101_bytes_behind_a_header) {
    const std::string challenge(101, 'c');
    buffer out;
    put_reply(out, 1, 0, 0, sasl_response{challenge});
    EXPECT_EQ(out.view().substr(0, 24), hex("00 00 00 79  00 00 00 01  00*8  00 00 00 00  00 00 00 65"));
    received in{std::string{out.view()}};
    EXPECT_EQ(in.take<reply_header>(), (reply_header{1, 0, 0}));
    EXPECT_EQ(in.take<sasl_response>().token, challenge);
}

TEST(close, both_ways) {
    buffer out;
    put_request(out, 0x67, opcode::close_session);
    expect_bytes(out, exchanges::close);
    out.clear();
    put_reply(out, 0x67, 10, 0);
    expect_bytes(out, exchanges::close_reply);
    received request{exchanges::close};
    EXPECT_EQ(request.take<request_header>(), (request_header{0x67, opcode::close_session}));
    received reply{exchanges::close_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{0x67, 10, 0}));
}

TEST(unknown_operation, number_survives_and_is_refused) {
    buffer out;
    put_request(out, 1, static_cast<opcode>(55));
    expect_bytes(out, exchanges::unknown_opcode);
    out.clear();
    put_reply(out, 1, -1, static_cast<std::int32_t>(errc::unimplemented));
    expect_bytes(out, exchanges::unknown_opcode_reply);
    received request{exchanges::unknown_opcode};
    EXPECT_EQ(static_cast<std::int32_t>(request.take<request_header>().type), 55);
    received reply{exchanges::unknown_opcode_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{1, -1, -6}));
}

} // namespace
} // namespace zooid::wire
