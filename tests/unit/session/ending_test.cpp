#include "unit/session/script.hpp"

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

void close(script& s, bool keep = false) {
    s.core.close(keep, s.now);
    s.settle();
}

void expect_closed(script& s) {
    EXPECT_EQ(s.core.state(), session_state::lost);
    EXPECT_EQ(s.core.keeper(), keeper_state::closed);
    EXPECT_EQ(s.core.next_deadline(), steady_time::max());
    EXPECT_EQ(s.core.queue_depth(), 0U);
    EXPECT_EQ(s.core.safe_until() == steady_time::min(), s.core.credentials().id == 0);
    EXPECT_EQ(s.get("/after").result(), code(errc::closed));
}

TEST(ending, what_is_in_line_is_answered_first) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/w", watch_kind::data);
    auto& a = s.get("/a");
    s.take_seen();
    close(s);
    EXPECT_EQ(s.take_seen(), lines{});
    EXPECT_EQ(s.get("/b").result(), code(errc::closing));
    auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1].op, opcode::close_session);
    EXPECT_TRUE(seen[1].body.empty());
    EXPECT_EQ(s.core.safe_until(), steady_time::min()) << "from now on the server may give the ephemerals away";
    s.reply(seen[0].xid, 8, 0, "a");
    EXPECT_EQ(a.result(), 0);
    s.event(event_type::deleted, "/w"); // the end of our own ephemerals
    s.reply(seen[1].xid, 9);
    EXPECT_EQ(s.take_seen(), (lines{"done 2", "event /w deleted w", "lost closed"}));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.core.credentials().id, 0);
    expect_closed(s);
}

TEST(ending, watches_end_with_the_session) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/w", watch_kind::data);
    close(s);
    s.take_seen();
    s.reply(s.take_requests().back().xid, 9);
    EXPECT_EQ(s.take_seen(), (lines{"lost closed", "event /w session w"}));
    EXPECT_FALSE(w->registered());
}

TEST(ending, it_is_bounded) {
    script s;
    s.connect();
    auto& sent = s.get("/sent");
    s.take_limit = 0;
    auto& stuck = s.get("/stuck");
    close(s);
    s.take_seen();
    EXPECT_EQ(s.advance_to_deadline(), 2s);
    EXPECT_EQ(sent.result(), code(errc::connection_loss));
    EXPECT_EQ(stuck.result(), code(errc::closed));
    EXPECT_EQ(s.take_seen(), (lines{"lost closed", "done 1 connection_loss", "done 2 closed"}));
    EXPECT_EQ(s.closes, 1U);
    expect_closed(s);
}

TEST(ending, the_link_ends_meanwhile) {
    script s;
    s.connect();
    auto& sent = s.get("/sent");
    close(s);
    s.take_seen();
    s.link_down();
    EXPECT_EQ(sent.result(), code(errc::connection_loss));
    EXPECT_EQ(s.take_seen(), (lines{"lost closed", "done 1 connection_loss"}));
    EXPECT_EQ(s.closes, 0U) << "there is nothing left to close";
    EXPECT_EQ(s.opened.size(), 1U);
    expect_closed(s);
}

TEST(ending, a_second_close_changes_nothing) {
    script s;
    s.connect();
    close(s);
    close(s);
    EXPECT_EQ(s.take_requests().size(), 1U);
}

TEST(ending, not_connected_it_is_immediate) {
    enum class at { idle, linking, handshaking, authenticating, waiting, pausing };
    for (const at where : {at::idle, at::linking, at::handshaking, at::authenticating, at::waiting, at::pausing}) {
        session_config config;
        if (where == at::authenticating) {
            config.auth = {{"digest", "a:b"}};
        }
        script s(config);
        test_request* queued = nullptr;
        std::size_t links = 0;
        if (where != at::idle) {
            s.start();
            queued = &s.get("/queued");
            links = 1;
        }
        if (where == at::handshaking || where == at::authenticating || where == at::waiting) {
            s.link_up();
        }
        if (where == at::authenticating || where == at::waiting) {
            s.grant(77);
        }
        if (where == at::waiting) {
            s.reply(1, 1);
            queued = nullptr;
            s.link_down();
        }
        if (where == at::pausing) {
            s.link_down();
            links = 0;
        }
        s.take_seen();
        close(s);
        EXPECT_EQ(s.closes, links) << static_cast<int>(where);
        const auto seen = s.take_seen();
        if (where == at::idle) {
            EXPECT_TRUE(seen.empty()) << "it was closed before";
        } else {
            EXPECT_EQ(seen.front(), "lost closed");
        }
        if (queued != nullptr) {
            EXPECT_EQ(queued->result(), code(errc::closed));
        }
        expect_closed(s);
    }
}

TEST(ending, after_expiry_and_after_auth_failure) {
    session_config config;
    config.new_session_after_expiry = false;
    config.auth = {{"digest", "a:b"}};
    for (const bool refused : {false, true}) {
        script s(config);
        s.connect();
        s.reply(wire::xids::auth, 0, refused ? code(errc::auth_failed) : 0);
        if (!refused) {
            s.lose_link();
            s.link_up();
            s.refuse();
        }
        s.take_seen();
        close(s);
        EXPECT_EQ(s.take_seen(), (lines{"lost closed"}));
        expect_closed(s);
    }
}

TEST(ending, keeping_the_session) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/w", watch_kind::data);
    auto& sent = s.get("/sent");
    s.take_limit = 0;
    auto& unsent = s.get("/unsent");
    s.take_requests();
    s.take_seen();
    close(s, true);
    EXPECT_TRUE(s.take_requests().empty()) << "no close_session";
    EXPECT_EQ(s.take_seen(), (lines{"lost closed", "event /w session w", "done 2 connection_loss", "done 3 closed"}));
    EXPECT_EQ(sent.result(), code(errc::connection_loss));
    EXPECT_EQ(unsent.result(), code(errc::closed));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.core.credentials().id, 77);
    expect_closed(s);

    s.take_limit = std::string::npos;
    s.start();
    EXPECT_EQ(s.link_up().session_id, 77);
    s.grant(77);
    EXPECT_TRUE(s.take_requests().empty());
    EXPECT_TRUE(s.get("/again").waits());
}

TEST(ending, starting_over_makes_a_new_session) {
    script s;
    s.connect();
    close(s);
    s.reply(s.take_requests().back().xid, 9);
    s.start();
    const auto asked = s.link_up();
    EXPECT_EQ(asked.session_id, 0);
    EXPECT_EQ(asked.last_zxid_seen, 0);
    s.grant(78);
    EXPECT_EQ(s.core.state(), session_state::connected);
    EXPECT_TRUE(s.get("/a").waits());
}

TEST(ending, starting_twice_changes_nothing) {
    script s;
    s.connect();
    s.start();
    EXPECT_EQ(s.opened.size(), 1U);
    EXPECT_EQ(s.core.state(), session_state::connected);
}

TEST(ending, a_waiting_credential_ends_too) {
    script s;
    s.start();
    test_request auth;
    s.core.add_auth({"digest", "a:b"}, &auth, s.now);
    close(s);
    EXPECT_EQ(auth.result(), code(errc::closed));
    test_request late;
    s.core.add_auth({"digest", "c:d"}, &late, s.now);
    s.settle();
    EXPECT_EQ(late.result(), code(errc::closed));
}

TEST(ending, a_closing_session_can_be_dropped) {
    script s;
    s.connect();
    close(s);
    close(s, true);
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.core.keeper(), keeper_state::closed);
}

TEST(ending, a_wrong_reply_while_closing_is_the_end) {
    script s;
    s.connect();
    s.get("/a");
    close(s);
    s.reply(5, 1);
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.core.keeper(), keeper_state::closed);
    EXPECT_EQ(s.opened.size(), 1U);
}

} // namespace
} // namespace zooid::session
