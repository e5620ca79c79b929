#include "unit/server/core_fixture.hpp"

#include <limits>
#include <set>

namespace zooid::server {
namespace {

TEST(handshake, timeouts_are_clamped) {
    test_world world; // ticks of 2 s
    struct row {
        std::int32_t asked;
        std::int32_t granted;
    };
    for (const row& r : {row{1, 4'000}, row{0, 4'000}, row{-5, 4'000}, row{4'001, 4'001}, row{40'000, 40'000},
                         row{100'000, 40'000}, row{std::numeric_limits<std::int32_t>::max(), 40'000}}) {
        EXPECT_EQ(world.open().connect({.timeout = r.asked}).timeout, r.granted) << r.asked;
    }
    server_config config;
    config.tick_time = 100ms;
    config.min_session_timeout = 50ms;
    config.max_session_timeout = 10s;
    test_world other{config};
    EXPECT_EQ(other.open().connect({.timeout = 1}).timeout, 50);
    EXPECT_EQ(other.open().connect({.timeout = 60'000}).timeout, 10'000);
}

TEST(handshake, ids_and_passwords_are_the_sessions_own) {
    test_world world;
    std::set<std::int64_t> ids;
    std::set<std::string> passwords;
    for (int i = 0; i < 100; ++i) {
        test_peer& one = world.client();
        EXPECT_EQ(one.password().size(), 16U);
        ids.insert(one.session());
        passwords.insert(one.password());
    }
    EXPECT_EQ(ids.size(), 100U);
    EXPECT_EQ(passwords.size(), 100U);
    test_world later{{}, server_time{1'700'000'001s}};
    EXPECT_GT(later.client().session(), *ids.rbegin()) << "a later incarnation must not issue an id again";
    EXPECT_GT(later.core.last_zxid(), world.core.last_zxid());
}

TEST(handshake, any_password_does_for_a_new_session) {
    test_world world;
    wire::buffer frame;
    wire::put_connect_request(frame, {0, 0, 10'000, 0, std::nullopt, false});
    test_peer& peer = world.open();
    peer.raw = true;
    peer.send(frame.view());
    EXPECT_EQ(peer.bytes().size(), 41U);
    EXPECT_FALSE(peer.closed());
    EXPECT_NE(world.open().connect({.timeout = 10'000, .password = "short"}).session_id, 0);
}

TEST(handshake, what_follows_the_request_is_executed_after_it) {
    test_world world;
    wire::buffer burst;
    wire::put_connect_request(burst, {0, 0, 10'000, 0, std::string_view{}, false});
    wire::put_request(burst, wire::xids::auth, opcode::auth, wire::auth_packet{0, "digest", "bob:secret"});
    wire::put_request(burst, 1, opcode::exists, wire::path_watch_request{"/", false});
    test_peer& peer = world.open();
    peer.raw = true;
    peer.send(burst.view());
    EXPECT_EQ(peer.bytes().size(), 41U + 20U + 20U + 68U);
}

TEST(handshake, a_client_that_has_seen_the_future_is_turned_away_silently) {
    test_world world;
    test_peer& peer = world.open();
    EXPECT_EQ(peer.connect({.last_zxid_seen = world.core.last_zxid() + 1, .timeout = 10'000}).timeout, -1);
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(peer.bytes(), "");
    EXPECT_NE(world.open().connect({.last_zxid_seen = world.core.last_zxid(), .timeout = 10'000}).session_id, 0);
}

TEST(handshake, clients_of_an_earlier_incarnation_learn_that_their_session_is_over) {
    test_world before;
    test_peer& old = before.client();
    EXPECT_EQ(old.create("/a"), 0);
    test_world after{{}, server_time{1'700'000'002s}};
    test_peer& back = after.open();
    const auto answer = back.resume(old.session(), old.password(), before.core.last_zxid());
    EXPECT_EQ(answer.timeout, 0);
    EXPECT_EQ(answer.session_id, 0);
    EXPECT_EQ(back.password(), std::string(16, '\0'));
    EXPECT_TRUE(back.closed());
}

TEST(handshake, resuming_moves_the_session) {
    test_world world;
    test_peer& first = world.client();
    EXPECT_EQ(first.get("/", true), 0);
    const std::int64_t zxid = world.core.last_zxid();
    test_peer& second = world.open();
    const auto answer = second.resume(first.session(), first.password());
    EXPECT_EQ(answer.session_id, first.session());
    EXPECT_EQ(second.password(), first.password());
    EXPECT_EQ(world.core.last_zxid(), zxid) << "resuming takes no zxid";
    EXPECT_TRUE(first.closed()) << "the old connection is closed";
    EXPECT_EQ(world.core.connection_of(first.session()), second.id());
    EXPECT_EQ(second.set("/", "x"), 0);
    EXPECT_TRUE(second.events().empty()) << "watches belong to the connection";
}

TEST(handshake, resuming_negotiates_the_timeout_again) {
    test_world world;
    test_peer& first = world.client(10s);
    test_peer& second = world.open();
    EXPECT_EQ(second.connect({0, 0, 20'000, first.session(), first.password(), false}).timeout, 20'000);
    world.pass(19s);
    EXPECT_FALSE(second.closed());
    world.pass(4s);
    EXPECT_TRUE(second.closed());
}

TEST(handshake, a_wrong_password_is_refused_but_has_closed_the_connection) {
    test_world world;
    test_peer& victim = world.client();
    test_peer& thief = world.open();
    EXPECT_EQ(thief.resume(victim.session(), std::string(16, 'x')).session_id, 0);
    EXPECT_TRUE(thief.closed());
    EXPECT_TRUE(victim.closed());
    EXPECT_NE(world.open().resume(victim.session(), victim.password()).session_id, 0) << "the session itself lives on";
    for (const std::string& wrong : {std::string{}, victim.password().substr(1), victim.password() + "x"}) {
        EXPECT_EQ(world.open().resume(victim.session(), wrong).session_id, 0) << wrong.size();
    }
}

TEST(handshake, what_is_no_handshake_is_closed_without_an_answer) {
    const std::string zeroes(48, '\0');
    wire::buffer huge;
    wire::store_i32(huge.grow(4), 0xfffff + 1);
    for (const std::string& garbage : {
             std::string{"\0\0\0\0", 4},                             // an empty frame
             std::string{"\xff\xff\xff\xff", 4},                     // a negative length
             std::string{"GET / HTTP/1.1\r\n\r\n"},                  // an absurd length
             std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9}, // TLS
             std::string{"\0\0\0\x8", 4} + zeroes.substr(0, 8),      // too short
             std::string{"none"},                                    // no word either
             std::string{huge.view()},
         }) {
        test_world world;
        test_peer& peer = world.open();
        peer.raw = true;
        peer.send(garbage);
        EXPECT_TRUE(peer.closed()) << testing::PrintToString(garbage);
        EXPECT_EQ(peer.bytes(), "") << testing::PrintToString(garbage);
        EXPECT_EQ(world.core.connections().size(), 0U);
    }
}

TEST(handshake, silence_is_not_waited_for_forever) {
    test_world world;
    test_peer& silent = world.open();
    world.pass(9'999ms);
    EXPECT_FALSE(silent.closed());
    test_peer& later = world.open();
    later.send(std::string_view{"\0\0", 2});
    world.pass(1ms);
    EXPECT_TRUE(silent.closed());
    EXPECT_FALSE(later.closed());
    world.pass(10s);
    EXPECT_TRUE(later.closed());
}

TEST(handshake, too_many_connections_from_one_address) {
    server_config config;
    config.max_connections_per_address = 2;
    test_world world{config};
    test_peer& first = world.open("10.0.0.1");
    EXPECT_NE(world.open("10.0.0.1").connect().session_id, 0);
    EXPECT_TRUE(world.open("10.0.0.1").closed());
    EXPECT_FALSE(world.open("10.0.0.2").closed());
    world.lose(first);
    EXPECT_FALSE(world.open("10.0.0.1").closed());
}

} // namespace
} // namespace zooid::server
