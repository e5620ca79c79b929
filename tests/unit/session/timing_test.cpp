#include "unit/session/script.hpp"

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

// T is 9 s throughout: a ping after 3 s without sending, the end after 6 s without receiving.

bool pinged(script& s) {
    const auto seen = s.take_requests();
    EXPECT_LE(seen.size(), 1U);
    return !seen.empty() && seen[0].op == opcode::ping && seen[0].xid == wire::xids::ping;
}

TEST(timing, pings_when_nothing_was_sent) {
    script s;
    s.connect();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(s.advance_to_deadline(), 3s);
        EXPECT_TRUE(pinged(s));
        s.advance(10ms);
        s.reply(wire::xids::ping, 0);
        s.now -= 10ms;
    }
    EXPECT_EQ(s.core.counters().pings, 5U);
    EXPECT_EQ(s.closes, 0U);
}

TEST(timing, requests_take_the_place_of_pings) {
    script s;
    s.connect();
    for (int i = 1; i <= 5; ++i) {
        s.advance(2900ms);
        EXPECT_TRUE(s.wire_bytes.empty());
        s.get("/a");
        EXPECT_EQ(s.take_requests().size(), 1U);
        s.reply(i, 1);
    }
    EXPECT_EQ(s.core.counters().pings, 0U);
    EXPECT_EQ(s.advance_to_deadline(), 3s);
    EXPECT_TRUE(pinged(s));
}

TEST(timing, pings_while_requests_are_outstanding) {
    script s;
    s.connect();
    s.get("/slow");
    s.take_requests();
    s.advance(3s);
    EXPECT_TRUE(pinged(s));
}

TEST(timing, a_ping_need_not_be_answered_before_earlier_requests) {
    script s;
    s.connect();
    auto& a = s.get("/a");
    s.advance(3s);
    s.reply(wire::xids::ping, 0);
    s.reply(1, 1);
    EXPECT_EQ(a.result(), 0);
    EXPECT_EQ(s.closes, 0U);
}

TEST(timing, silence_ends_the_link) {
    script s;
    s.connect();
    auto& a = s.get("/a");
    s.take_seen();
    EXPECT_EQ(s.advance_to_deadline(), 3s);
    EXPECT_TRUE(s.core.outbox().unanswered_pings() == 1);
    s.advance(2999ms);
    EXPECT_EQ(s.closes, 0U);
    s.advance(1ms);
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(a.result(), code(errc::connection_loss));
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting operation_timeout", "done 1 connection_loss"}));
    EXPECT_EQ(s.opened.size(), 2U);
}

TEST(timing, a_large_reply_on_its_way_is_no_silence_and_stops_no_ping) {
    script s;
    s.connect();
    auto& a = s.get("/large");
    s.take_requests();
    wire::buffer out;
    const std::string large(20'000, 'x');
    wire::put_reply(out, 1, 10, 0, wire::encoded_body{large});
    std::size_t pings = 0;
    for (std::size_t at = 0; at < out.size(); at += 1000) { // a second a piece
        s.deliver(out.view().substr(at, 1000));
        s.advance(1s);
        for (const auto& seen : s.take_requests()) {
            pings += seen.op == opcode::ping ? 1 : 0;
        }
    }
    EXPECT_EQ(pings, 7U);
    EXPECT_EQ(a.body, large);
    EXPECT_EQ(s.closes, 0U);
    for (std::size_t i = 0; i < pings; ++i) { // the answers come behind the reply
        s.reply(wire::xids::ping, 0);
    }
    EXPECT_EQ(s.closes, 0U);
    s.reply(wire::xids::ping, 0); // one too many
    EXPECT_EQ(s.closes, 1U);
}

TEST(timing, one_ping_at_a_time_waits_for_a_blocked_link) {
    script s;
    s.connect();
    s.take_limit = 0;
    s.advance(3s);
    EXPECT_EQ(s.core.next_deadline() - s.now, 3s) << "only silence is left to wait for";
    s.advance(1s);
    s.take_limit = std::string::npos;
    s.settle();
    EXPECT_TRUE(pinged(s));
    EXPECT_TRUE(s.wire_bytes.empty());
}

TEST(timing, pings_go_ahead_of_queued_requests) {
    script s;
    s.connect();
    s.take_limit = 10; // the link takes half a frame, then nothing
    s.get("/first");
    s.get("/second");
    s.advance(3s);
    s.take_limit = std::string::npos;
    s.settle();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].path(), "/first");
    EXPECT_EQ(seen[1].op, opcode::ping);
    EXPECT_EQ(seen[2].path(), "/second");
}

TEST(timing, waking_early_does_nothing) {
    script s;
    s.connect();
    for (int i = 0; i < 299; ++i) {
        s.advance(10ms);
        ASSERT_TRUE(s.wire_bytes.empty());
    }
    s.advance(10ms);
    EXPECT_TRUE(pinged(s));
}

TEST(timing, next_deadline_never_passes_without_effect) {
    // A driver that sleeps until next_deadline must not spin.
    script s({}, "a,b");
    s.start();
    s.get("/a", {}, s.now + 700ms);
    for (int i = 0; i < 200; ++i) {
        if (i % 7 == 0 && !s.opened.empty()) {
            s.core.link_up(s.now);
            s.settle();
        }
        ASSERT_GT(s.core.next_deadline(), s.now);
        s.advance_to_deadline();
    }
}

// ---- safe_until: never later than the server can keep the session ----

TEST(timing, safe_until_counts_from_when_the_answered_request_went_out) {
    script s;
    EXPECT_EQ(s.core.safe_until(), steady_time::min());
    s.start();
    EXPECT_EQ(s.core.safe_until(), steady_time::min());
    s.now += 1s;
    s.link_up();
    const steady_time connect_sent = s.now;
    s.now += 500ms;
    EXPECT_EQ(s.core.safe_until(), steady_time::min());
    s.grant(77);
    EXPECT_EQ(s.core.safe_until(), connect_sent + 9s);

    s.advance(1s);
    const steady_time first_sent = s.now;
    s.get("/a");
    s.advance(1s);
    s.get("/b");
    EXPECT_EQ(s.core.safe_until(), connect_sent + 9s) << "sent is not answered";
    s.advance(1s);
    s.reply(1, 1);
    EXPECT_EQ(s.core.safe_until(), first_sent + 9s);
    s.reply(2, 1, code(errc::no_node));
    EXPECT_EQ(s.core.safe_until(), first_sent + 1s + 9s);

    const steady_time before_ping = s.now;
    EXPECT_EQ(s.advance_to_deadline(), 2s);
    const steady_time ping_sent = s.now;
    EXPECT_EQ(ping_sent, before_ping + 2s);
    s.advance(1s);
    s.reply(wire::xids::ping, 0);
    EXPECT_EQ(s.core.safe_until(), ping_sent + 9s);
}

TEST(timing, safe_until_counts_from_the_write_not_from_the_submission) {
    script s;
    s.connect();
    s.take_limit = 0;
    s.get("/a");
    s.advance(2s);
    s.take_limit = std::string::npos;
    const steady_time written = s.now;
    s.settle();
    s.advance(1s);
    s.reply(1, 1);
    EXPECT_EQ(s.core.safe_until(), written + 9s);
}

TEST(timing, safe_until_counts_from_the_beginning_of_a_slow_write) {
    script s;
    s.connect();
    const steady_time begun = s.now;
    s.stuck_writer = true; // keeps settle from writing
    s.get("/a");
    const std::string bytes{s.begin_stuck_write()};
    EXPECT_FALSE(bytes.empty());
    s.now += 4s;
    s.finish_write(bytes.size()); // may have been read by the server any time since
    s.settle();
    s.reply(1, 1);
    EXPECT_EQ(s.core.safe_until(), begun + 9s);
}

TEST(timing, a_reply_may_come_before_the_writer_comes_back) {
    script s;
    s.connect();
    s.stuck_writer = true;
    auto& a = s.get("/a");
    const std::size_t n = s.begin_stuck_write().size();
    s.reply(1, 1, 0, "x");
    EXPECT_EQ(a.result(), 0);
    s.finish_write(n);
    s.settle();
    EXPECT_EQ(s.closes, 0U);
    EXPECT_TRUE(s.wire_bytes.empty());
}

TEST(timing, safe_until_survives_a_lost_link_and_ends_with_the_session) {
    script s;
    s.connect();
    const steady_time safe = s.core.safe_until();
    s.advance(1s);
    s.get("/a");
    s.link_down();
    EXPECT_EQ(s.core.safe_until(), safe);
    s.link_up();
    s.now += 1s;
    s.grant(77, 6000);
    EXPECT_EQ(s.core.safe_until(), s.now - 1s + 6s);
    s.lose_link();
    s.link_up();
    s.refuse();
    EXPECT_EQ(s.core.safe_until(), steady_time::min());
}

TEST(timing, credentials_prove_nothing) {
    script s;
    s.connect();
    const steady_time safe = s.core.safe_until();
    s.advance(1s);
    s.core.add_auth({"digest", "a:b"}, nullptr, s.now);
    s.settle();
    s.take_requests();
    s.reply(wire::xids::auth, 0);
    EXPECT_EQ(s.core.safe_until(), safe);
    EXPECT_EQ(s.advance_to_deadline(), 2s) << "nor do they put off the ping";
    EXPECT_TRUE(pinged(s));
}

} // namespace
} // namespace zooid::session
