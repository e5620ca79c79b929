#include "unit/session/script.hpp"

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

TEST(handshake, a_new_session) {
    script s;
    EXPECT_EQ(s.core.state(), session_state::lost);
    EXPECT_EQ(s.core.keeper(), keeper_state::closed);
    s.start();
    EXPECT_EQ(s.core.state(), session_state::suspended);
    EXPECT_EQ(s.opened, (lines{"alpha:1"}));
    EXPECT_EQ(s.core.keeper(), keeper_state::connecting);
    const auto asked = s.link_up();
    EXPECT_EQ(s.connect_frame.size(), 45U);
    EXPECT_EQ(asked.protocol_version, 0);
    EXPECT_EQ(asked.last_zxid_seen, 0);
    EXPECT_EQ(asked.timeout, 10'000);
    EXPECT_EQ(asked.session_id, 0);
    EXPECT_EQ(asked.password, std::string(16, '\0'));
    EXPECT_EQ(asked.read_only, false);
    EXPECT_EQ(s.take_seen(), lines{});
    s.grant(77, 6000);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
    EXPECT_EQ(s.core.credentials().id, 77);
    EXPECT_EQ(s.core.credentials().password, std::string(16, 'p'));
    EXPECT_EQ(s.core.negotiated_timeout(), 6000ms);
    EXPECT_EQ(s.core.counters().connects, 1U);
    EXPECT_TRUE(s.wire_bytes.empty());
}

TEST(handshake, nothing_is_written_before_the_answer) {
    script s;
    s.start();
    s.get("/early");
    s.core.link_up(s.now);
    s.settle();
    EXPECT_EQ(s.wire_bytes.size(), 49U);
    EXPECT_TRUE(s.take_frame());
    s.grant(77);
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/early");
    EXPECT_EQ(seen[0].xid, 1);
}

TEST(handshake, servers_that_send_no_read_only_byte) {
    script s;
    s.connect(77, 9000, std::nullopt);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
}

TEST(handshake, the_answer_may_come_in_any_pieces) {
    wire::buffer out;
    wire::put_connect_response(out, {0, 9000, 77, std::string_view{"0123456789abcdef"}, false});
    wire::put_notification(out, -1, {1, 3, "/a"});
    for (std::size_t piece = 1; piece < out.size(); ++piece) {
        script s;
        s.start();
        s.link_up();
        for (std::size_t at = 0; at < out.size(); at += piece) {
            s.deliver(out.view().substr(at, piece));
        }
        EXPECT_EQ(s.take_seen(), (lines{"connected connected"})) << "pieces of " << piece;
    }
}

TEST(handshake, resuming_presents_id_and_password) {
    session_config config;
    config.resume = {0x1234, "sixteen bytes pw"};
    script s(config);
    s.start();
    const auto asked = s.link_up();
    EXPECT_EQ(asked.session_id, 0x1234);
    EXPECT_EQ(asked.password, "sixteen bytes pw");
    s.grant(0x1234);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
}

TEST(handshake, a_refused_session_has_expired) {
    script s;
    s.connect(77);
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    s.take_seen();
    s.lose_link();
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting connection_loss"}));
    auto& waiting = s.get("/b");
    EXPECT_EQ(s.link_up().session_id, 77);
    s.refuse();
    EXPECT_EQ(s.take_seen(), (lines{"lost expired session_expired", "event /a session w", "done 2 session_expired"}));
    EXPECT_EQ(waiting.result(), code(errc::session_expired));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.core.credentials().id, 0);
    EXPECT_EQ(s.core.counters().expirations, 1U);
    EXPECT_FALSE(w->registered());
    EXPECT_EQ(s.get("/c").result(), code(errc::session_expired));

    EXPECT_EQ(s.opened.size(), 3U); // at once
    EXPECT_EQ(s.link_up().session_id, 0);
    s.grant(78);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
    EXPECT_TRUE(s.take_requests().empty());
    EXPECT_TRUE(s.get("/d").waits());
    EXPECT_EQ(s.take_requests().size(), 1U);
}

TEST(handshake, without_new_sessions_expiry_is_the_end) {
    session_config config;
    config.new_session_after_expiry = false;
    script s(config);
    s.connect(77);
    s.lose_link();
    s.link_up();
    s.take_seen();
    s.refuse();
    EXPECT_EQ(s.take_seen(), (lines{"lost expired session_expired"}));
    EXPECT_EQ(s.opened.size(), 2U);
    EXPECT_EQ(s.core.next_deadline(), steady_time::max());
    EXPECT_EQ(s.get("/c").result(), code(errc::session_expired));
    EXPECT_EQ(s.core.safe_until(), steady_time::min());
    s.start(); // starts over
    EXPECT_EQ(s.link_up().session_id, 0);
}

TEST(handshake, a_swapped_session_is_the_end_of_the_old_one) {
    script s;
    s.connect(77);
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    s.lose_link();
    s.get("/queued");
    s.link_up();
    s.take_seen();
    s.grant(99, 4000);
    EXPECT_EQ(s.take_seen(), (lines{"lost expired session_expired", "event /a session w", "done 2 session_expired",
                                    "connected connected"}));
    EXPECT_EQ(s.core.credentials().id, 99);
    EXPECT_TRUE(s.take_requests().empty()) << "neither watches nor requests of the old session";
    auto& r = s.get("/new");
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    s.reply(seen[0].xid, 5, 0, "x");
    EXPECT_EQ(r.result(), 0);
    EXPECT_EQ(s.closes, 0U);
}

TEST(handshake, a_swapped_session_is_the_end_if_no_new_one_is_wanted) {
    session_config config;
    config.new_session_after_expiry = false;
    script s(config);
    s.connect(77);
    s.lose_link();
    s.link_up();
    s.take_seen();
    s.grant(99);
    EXPECT_EQ(s.take_seen(), (lines{"lost expired session_expired"}));
    EXPECT_EQ(s.closes, 1U);
}

TEST(handshake, a_new_session_that_is_refused_is_no_expiry) {
    script s({}, "alpha:1,beta:2");
    s.start();
    s.link_up();
    s.refuse();
    EXPECT_EQ(s.take_seen(), lines{});
    EXPECT_EQ(s.opened.size(), 2U);
    EXPECT_NE(s.opened[0], s.opened[1]);
}

TEST(handshake, garbage_instead_of_an_answer) {
    const std::vector<std::string> answers{std::string(16, '\x7f'), "", "HTTP/1.0 400 Bad Request"};
    for (const auto& answer : answers) {
        script s;
        s.start();
        s.link_up();
        wire::buffer out;
        wire::put_frame(out, wire::encoded_body{answer});
        s.deliver(out);
        EXPECT_EQ(s.closes, 1U) << answer;
        EXPECT_EQ(s.take_seen(), lines{});
    }
}

TEST(handshake, a_bare_error_instead_of_an_answer) { // some read-only servers
    script s;
    s.start();
    s.link_up();
    s.reply(0, 0, code(errc::not_read_only));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.take_seen(), lines{});
}

TEST(handshake, last_zxid_comes_from_ordinary_replies_only) {
    script s;
    s.connect(77);
    s.get("/a");
    s.get("/b");
    s.get("/c");
    s.reply(1, 40, 0, "x");
    EXPECT_EQ(s.core.last_zxid(), 40);
    s.reply(2, 41, code(errc::no_node)); // failures count as well
    EXPECT_EQ(s.core.last_zxid(), 41);
    s.reply(3, -1, code(errc::unimplemented));
    EXPECT_EQ(s.core.last_zxid(), 41);
    s.event(event_type::created, "/x", 50);
    s.advance(3s);
    s.reply(wire::xids::ping, 60);
    s.core.add_auth({"digest", "a:b"}, nullptr, s.now);
    s.settle();
    s.reply(wire::xids::auth, 70);
    EXPECT_EQ(s.core.last_zxid(), 41);
    s.lose_link();
    EXPECT_EQ(s.link_up().last_zxid_seen, 41);
    s.grant(77);
    s.get("/d");
    s.reply(4, 30, 0, "x"); // it never goes back
    EXPECT_EQ(s.core.last_zxid(), 41);
}

TEST(handshake, read_only_servers) {
    session_config config;
    config.read_only = true;
    script s(config);
    s.start();
    EXPECT_EQ(s.link_up().read_only, true);
    s.grant(501, 9000, true);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected_read_only"}));
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    s.take_seen();
    s.lose_link();
    EXPECT_EQ(s.link_up().session_id, 0) << "the session was a makeshift";
    s.grant(77, 9000, false);
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting connection_loss", "connected connected"}));
    EXPECT_EQ(s.take_requests().size(), 1U) << "its watches are set again";
    s.lose_link();
    EXPECT_EQ(s.link_up().session_id, 77);
    s.grant(77, 9000, true);
    s.lose_link();
    EXPECT_EQ(s.link_up().session_id, 77) << "once real, it stays real";
}

TEST(handshake, a_new_session_knows_nothing_of_the_old_one) {
    session_config config;
    config.read_only = true;
    script s(config);
    s.connect(77);
    s.get("/a");
    s.reply(1, 40, 0, "x");
    s.lose_link();
    s.link_up();
    s.refuse();
    EXPECT_EQ(s.link_up().last_zxid_seen, 0);
    s.grant(501, 9000, true); // a read-only server's makeshift
    s.lose_link();
    EXPECT_EQ(s.link_up().session_id, 0);
}

TEST(handshake, the_attempt_has_a_deadline) {
    script s({}, "alpha:1");
    s.start();
    EXPECT_EQ(s.advance_to_deadline(), 3333ms) << "the only host gets a third, so that a second attempt can be in time";
    EXPECT_EQ(s.closes, 1U);

    session_config config;
    config.session_timeout = 12s;
    script four(config, "alpha:1,beta:2,gamma:3,delta:4");
    four.start();
    four.advance(1s);
    four.link_up();
    EXPECT_EQ(four.advance_to_deadline(), 2s) << "a quarter of the timeout, connecting included";
    EXPECT_EQ(four.closes, 1U);
    EXPECT_EQ(four.opened.size(), 2U);

    config.session_timeout = 4s;
    script many(config, "a,b,c,d,e,f,g,h");
    many.start();
    EXPECT_EQ(many.advance_to_deadline(), 1s);

    config.connect_timeout = 300ms;
    script given(config, "a,b");
    given.start();
    EXPECT_EQ(given.advance_to_deadline(), 300ms);
}

TEST(handshake, after_it_the_negotiated_timeout_counts) {
    script s;
    s.connect(77, 6000);
    s.lose_link();
    EXPECT_EQ(s.advance_to_deadline(), 2s);
}

} // namespace
} // namespace zooid::session
