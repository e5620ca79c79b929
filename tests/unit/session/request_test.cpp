#include "unit/session/script.hpp"

#include <limits>

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

TEST(request, pipelined_requests_are_answered_in_order) {
    script s;
    s.connect();
    s.take_seen();
    auto& a = s.get("/a");
    auto& b = s.get("/b");
    auto& c = s.get("/c");
    EXPECT_EQ(s.core.queue_depth(), 3U);
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].xid, 1);
    EXPECT_EQ(seen[1].xid, 2);
    EXPECT_EQ(seen[2].xid, 3);
    wire::buffer out;
    wire::put_reply(out, 1, 10, 0, wire::encoded_body{"first"});
    wire::put_reply(out, 2, 11, code(errc::no_node));
    s.deliver(out);
    EXPECT_EQ(a.result(), 0);
    EXPECT_EQ(a.body, "first");
    EXPECT_EQ(a.zxid, 10);
    EXPECT_EQ(a.op, opcode::get);
    EXPECT_EQ(b.result(), code(errc::no_node));
    EXPECT_TRUE(c.waits());
    s.reply(3, 12, 0, "third");
    EXPECT_EQ(c.body, "third");
    EXPECT_LT(a.line(), b.line());
    EXPECT_LT(b.line(), c.line());
    EXPECT_EQ(s.core.queue_depth(), 0U);
    EXPECT_EQ(s.core.counters().requests, 3U);
    EXPECT_EQ(s.core.counters().replies, 3U);
}

TEST(request, an_error_unknown_to_the_library_survives) {
    script s;
    s.connect();
    auto& a = s.get("/a");
    s.reply(1, 10, -4711);
    EXPECT_EQ(a.result(), -4711);
}

TEST(request, a_wrong_xid_ends_the_link) {
    for (const std::int32_t wrong : {2, 0, 7, -3, wire::xids::set_watches, wire::xids::ping, wire::xids::auth}) {
        script s;
        s.connect();
        auto& a = s.get("/a");
        auto& b = s.get("/b");
        s.take_seen();
        s.reply(wrong, 10);
        EXPECT_EQ(s.closes, 1U) << wrong;
        EXPECT_EQ(s.take_seen(),
                  (lines{"suspended connecting protocol_error", "done 1 connection_loss", "done 2 connection_loss"}));
        EXPECT_EQ(a.result(), code(errc::connection_loss));
        EXPECT_EQ(b.result(), code(errc::connection_loss));
    }
}

TEST(request, a_reply_out_of_the_blue_ends_the_link) {
    script s;
    s.connect();
    s.reply(1, 10);
    EXPECT_EQ(s.closes, 1U);
}

TEST(request, a_reply_to_what_was_not_sent_ends_the_link) {
    script s;
    s.connect();
    s.take_limit = 0;
    auto& a = s.get("/a");
    s.reply(1, 10);
    EXPECT_EQ(s.closes, 1U);
    EXPECT_TRUE(a.waits()) << "it goes out on the next link";
}

TEST(request, impossible_lengths_end_the_link) {
    for (const std::string_view length : {std::string_view{"\xff\xff\xff\xfe", 4}, std::string_view{"\x40\0\0\1", 4}}) {
        script s;
        s.connect();
        s.deliver(length);
        EXPECT_EQ(s.closes, 1U);
    }
    script s;
    s.connect();
    s.deliver(std::string_view{"\0\0\0\3abc", 7}); // too short for a header
    EXPECT_EQ(s.closes, 1U);
}

TEST(request, xids_wrap) {
    session_config config;
    config.first_xid = std::numeric_limits<std::int32_t>::max() - 1;
    script s(config);
    s.connect();
    std::vector<test_request*> all;
    for (int i = 0; i < 4; ++i) {
        all.push_back(&s.get("/a"));
    }
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[0].xid, 0x7ffffffe);
    EXPECT_EQ(seen[1].xid, 0x7fffffff);
    EXPECT_EQ(seen[2].xid, 1);
    EXPECT_EQ(seen[3].xid, 2);
    for (const auto& one : seen) {
        s.reply(one.xid, 5);
    }
    for (const test_request* r : all) {
        EXPECT_EQ(r->result(), 0);
    }
}

TEST(request, too_large_ones_are_refused_and_leave_no_trace) {
    session_config config;
    config.max_request = 100;
    script s(config);
    s.connect();
    const std::string fits(100 - 8 - 4 - 1, 'x');
    EXPECT_TRUE(s.get(fits).waits());
    EXPECT_EQ(s.get(fits + "x").result(), code(errc::request_too_large));
    EXPECT_TRUE(s.get("/b").waits());
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].path(), fits);
    EXPECT_EQ(seen[1].path(), "/b");
    EXPECT_EQ(seen[1].xid, seen[0].xid + 1);
    s.reply(1, 5);
    s.reply(2, 5);
}

TEST(request, a_reply_over_the_limit_fails_only_its_request) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{19}, std::size_t{100'000}}) {
        session_config config;
        config.max_reply = 1000;
        script s(config);
        s.connect();
        auto& a = s.get("/a");
        auto& b = s.get("/b", watch_request{make_watcher(), "/b", watch_kind::data});
        auto& c = s.get("/c");
        s.take_seen();
        wire::buffer out;
        const std::string large(5000, 'x');
        wire::put_reply(out, 1, 10, 0, wire::encoded_body{"small"});
        wire::put_reply(out, 2, 11, 0, wire::encoded_body{large});
        wire::put_reply(out, 3, 12, 0, wire::encoded_body{"small too"});
        for (std::size_t at = 0; at < out.size(); at += piece) {
            s.deliver(out.view().substr(at, piece));
        }
        EXPECT_EQ(s.take_seen(), (lines{"done 1", "done 2 reply_too_large", "done 3"})) << piece;
        EXPECT_EQ(a.result(), 0);
        EXPECT_EQ(b.body, "");
        EXPECT_EQ(c.body, "small too");
        EXPECT_EQ(s.closes, 0U);
        EXPECT_EQ(s.core.last_zxid(), 12);
        EXPECT_EQ(s.core.watches().size(), 0U);
    }
}

TEST(request, waits_for_the_connection) {
    script s;
    s.start();
    auto& a = s.get("/a");
    auto& b = s.get("/b");
    EXPECT_TRUE(s.wire_bytes.empty());
    s.connect();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].path(), "/a");
    EXPECT_EQ(seen[1].path(), "/b");
    s.reply(1, 1);
    s.reply(2, 1);
    EXPECT_EQ(a.result(), 0);
    EXPECT_EQ(b.result(), 0);
}

TEST(request, refused_before_start) {
    script s;
    EXPECT_EQ(s.get("/a").result(), code(errc::not_started));
}

TEST(request, a_cancelled_one_that_was_not_sent_never_is) {
    script s;
    s.start();
    auto& a = s.get("/a");
    auto& b = s.get("/b");
    auto& c = s.get("/c");
    EXPECT_TRUE(s.core.cancel(b.line(), code(errc::interrupted)));
    EXPECT_FALSE(s.core.cancel(b.line(), code(errc::interrupted)));
    s.settle();
    EXPECT_EQ(b.result(), code(errc::interrupted));
    EXPECT_EQ(s.core.queue_depth(), 2U);
    s.connect();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].path(), "/a");
    EXPECT_EQ(seen[1].path(), "/c");
    s.reply(seen[0].xid, 1, 0, "a");
    s.reply(seen[1].xid, 1, 0, "c");
    EXPECT_EQ(a.body, "a");
    EXPECT_EQ(c.body, "c");
    EXPECT_EQ(s.closes, 0U);
}

TEST(request, a_cancelled_one_that_was_sent_has_its_reply_swallowed) {
    script s;
    s.connect();
    auto& a = s.get("/a");
    auto& b = s.get("/b");
    EXPECT_TRUE(s.core.cancel(a.line(), code(errc::interrupted)));
    s.settle();
    EXPECT_EQ(a.result(), code(errc::interrupted));
    s.take_seen();
    s.reply(1, 10, 0, "a");
    EXPECT_EQ(s.take_seen(), lines{});
    EXPECT_EQ(s.core.last_zxid(), 10);
    s.reply(2, 11, 0, "b");
    EXPECT_EQ(b.body, "b");
    EXPECT_FALSE(s.core.cancel(a.line(), 1));
    EXPECT_FALSE(s.core.cancel(b.line(), 1));
    EXPECT_FALSE(s.core.cancel(0, 1));
    EXPECT_FALSE(s.core.cancel(1000, 1));
}

TEST(request, the_deadline_of_an_unsent_request_takes_its_bytes_away) {
    session_config config;
    config.connect_timeout = 1h;
    script s(config);
    s.start();
    auto& late = s.get("/late", {}, s.now + 3s);
    auto& later = s.get("/later", {}, s.now + 4s);
    auto& never = s.get("/never");
    EXPECT_EQ(s.advance_to_deadline(), 3s);
    EXPECT_EQ(late.result(), code(errc::operation_timeout));
    EXPECT_TRUE(later.waits());
    s.advance(999ms);
    EXPECT_TRUE(later.waits());
    s.advance(1ms);
    EXPECT_EQ(later.result(), code(errc::operation_timeout));
    EXPECT_TRUE(never.waits());
    s.connect();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/never");
}

TEST(request, the_deadline_of_a_sent_request_keeps_its_place) {
    script s;
    s.connect();
    auto& a = s.get("/a", {}, s.now + 1s);
    auto& b = s.get("/b", {}, s.now + 5s);
    EXPECT_EQ(s.advance_to_deadline(), 1s);
    EXPECT_EQ(a.result(), code(errc::operation_timeout));
    s.reply(1, 10, 0, "a");
    s.reply(2, 11, 0, "b");
    EXPECT_EQ(b.body, "b");
    EXPECT_EQ(a.results.size(), 1U);
    s.advance(2s);
    EXPECT_EQ(s.closes, 0U);
}

TEST(request, the_watch_of_a_request_that_timed_out_is_not_registered) {
    script s;
    s.connect();
    s.get("/a", watch_request{make_watcher(), "/a", watch_kind::data}, s.now + 1s);
    s.advance(1s);
    s.reply(1, 10, 0, "a");
    EXPECT_EQ(s.core.watches().size(), 0U);
}

TEST(request, many_that_time_out_while_cut_off_leave_no_memory_behind) {
    session_config config;
    config.connect_timeout = 1h;
    script s(config);
    s.start();
    auto& first = s.get("/first"); // holds the front of the line
    std::vector<test_request*> timed_out;
    for (int i = 0; i < 20'000; ++i) {
        test_request& r = s.make_request();
        const std::string path = "/" + std::to_string(i);
        ASSERT_EQ(s.core.submit(opcode::get, wire::path_watch_request{path, false}, &r, s.now + 1s, nullptr, s.now), 0);
        timed_out.push_back(&r);
        if (i % 10 == 9) {
            s.core.tick(s.now += 10ms);
            s.settle();
            ASSERT_LT(s.core.outbox().end(), 200'000U);
        }
    }
    auto& last = s.get("/last");
    s.advance(2s);
    for (const test_request* r : timed_out) {
        ASSERT_EQ(r->result(), code(errc::operation_timeout));
    }
    EXPECT_EQ(s.core.queue_depth(), 2U);
    EXPECT_LT(s.core.outbox().end(), 200'000U);
    s.connect();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].path(), "/first");
    EXPECT_EQ(seen[1].path(), "/last");
    s.reply(seen[0].xid, 1);
    s.reply(seen[1].xid, 1);
    EXPECT_EQ(first.result(), 0);
    EXPECT_EQ(last.result(), 0);
}

TEST(request, nothing_ahead_only_when_the_line_is_empty) {
    script s;
    EXPECT_FALSE(s.core.nothing_ahead());
    s.connect();
    EXPECT_TRUE(s.core.nothing_ahead());
    s.get("/a");
    EXPECT_FALSE(s.core.nothing_ahead());
    s.reply(1, 1);
    EXPECT_TRUE(s.core.nothing_ahead());
    s.link_down();
    EXPECT_FALSE(s.core.nothing_ahead());
}

TEST(request, session_moved_and_expired_replies_end_the_link) {
    for (const errc err : {errc::session_moved, errc::session_expired}) {
        script s;
        s.connect();
        s.advance(10ms);
        auto& a = s.get("/a");
        auto& b = s.get("/b");
        s.take_seen();
        const steady_time safe = s.core.safe_until();
        s.reply(1, 10, code(err));
        const std::string name{to_string(err)};
        EXPECT_EQ(s.take_seen(), (lines{"done 1 " + name, "suspended connecting " + name, "done 2 connection_loss"}));
        EXPECT_EQ(a.result(), code(err));
        EXPECT_EQ(b.result(), code(errc::connection_loss));
        EXPECT_EQ(s.closes, 1U);
        EXPECT_EQ(s.core.safe_until(), safe) << "such an answer is no sign of life of the session";
        EXPECT_EQ(s.link_up().session_id, 77);
    }
}

TEST(request, bodies_encoded_beforehand) {
    script s;
    s.connect();
    wire::buffer body;
    wire::encode(body, wire::path_watch_request{"/a", true});
    test_request r;
    EXPECT_EQ(s.core.submit_encoded(opcode::get, body.view(), &r, steady_time::max(), nullptr, s.now), 0);
    s.settle();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].op, opcode::get);
    EXPECT_EQ(seen[0].path(), "/a");
    s.reply(1, 1);
}

} // namespace
} // namespace zooid::session
