#include "unit/session/script.hpp"

#include <algorithm>
#include <random>

// Whole conversations with a small server, broken off after every byte: no request may be lost or completed twice, none
// that was not sent may fail, and the server must never see a request twice or out of order.

namespace zooid::session {
namespace {

// Answers everything, in order, and writes down what it executed.
class small_server {
public:
    explicit small_server(bool wants_auth) : wants_auth_(wants_auth) {}

    void hang_up() {
        in_.clear();
        greeted_ = false;
        authenticated_ = !wants_auth_;
    }

    // Takes bytes, returns its answer.
    std::string take(std::string_view bytes) {
        in_ += bytes;
        wire::buffer out;
        for (;;) {
            const auto found = wire::next_frame(in_);
            if (found.state != wire::frame_state::complete) {
                return std::string{out.view()};
            }
            const std::string payload{found.payload};
            in_.erase(0, found.consumed);
            greeted_ ? answer(payload, out) : greet(payload, out);
        }
    }

    std::vector<std::string> executed; ///< paths, in order
    bool closed = false;

private:
    void greet(const std::string& payload, wire::buffer& out) {
        wire::connect_request asked;
        ASSERT_TRUE(wire::decode(payload, asked));
        ASSERT_EQ(payload.size(), 45U);
        if (asked.session_id != 0) {
            ASSERT_EQ(asked.session_id, session_);
            ASSERT_LE(asked.last_zxid_seen, zxid_);
        } else {
            session_ = 77 + static_cast<std::int64_t>(executed.size());
        }
        wire::put_connect_response(out, {0, 9000, session_, std::string_view{"0123456789abcdef"}, false});
        greeted_ = true;
    }

    void answer(const std::string& payload, wire::buffer& out) {
        wire::reader in{payload};
        wire::request_header header;
        ASSERT_TRUE(wire::decode(in, header));
        switch (header.type) {
        case opcode::auth:
            authenticated_ = true;
            wire::put_reply(out, header.xid, 0, 0);
            return;
        case opcode::ping:
            wire::put_reply(out, wire::xids::ping, zxid_, 0);
            return;
        case opcode::set_watches:
            ASSERT_TRUE(authenticated_);
            wire::put_reply(out, header.xid, zxid_, 0);
            return;
        case opcode::close_session:
            closed = true;
            wire::put_reply(out, header.xid, ++zxid_, 0);
            return;
        default:
            break;
        }
        ASSERT_TRUE(authenticated_) << "user requests wait for the credentials";
        wire::path_watch_request request;
        ASSERT_TRUE(wire::decode(in, request));
        executed.emplace_back(request.path.path);
        wire::put_reply(out, header.xid, ++zxid_, 0, wire::encoded_body{executed.back()});
    }

    const bool wants_auth_;
    bool greeted_ = false;
    bool authenticated_ = !wants_auth_;
    std::string in_;
    std::int64_t session_ = 0;
    std::int64_t zxid_ = 100;
};

struct conversation {
    explicit conversation(bool wants_auth)
        : server(wants_auth), s([wants_auth] {
              session_config config;
              if (wants_auth) {
                  config.auth = {{"digest", "a:b"}};
              }
              config.max_reply = 200;
              return config;
          }()) {}

    void open() {
        if (s.opened.size() != links) {
            links = s.opened.size();
            server.hang_up();
            to_client.clear();
            linked = true;
            s.core.link_up(s.now);
            s.settle();
        }
    }
    void cut() {
        linked = false;
        s.link_down();
        s.advance(6s); // past any pause
    }
    // Carries up to `n` bytes to the server and up to `m` back.
    void carry(std::size_t n, std::size_t m) {
        n = std::min(n, s.wire_bytes.size());
        to_client += server.take(s.wire_bytes.substr(0, n));
        s.wire_bytes.erase(0, n);
        m = std::min(m, to_client.size());
        if (m != 0) {
            const std::string piece = to_client.substr(0, m);
            to_client.erase(0, m);
            s.deliver(piece);
        }
    }
    void finish() {
        for (int i = 0; i < 100 && std::any_of(s.requests.begin(), s.requests.end(),
                                               [](const test_request& r) { return r.waits(); });
             ++i) {
            s.advance(100ms); // past any pause
            open();
            carry(std::string::npos, std::string::npos);
        }
    }
    // Requests are named by their index.
    void check(std::size_t context) {
        std::vector<std::string> sorted = server.executed;
        EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end())) << "cut " << context;
        EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end()) << "executed twice, cut " << context;
        for (std::size_t i = 0; i < s.requests.size(); ++i) {
            const test_request& r = s.requests[i];
            ASSERT_EQ(r.results.size(), 1U) << "request " << i << ", cut " << context;
            const bool done = std::binary_search(sorted.begin(), sorted.end(), name(i));
            if (r.result() == 0) {
                EXPECT_TRUE(done);
                EXPECT_EQ(r.body, name(i)) << "cut " << context;
            } else {
                EXPECT_EQ(r.result(), code(errc::connection_loss)) << "cut " << context;
            }
        }
    }
    static std::string name(std::size_t index) {
        const std::string number = std::to_string(index);
        return "/r" + std::string(4 - number.size(), '0') + number;
    }

    small_server server;
    script s;
    std::string to_client;
    std::size_t links = 0;
    bool linked = false;
};

class cut_everywhere : public ::testing::TestWithParam<bool> {};

TEST_P(cut_everywhere, bytes_to_the_server) {
    for (std::size_t cut = 0; cut < 400; ++cut) {
        conversation c(GetParam());
        c.s.take_limit = cut; // the link takes that many bytes, then breaks
        c.s.start();
        for (std::size_t i = 0; i < 4; ++i) {
            c.s.get(conversation::name(i), watch_request{make_watcher(), conversation::name(i), watch_kind::data});
        }
        for (int i = 0; i < 10; ++i) {
            c.open();
            c.carry(std::string::npos, std::string::npos);
        }
        c.s.get(conversation::name(4));
        c.s.take_limit = std::string::npos;
        c.cut();
        c.s.get(conversation::name(5));
        c.finish();
        c.check(cut);
        EXPECT_EQ(c.s.requests[5].result(), 0) << "submitted after the cut";
        if (c.s.requests[0].result() != 0) {
            EXPECT_GT(cut, 49U) << "nothing of it was written";
        }
    }
}

TEST_P(cut_everywhere, bytes_to_the_client) {
    for (std::size_t cut = 0; cut < 250; ++cut) {
        conversation c(GetParam());
        c.s.start();
        for (std::size_t i = 0; i < 4; ++i) {
            c.s.get(conversation::name(i));
        }
        std::size_t left = cut;
        for (int i = 0; i < 10; ++i) {
            c.open();
            const std::size_t before = c.to_client.size();
            c.carry(std::string::npos, 0);
            const std::size_t there = c.to_client.size();
            EXPECT_GE(there, before);
            const std::size_t piece = std::min(left, there);
            left -= piece;
            c.carry(0, piece);
        }
        c.cut();
        c.finish();
        c.check(cut);
    }
}

INSTANTIATE_TEST_SUITE_P(session, cut_everywhere, ::testing::Values(false, true));

TEST(broken_link, random_conversations) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        conversation c(seed % 2 == 0);
        c.s.start();
        std::size_t submitted = 0;
        std::vector<std::size_t> cancelled;
        for (int step = 0; step < 300; ++step) {
            switch (random() % 12) {
            case 0:
            case 1:
            case 2: {
                const std::string path = conversation::name(submitted++);
                const bool late = random() % 4 == 0;
                c.s.get(path, {}, late ? c.s.now + std::chrono::milliseconds{random() % 4000} : steady_time::max());
                break;
            }
            case 3:
                c.s.take_limit = random() % 100;
                c.s.settle();
                break;
            case 4:
                if (c.linked && random() % 4 == 0) {
                    c.s.take_limit = std::string::npos;
                    c.cut();
                }
                break;
            case 5:
                if (submitted != 0) {
                    c.s.core.cancel(c.s.requests[random() % submitted].line(), code(errc::interrupted));
                    c.s.settle();
                }
                break;
            case 6:
                c.s.advance(std::chrono::milliseconds{random() % 300});
                break;
            default:
                c.open();
                c.carry(random() % 60, random() % 60);
            }
        }
        c.s.take_limit = std::string::npos;
        c.s.settle();
        c.finish();
        const auto& executed = c.server.executed;
        ASSERT_TRUE(std::is_sorted(executed.begin(), executed.end()));
        ASSERT_EQ(std::adjacent_find(executed.begin(), executed.end()), executed.end());
        for (std::size_t i = 0; i < submitted; ++i) {
            const test_request& r = c.s.requests[i];
            ASSERT_EQ(r.results.size(), 1U) << "request " << i;
            const bool done = std::binary_search(executed.begin(), executed.end(), conversation::name(i));
            if (r.result() == 0) {
                ASSERT_TRUE(done);
                ASSERT_EQ(r.body, conversation::name(i));
            } else if (r.result() == code(errc::interrupted) || r.result() == code(errc::operation_timeout)) {
                continue; // may have been executed
            } else {
                ASSERT_EQ(r.result(), code(errc::connection_loss));
            }
        }
        EXPECT_EQ(c.s.core.queue_depth(), 0U);
    }
}

TEST(broken_link, the_rest_of_a_begun_request_is_not_sent_again) {
    script s;
    s.connect();
    s.take_limit = 10;
    auto& begun = s.get("/begun");
    auto& queued = s.get("/queued");
    s.advance(1s);
    s.take_seen();
    s.link_down();
    EXPECT_EQ(begun.result(), code(errc::connection_loss));
    EXPECT_TRUE(queued.waits());
    s.take_limit = std::string::npos;
    s.connect();
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/queued");
    EXPECT_EQ(seen[0].xid, 2);
    s.reply(2, 1, 0, "x");
    EXPECT_EQ(queued.body, "x");
}

TEST(broken_link, a_writer_that_has_not_come_back_may_have_sent_all_it_has) {
    script s;
    s.connect();
    s.advance(1s);
    s.stuck_writer = true;
    auto& handed = s.get("/handed");
    const std::size_t n = s.begin_stuck_write().size();
    auto& queued = s.get("/queued");
    s.core.link_down(errc::connection_loss, s.now);
    s.settle();
    EXPECT_EQ(handed.result(), code(errc::connection_loss));
    EXPECT_TRUE(queued.waits());
    s.core.link_up(s.now);
    s.settle();
    EXPECT_TRUE(s.wire_bytes.empty()) << "the old write is still going on";
    s.finish_write(n / 2);
    s.settle();
    EXPECT_TRUE(s.take_frame()) << "the connect request";
    s.grant(77);
    const auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path(), "/queued");
}

TEST(broken_link, the_end_of_a_connection_says_nothing_about_the_session) {
    // Servers end connections without a word, also when the session has expired or this client knows more than they do.
    script s({}, "a,b");
    s.connect();
    s.lose_link();
    s.link_up();
    s.link_down(); // instead of an answer
    EXPECT_EQ(s.link_up().session_id, 77);
    EXPECT_EQ(s.core.state(), session_state::suspended);
    s.grant(77);
    EXPECT_EQ(s.core.state(), session_state::connected);
    EXPECT_EQ(s.core.counters().expirations, 0U);
}

TEST(broken_link, an_operation_the_server_does_not_know_costs_the_link) {
    script s;
    s.connect();
    auto& unknown = s.get("/a");
    auto& innocent = s.get("/b");
    s.reply(1, -1, code(errc::unimplemented));
    s.link_down();
    EXPECT_EQ(unknown.result(), code(errc::unimplemented));
    EXPECT_EQ(innocent.result(), code(errc::connection_loss));
    EXPECT_EQ(s.opened.size(), 2U);
}

TEST(broken_link, a_rush_of_requests_leaves_the_machine_as_it_was) {
    script s;
    s.connect();
    for (int round = 0; round < 3; ++round) {
        std::vector<std::int32_t> xids;
        std::vector<test_request*> all;
        for (int i = 0; i < 20'000; ++i) {
            all.push_back(&s.get("/" + std::to_string(i)));
        }
        wire::buffer out;
        for (const auto& one : s.take_requests()) {
            wire::put_reply(out, one.xid, 5, 0);
        }
        s.deliver(out);
        for (const test_request* r : all) {
            ASSERT_EQ(r->result(), 0);
        }
        EXPECT_TRUE(s.core.nothing_ahead());
    }
}

TEST(broken_link, garbage_harms_nobody) {
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        session_config config;
        config.max_reply = 300;
        config.auth = {{"digest", "a:b"}};
        script s(config);
        s.start();
        if (random() % 4 != 0) {
            s.link_up();
            if (random() % 4 != 0) {
                s.grant(77);
                if (random() % 4 != 0) {
                    s.reply(wire::xids::auth, 0);
                }
            }
        }
        for (int i = 0; i < 6; ++i) {
            s.get("/a", watch_request{make_watcher(), "/a", watch_kind::data});
        }
        wire::buffer out;
        for (std::int32_t i = 0; i < 6; ++i) { // a sane conversation …
            wire::put_reply(out, 1 + i, 10 + i, 0, wire::encoded_body{"body"});
            wire::put_notification(out, -1, {1 + i % 5, 3, "/a"});
            wire::put_reply(out, wire::xids::ping, 10, 0);
        }
        std::string bytes{out.view()};
        for (auto flips = random() % 6; flips-- > 0;) { // … with some bytes changed
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        while (!bytes.empty()) {
            const std::size_t n = std::min<std::size_t>(1 + random() % 60, bytes.size());
            s.deliver(bytes.substr(0, n));
            bytes.erase(0, n);
        }
        s.core.close(true, s.now);
        s.settle();
        for (const test_request& r : s.requests) {
            ASSERT_EQ(r.results.size(), 1U);
        }
        ASSERT_EQ(s.core.watches().size(), 0U);
        ASSERT_EQ(s.core.keeper(), keeper_state::closed);
    }
}

} // namespace
} // namespace zooid::session
