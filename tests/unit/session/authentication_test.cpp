#include "unit/session/script.hpp"

#include <functional>

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

session_config with_credentials() {
    session_config config;
    config.auth = {{"digest", "ann:one"}, {"digest", "bob:two"}};
    return config;
}

void confirm(script& s, std::int32_t err = 0) { s.reply(wire::xids::auth, 0, err); }

TEST(authentication, credentials_go_first_and_hold_everything_back) {
    script s(with_credentials());
    s.start();
    auto& early = s.get("/early");
    s.link_up();
    s.grant(77);
    auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    for (const auto& one : seen) {
        EXPECT_EQ(one.op, opcode::auth);
        EXPECT_EQ(one.xid, wire::xids::auth);
    }
    EXPECT_EQ(seen[0].as<wire::auth_packet>().type, 0);
    EXPECT_EQ(seen[0].as<wire::auth_packet>().scheme, "digest");
    EXPECT_EQ(seen[0].as<wire::auth_packet>().auth, "ann:one");
    EXPECT_EQ(seen[1].as<wire::auth_packet>().auth, "bob:two");
    EXPECT_EQ(s.core.keeper(), keeper_state::authenticating);
    EXPECT_EQ(s.take_seen(), lines{});
    confirm(s);
    EXPECT_TRUE(s.take_requests().empty());
    EXPECT_EQ(s.take_seen(), lines{});
    confirm(s);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/early");
    s.reply(seen[0].xid, 1);
    EXPECT_EQ(early.result(), 0);
}

TEST(authentication, credentials_are_replayed_ahead_of_watches) {
    script s(with_credentials());
    s.connect();
    confirm(s);
    confirm(s);
    s.take_requests();
    s.set_watch(opcode::get, make_watcher(), "/w", watch_kind::data);
    s.lose_link();
    s.get("/a");
    s.link_up();
    s.grant(77);
    auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1].op, opcode::auth);
    confirm(s);
    confirm(s);
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].op, opcode::set_watches);
    EXPECT_EQ(seen[1].op, opcode::get);
}

TEST(authentication, later_credentials_may_overtake_replies) {
    script s;
    s.connect();
    auto& a = s.get("/a");
    test_request auth;
    s.core.add_auth({"digest", "ann:one"}, &auth, s.now);
    s.settle();
    auto& b = s.get("/b");
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[1].op, opcode::auth);
    confirm(s); // the server's I/O thread is faster
    EXPECT_EQ(auth.result(), 0);
    EXPECT_TRUE(a.waits());
    s.reply(1, 1, 0, "a");
    s.reply(2, 1, 0, "b");
    EXPECT_EQ(a.body, "a");
    EXPECT_EQ(b.body, "b");
    EXPECT_EQ(s.closes, 0U);

    s.lose_link(); // and it is kept for the next connection
    s.link_up();
    s.grant(77);
    EXPECT_EQ(s.take_requests().size(), 1U);
    confirm(s);
    EXPECT_EQ(s.core.state(), session_state::connected);
    EXPECT_EQ(auth.results.size(), 1U);
}

TEST(authentication, added_while_there_is_no_connection) {
    script s;
    test_request before_start;
    test_request while_connecting;
    s.core.add_auth({"digest", "a:1"}, &before_start, s.now);
    s.start();
    s.core.add_auth({"digest", "b:2"}, &while_connecting, s.now);
    s.settle();
    s.link_up();
    s.grant(77);
    EXPECT_EQ(s.take_requests().size(), 2U);
    s.link_down(); // not confirmed: they go on waiting
    EXPECT_TRUE(before_start.waits());
    s.advance_to_deadline();
    s.link_up();
    s.grant(77);
    EXPECT_EQ(s.take_requests().size(), 2U);
    confirm(s);
    EXPECT_EQ(before_start.result(), 0);
    EXPECT_TRUE(while_connecting.waits());
    confirm(s);
    EXPECT_EQ(while_connecting.result(), 0);
    EXPECT_EQ(s.take_seen(), (lines{"done 1", "done 2", "connected connected"}));
}

TEST(authentication, waiting_for_a_confirmation_can_be_given_up) {
    script s;
    s.connect();
    test_request auth;
    s.core.add_auth({"digest", "a:1"}, &auth, s.now);
    EXPECT_TRUE(s.core.cancel(auth.line(), code(errc::interrupted)));
    EXPECT_FALSE(s.core.cancel(auth.line(), code(errc::interrupted)));
    s.settle();
    EXPECT_EQ(auth.result(), code(errc::interrupted));
    confirm(s);
    EXPECT_EQ(s.closes, 0U);
}

TEST(authentication, one_given_up_before_it_was_sent_never_is) {
    script s(with_credentials());
    s.start();
    test_request auth;
    s.core.add_auth({"digest", "bad"}, &auth, s.now);
    EXPECT_TRUE(s.core.cancel(auth.line(), code(errc::operation_timeout)));
    s.settle();
    EXPECT_EQ(auth.result(), code(errc::operation_timeout));
    s.link_up();
    s.grant(77);
    EXPECT_EQ(s.take_requests().size(), 2U);
}

TEST(authentication, what_was_never_confirmed_is_not_offered_to_the_next_session) {
    script s(with_credentials());
    s.connect();
    s.take_requests();
    test_request good;
    test_request bad;
    test_request behind_it;
    s.core.add_auth({"digest", "good"}, &good, s.now);
    s.core.add_auth({"nonsense", "bad"}, &bad, s.now);
    s.core.add_auth({"nonsense", "worse"}, &behind_it, s.now);
    EXPECT_TRUE(s.core.cancel(bad.line(), code(errc::operation_timeout))) << "sent, and given up";
    s.settle();
    for (int i = 0; i < 3; ++i) {
        confirm(s);
    }
    confirm(s, code(errc::auth_failed));
    EXPECT_EQ(good.result(), 0);
    EXPECT_EQ(behind_it.result(), code(errc::auth_failed));
    s.start();
    s.link_up();
    s.grant(78);
    const auto offered = s.take_requests();
    ASSERT_EQ(offered.size(), 3U);
    EXPECT_EQ(offered[2].as<wire::auth_packet>().auth, "good");
}

TEST(authentication, one_over_the_limit_is_refused_and_not_offered) {
    session_config config;
    config.max_request = 100;
    script s(config);
    s.connect();
    test_request large;
    test_request fitting;
    s.core.add_auth({"digest", std::string(config.max_request, 'x')}, &large, s.now);
    const std::size_t rest = request_size({"digest", {}});
    s.core.add_auth({"digest", std::string(config.max_request - rest, 'x')}, &fitting, s.now);
    s.settle();
    EXPECT_EQ(large.result(), code(errc::request_too_large));
    EXPECT_EQ(s.take_requests().size(), 1U);
    confirm(s);
    EXPECT_EQ(fitting.result(), 0);
    EXPECT_EQ(s.core.state(), session_state::connected);
}

TEST(authentication, refused_credentials_are_terminal) {
    script s(with_credentials());
    s.start();
    auto& queued = s.get("/a");
    test_request auth;
    s.core.add_auth({"digest", "bad"}, &auth, s.now);
    s.link_up();
    s.grant(77);
    confirm(s);
    s.take_seen();
    confirm(s, code(errc::auth_failed));
    EXPECT_EQ(s.take_seen(), (lines{"lost auth_failed auth_failed", "done 1 auth_failed", "done 1 auth_failed"}));
    EXPECT_EQ(queued.result(), code(errc::auth_failed));
    EXPECT_EQ(auth.result(), code(errc::auth_failed));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.opened.size(), 1U) << "it does not try again";
    EXPECT_EQ(s.core.next_deadline(), steady_time::max());
    EXPECT_EQ(s.get("/b").result(), code(errc::auth_failed));
    test_request another;
    s.core.add_auth({"digest", "c"}, &another, s.now);
    s.settle();
    EXPECT_EQ(another.result(), code(errc::auth_failed));
}

TEST(authentication, a_refused_addition_is_terminal_and_not_offered_again) {
    script s(with_credentials());
    s.connect();
    confirm(s);
    confirm(s);
    auto w = make_watcher("w");
    s.take_requests();
    s.set_watch(opcode::get, w, "/w", watch_kind::data);
    auto& sent = s.get("/sent");
    test_request bad;
    s.core.add_auth({"nonsense", "x"}, &bad, s.now);
    s.settle();
    s.take_seen();
    confirm(s, code(errc::auth_failed));
    EXPECT_EQ(bad.result(), code(errc::auth_failed));
    EXPECT_EQ(sent.result(), code(errc::connection_loss)) << "the server may have executed it";
    EXPECT_FALSE(w->registered());
    EXPECT_EQ(s.take_seen(), (lines{"done 1 auth_failed", "lost auth_failed auth_failed", "event /w session w",
                                    "done 2 connection_loss"}));
    s.start();
    s.link_up();
    s.grant(78);
    EXPECT_EQ(s.take_requests().size(), 2U);
    confirm(s);
    confirm(s);
    EXPECT_EQ(s.core.state(), session_state::connected);
}

TEST(authentication, a_server_that_demands_it) {
    const std::vector<std::function<void(script&)>> answers{
        [](script& s) { s.reply(1, 0, code(errc::session_closed_require_auth)); },
        [](script& s) {
            s.advance(3s);
            s.reply(wire::xids::ping, 0, code(errc::session_closed_require_auth));
        }};
    for (const auto& answer : answers) {
        script s;
        s.connect();
        auto& refused = s.get("/a");
        auto& behind_it = s.get("/b");
        s.take_seen();
        answer(s);
        // With a ping's reply it is not known what became of the first one either.
        const errc first = s.core.counters().pings == 0 ? errc::auth_failed : errc::connection_loss;
        EXPECT_EQ(refused.result(), code(first));
        EXPECT_EQ(behind_it.result(), code(errc::connection_loss));
        EXPECT_EQ(s.core.keeper(), keeper_state::auth_failed);
        EXPECT_EQ(s.closes, 1U);
    }
}

TEST(authentication, has_a_deadline) {
    script s(with_credentials(), "a,b,c");
    s.connect();
    s.advance(2s);
    confirm(s);
    s.advance(2s);
    EXPECT_EQ(s.closes, 0U);
    s.advance(1s); // a third of the timeout after the last step
    EXPECT_EQ(s.closes, 1U);
    EXPECT_EQ(s.opened.size(), 2U);
}

TEST(authentication, the_session_is_kept_alive_meanwhile) {
    session_config config = with_credentials();
    config.connect_timeout = 1h;
    script s(config);
    s.connect();
    s.take_requests();
    s.advance(3s);
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].op, opcode::ping);
    s.reply(wire::xids::ping, 0, code(errc::session_closed_require_auth));
    EXPECT_EQ(s.closes, 1U);
    EXPECT_NE(s.core.keeper(), keeper_state::auth_failed) << "too slow is not the same as refused";
}

// ---- SASL ----

// Sends "one", then "two", and expects "1" and then nothing.
class counting_mechanism final : public sasl_client {
public:
    explicit counting_mechanism(lines& log) : log_(log) {}
    sasl_step step(std::optional<std::string_view> challenge) override {
        log_.push_back(challenge ? std::string{*challenge} : "null");
        switch (++round_) {
        case 1:
            return {sasl_step::kind::token, "one"};
        case 2:
            return challenge == "1" ? sasl_step{sasl_step::kind::token, "two"}
                                    : sasl_step{sasl_step::kind::failed, "not a SASL server"};
        default:
            return {sasl_step::kind::done, ""};
        }
    }

private:
    lines& log_;
    int round_ = 0;
};

struct sasl_script : script {
    explicit sasl_script(lines& log)
        : script([&log] {
              session_config config = with_credentials();
              config.sasl = [&log](std::string_view host) {
                  log.push_back("for " + std::string{host});
                  return std::make_unique<counting_mechanism>(log);
              };
              return config;
          }()) {}

    void challenge(std::int32_t xid, std::optional<std::string_view> token, std::int32_t err = 0) {
        wire::buffer out;
        wire::put_reply(out, xid, 0, err, wire::sasl_response{token});
        deliver(out);
    }
};

TEST(sasl, comes_before_everything_else) {
    lines log;
    sasl_script s(log);
    s.start();
    s.get("/early"); // has xid 1 as the first token has
    s.link_up();
    s.grant(77);
    auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].op, opcode::sasl);
    EXPECT_EQ(seen[0].as<wire::sasl_request>().token, "one");
    s.challenge(seen[0].xid, "1");
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].as<wire::sasl_request>().token, "two");
    s.challenge(seen[0].xid, std::nullopt);
    EXPECT_EQ(log, (lines{"for alpha", "null", "1", "null"}));
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].op, opcode::auth);
    EXPECT_EQ(s.take_seen(), lines{});
    confirm(s);
    confirm(s);
    EXPECT_EQ(s.take_seen(), (lines{"connected connected"}));
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/early");
}

TEST(sasl, is_repeated_on_every_connection) {
    lines log;
    sasl_script s(log);
    s.connect();
    s.link_down();
    s.advance_to_deadline();
    s.link_up();
    s.grant(77);
    EXPECT_EQ(log, (lines{"for alpha", "null", "for alpha", "null"}));
}

TEST(sasl, failures_are_terminal) {
    lines log;
    for (int how = 0; how < 3; ++how) {
        sasl_script s(log);
        s.connect();
        auto& a = s.get("/a");
        const auto seen = s.take_requests();
        ASSERT_EQ(seen.size(), 1U);
        if (how == 0) {
            s.challenge(seen[0].xid, std::nullopt, code(errc::auth_failed));
        } else if (how == 1) {
            s.challenge(seen[0].xid, std::nullopt, code(errc::session_closed_require_auth));
        } else {
            s.challenge(seen[0].xid, std::nullopt); // a server without SASL
        }
        EXPECT_EQ(s.core.keeper(), keeper_state::auth_failed);
        EXPECT_EQ(a.result(), code(errc::auth_failed));
        EXPECT_EQ(s.closes, 1U);
    }
}

TEST(sasl, a_malformed_reply_ends_the_link_only) {
    lines log;
    sasl_script s(log);
    s.connect();
    s.reply(1, 0, 0, "xx");
    EXPECT_EQ(s.closes, 1U);
    EXPECT_NE(s.core.keeper(), keeper_state::auth_failed);
}

} // namespace
} // namespace zooid::session
