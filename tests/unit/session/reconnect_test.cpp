#include "unit/session/script.hpp"

#include <set>

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

TEST(reconnect, the_first_round_is_immediate_then_it_backs_off) {
    script s({}, "a,b,c");
    s.start();
    std::chrono::nanoseconds longest{0};
    for (int round = 0; round < 12; ++round) {
        const auto begin = static_cast<std::ptrdiff_t>(s.opened.size()) - 1;
        const steady_time before = s.now;
        s.link_down();
        s.link_down();
        const std::set<std::string> tried(s.opened.begin() + begin, s.opened.end());
        EXPECT_EQ(tried.size(), 3U) << "round " << round;
        EXPECT_EQ(s.now, before);
        s.link_down(); // the last of the round
        ASSERT_EQ(s.opened.size(), static_cast<std::size_t>(begin) + 3);
        const auto pause = s.advance_to_deadline();
        const auto whole = std::min(50ms * (1 << round), 5000ms);
        EXPECT_LE(pause, whole);
        EXPECT_GE(pause, whole / 2);
        ASSERT_EQ(s.opened.size(), static_cast<std::size_t>(begin) + 4);
        longest = std::max(longest, pause);
    }
    EXPECT_GT(longest, 2500ms);
    EXPECT_LE(longest, 5000ms);
}

TEST(reconnect, order_depends_on_the_seed_only) {
    std::set<lines> orders;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        script one({}, "a,b,c,d", seed);
        script two({}, "a,b,c,d", seed);
        for (script* s : {&one, &two}) {
            s->start();
            for (int i = 0; i < 3; ++i) {
                s->link_down();
            }
        }
        EXPECT_EQ(one.opened, two.opened);
        orders.insert(one.opened);
    }
    EXPECT_GT(orders.size(), 10U);

    session_config config;
    config.shuffle_hosts = false;
    script given(config, "a,b,c,d", 99);
    given.start();
    given.link_down();
    EXPECT_EQ(given.opened, (lines{"a:2181", "b:2181"}));
}

TEST(reconnect, a_working_link_that_ends_is_replaced_at_once) {
    script s({}, "a");
    s.connect();
    s.lose_link();
    EXPECT_EQ(s.opened.size(), 2U);
    s.link_up();
    s.grant(77);
    s.get("/a");
    s.reply(1, 1); // the server works
    s.link_down();
    EXPECT_EQ(s.opened.size(), 3U);
}

TEST(reconnect, a_server_that_hangs_up_at_once_is_not_hammered) {
    script s({}, "a");
    s.connect();
    s.link_down();
    EXPECT_EQ(s.opened.size(), 1U);
    EXPECT_GE(s.advance_to_deadline(), 25ms);
    EXPECT_EQ(s.opened.size(), 2U);
    s.connect();
    s.link_down();
    EXPECT_EQ(s.opened.size(), 2U);
    EXPECT_GE(s.advance_to_deadline(), 50ms);
}

TEST(reconnect, a_server_that_hangs_up_over_our_watches_is_not_hammered) {
    script s({}, "a");
    s.connect();
    s.set_watch(opcode::add_watch, make_watcher(), "/a", watch_kind::persistent);
    s.lose_link();
    for (int i = 0; i < 3; ++i) {
        const std::size_t attempts = s.opened.size();
        s.connect();
        s.reply(wire::xids::set_watches, 0, code(errc::unimplemented));
        s.link_down();
        EXPECT_EQ(s.opened.size(), attempts);
        s.advance_to_deadline();
        EXPECT_EQ(s.opened.size(), attempts + 1);
    }
}

TEST(reconnect, keeps_the_session_and_its_queue) {
    script s({}, "a,b");
    s.connect(77);
    s.advance(1s);
    s.take_seen();
    s.link_down();
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting connection_loss"}));
    auto& r = s.get("/a");
    s.link_down(); // that attempt fails
    EXPECT_TRUE(r.waits()) << "a vain attempt costs nothing";
    EXPECT_EQ(s.take_seen(), lines{}) << "and nobody needs to know";
    EXPECT_EQ(s.link_up().session_id, 77);
    s.grant(77);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
    EXPECT_EQ(s.take_requests().size(), 1U);
    s.reply(1, 1);
    EXPECT_EQ(r.result(), 0);
}

TEST(reconnect, bytes_of_a_link_that_is_gone_are_ignored) {
    script s;
    s.connect();
    s.get("/a");
    s.link_down();
    s.take_seen();
    s.reply(1, 1);
    s.event(event_type::created, "/a");
    EXPECT_EQ(s.take_seen(), lines{});
    s.core.link_down(errc::connection_loss, s.now); // of the new attempt
    s.settle();
    EXPECT_EQ(s.take_seen(), lines{});
}

TEST(reconnect, to_a_preferred_host) {
    script s({}, "a,b,c,d");
    s.connect();
    auto& sent = s.get("/sent");
    s.take_seen();
    for (std::size_t i = 0; i < s.core.hosts().size(); ++i) {
        s.core.reconnect(i, s.now);
        s.settle();
        EXPECT_EQ(s.opened.back(), to_string(s.core.hosts()[i]));
        EXPECT_EQ(s.core.current_host(), i);
    }
    EXPECT_EQ(sent.result(), code(errc::connection_loss));
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting connection_loss", "done 1 connection_loss"}));
    EXPECT_EQ(s.link_up().session_id, 77);
}

TEST(reconnect, a_preferred_host_cuts_a_pause_short) {
    script s({}, "a,b");
    s.start();
    s.link_down();
    s.link_down();
    EXPECT_EQ(s.opened.size(), 2U);
    s.core.reconnect(1, s.now);
    s.settle();
    ASSERT_EQ(s.opened.size(), 3U);
    EXPECT_EQ(s.opened.back(), to_string(s.core.hosts()[1]));
}

TEST(reconnect, a_new_host_list_without_the_present_server_moves_away) {
    script s({}, "a,b");
    s.connect();
    auto& sent = s.get("/sent");
    s.take_seen();
    s.core.set_hosts(hosts("x,y"), s.now);
    s.settle();
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.take_seen(), (lines{"suspended connecting connection_loss", "done 1 connection_loss"}));
    EXPECT_EQ(sent.result(), code(errc::connection_loss));
    ASSERT_EQ(s.opened.size(), 2U);
    EXPECT_TRUE(s.opened.back() == "x:2181" || s.opened.back() == "y:2181");
    EXPECT_EQ(s.link_up().session_id, 77);
}

TEST(reconnect, a_new_host_list_with_the_present_server_only_stays) {
    script s({}, "a,b");
    s.connect();
    const std::string here = s.opened.back();
    s.core.set_hosts(hosts(here), s.now);
    s.settle();
    EXPECT_EQ(s.closes, 0U);
    EXPECT_EQ(s.core.current_host(), 0U);
    EXPECT_EQ(to_string(s.core.hosts()[0]), here);
    s.lose_link();
    EXPECT_EQ(s.opened.back(), here);
}

TEST(reconnect, an_empty_host_list_changes_nothing) {
    script s({}, "a,b");
    s.connect();
    s.core.set_hosts({}, s.now);
    s.settle();
    EXPECT_EQ(s.core.hosts().size(), 2U);
    EXPECT_EQ(s.closes, 0U);
}

TEST(reconnect, a_longer_host_list_moves_some_and_they_keep_their_session) {
    int moved = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        script s({}, "a,b", seed);
        s.connect();
        s.core.set_hosts(hosts("a,b,c,d"), s.now);
        s.settle();
        if (s.closes == 1) {
            ++moved;
            EXPECT_TRUE(s.opened.back() == "c:2181" || s.opened.back() == "d:2181");
            EXPECT_EQ(s.link_up().session_id, 77);
        }
    }
    EXPECT_NEAR(moved, 150, 45);
}

TEST(reconnect, a_host_list_changes_while_an_attempt_is_under_way) {
    script s({}, "a,b");
    s.start();
    s.link_down();
    s.core.set_hosts(hosts("x,y"), s.now);
    s.settle();
    EXPECT_EQ(s.closes, 1U) << "no use in waiting for a server that is gone";
    EXPECT_EQ(s.opened.size(), 3U) << "the round starts anew";
    s.connect();
    EXPECT_EQ(s.core.state(), session_state::connected);
}

} // namespace
} // namespace zooid::session
