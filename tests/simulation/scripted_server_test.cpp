#include "support/scripted_server.hpp"

#include "testing/simulation/simulation.hpp"
#include "wire/multi.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

/// A client that speaks the protocol by hand.
class hand_client {
public:
    hand_client(simulation& sim, const runtime::endpoint& to)
        : sim_(sim), stream_(sim.environment()->make_stream(sim.executor())) {
        stream_->async_connect(to, [this, alive = std::weak_ptr{alive_}](error_code ec) {
            if (alive.expired()) {
                return;
            }
            if (ec) {
                ended = true;
            } else {
                connected_ = true;
                read();
            }
        });
    }

    /// Sends bytes once connected.
    void send(const wire::buffer& bytes) {
        if (sim_.run_until([this] { return connected_ || ended; }) && !ended) {
            error_code ec;
            stream_->try_write(std::as_bytes(std::span{bytes.data(), bytes.size()}), ec);
        }
    }

    /// Waits for the next frame; empty if the connection ends instead.
    [[nodiscard]] std::string next() {
        EXPECT_TRUE(sim_.run_until([this] { return ended || !frames.empty(); })) << sim_.report();
        if (frames.empty()) {
            return {};
        }
        auto frame = std::move(frames.front());
        frames.pop_front();
        return frame;
    }

    wire::connect_response shake_hands(std::int64_t session = 0, std::string_view password = {},
                                       std::int64_t last_zxid = 0, std::int32_t timeout = 10000) {
        wire::buffer out;
        wire::put_connect_request(out, {0, last_zxid, timeout, session, password, false});
        send(out);
        greeting_ = next();
        wire::connect_response answer;
        if (!wire::decode(greeting_, answer)) {
            answer = {};
        }
        return answer;
    }

    /// Sends a request and waits for a reply, to which the body belongs.
    template <class Record>
    wire::reply_header ask(opcode type, const Record& record, std::string* body = nullptr) {
        wire::buffer out;
        wire::put_request(out, ++xid_, type, record);
        send(out);
        return header_of(next(), body);
    }

    [[nodiscard]] static wire::reply_header header_of(const std::string& frame, std::string* body = nullptr) {
        wire::reader in{frame};
        wire::reply_header header;
        EXPECT_TRUE(wire::decode(in, header)) << "no reply";
        if (body != nullptr) {
            *body = in.rest();
        }
        return header;
    }

    std::deque<std::string> frames;
    bool ended = false;

private:
    void read() {
        stream_->async_read_some(buffer_, [this, alive = std::weak_ptr{alive_}](error_code ec, std::size_t n) {
            if (alive.expired()) {
                return;
            }
            if (ec) {
                ended = true;
                return;
            }
            in_.append(reinterpret_cast<const char*>(buffer_.data()), n);
            for (auto f = wire::next_frame(in_); f.state == wire::frame_state::complete; f = wire::next_frame(in_)) {
                frames.emplace_back(f.payload);
                in_.erase(0, f.consumed);
            }
            read();
        });
    }

    simulation& sim_;
    std::unique_ptr<runtime::stream> stream_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::array<std::byte, 512> buffer_{};
    std::string in_;
    std::string greeting_;
    std::int32_t xid_ = 0;
    bool connected_ = false;
};

class scripted : public ::testing::Test {
protected:
    simulation sim{7};
    scripted_server server{sim.host("zk"), sim.executor()};
    runtime::endpoint where = sim.listen(
        "zk", 2181, [this](std::unique_ptr<runtime::stream> accepted) { server.serve(std::move(accepted)); });
};

TEST_F(scripted, serves_a_tree) {
    hand_client c{sim, where};
    EXPECT_NE(c.shake_hands().session_id, 0);
    std::string body;
    const auto made = c.ask(opcode::create, wire::create_request{"/a", "hello", {}, 0}, &body);
    EXPECT_EQ(made.err, 0);
    EXPECT_EQ(made.xid, 1);
    EXPECT_EQ(made.zxid, 2) << "the session took the first one";
    EXPECT_EQ(c.ask(opcode::create, wire::create_request{"/a", "", {}, 0}).err, -110);
    EXPECT_EQ(c.ask(opcode::create2, wire::create_request{"/a/n-", "", {}, 2}, &body).err, 0);
    wire::create2_response created;
    ASSERT_TRUE(wire::decode(body, created));
    EXPECT_EQ(created.path, "/a/n-0000000000");
    EXPECT_EQ(c.ask(opcode::set, wire::set_data_request{"/a", "x", 3}).err, -103);
    EXPECT_EQ(c.ask(opcode::set, wire::set_data_request{"/a", "x", 0}).err, 0);
    EXPECT_EQ(c.ask(opcode::get, wire::path_watch_request{"/a", false}, &body).err, 0);
    wire::get_data_response got;
    ASSERT_TRUE(wire::decode(body, got));
    EXPECT_EQ(got.data, "x");
    EXPECT_EQ(got.stat.version, 1);
    EXPECT_EQ(got.stat.num_children, 1);
    EXPECT_EQ(c.ask(opcode::remove, wire::delete_request{"/a", -1}).err, -111);
    EXPECT_EQ(c.ask(opcode::remove, wire::delete_request{"/a/n-0000000000", -1}).err, 0);
    EXPECT_EQ(c.ask(opcode::remove, wire::delete_request{"/a", -1}).err, 0);
    EXPECT_EQ(c.ask(opcode::get, wire::path_watch_request{"/a", false}).err, -101);
}

TEST_F(scripted, transactions_are_all_or_nothing) {
    hand_client c{sim, where};
    c.shake_hands();
    server.create("/a");
    const auto run = [&](std::int32_t version) {
        wire::buffer parts;
        wire::multi_encoder multi{parts};
        multi.create({"/b", "x", {}, 0});
        multi.check({"/a", version});
        multi.set({"/a", "y", -1});
        multi.finish();
        std::string body;
        EXPECT_EQ(c.ask(opcode::multi, wire::encoded_body{parts.view()}, &body).err, 0);
        std::vector<std::int32_t> errors;
        wire::multi_reply_reader results{body};
        for (wire::multi_result r; results.next(r) == wire::multi_step::part;) {
            errors.push_back(r.type == opcode::error ? r.err : 1);
        }
        return errors;
    };
    EXPECT_EQ(run(7), (std::vector<std::int32_t>{0, -103, -2}));
    EXPECT_FALSE(server.has("/b"));
    EXPECT_EQ(run(0), (std::vector<std::int32_t>{1, 1, 1}));
    EXPECT_TRUE(server.has("/b"));
    EXPECT_EQ(server.data("/a"), "y");
}

TEST_F(scripted, watches_fire_before_the_reply_and_are_rearmed_after_a_reconnection) {
    hand_client c{sim, where};
    const auto granted = c.shake_hands();
    const std::string password{granted.password.value()};
    server.create("/a");
    c.ask(opcode::get, wire::path_watch_request{"/a", true});
    c.ask(opcode::exists, wire::path_watch_request{"/b", true});
    wire::buffer out;
    wire::put_request(out, 9, opcode::set, wire::set_data_request{"/a", "x", -1});
    c.send(out);
    std::string body;
    EXPECT_EQ(hand_client::header_of(c.next(), &body).xid, wire::xids::notification);
    wire::watcher_event event;
    ASSERT_TRUE(wire::decode(body, event));
    EXPECT_EQ(event, (wire::watcher_event{3, 3, "/a"}));
    const auto seen = hand_client::header_of(c.next());
    EXPECT_EQ(seen.xid, 9);

    server.drop_connections();
    server.set("/a", "y");
    hand_client again{sim, where};
    EXPECT_EQ(again.shake_hands(granted.session_id, password, seen.zxid).session_id, granted.session_id);
    const std::array<wire::path_ref, 1> data{"/a"};
    const std::array<wire::path_ref, 1> exist{"/b"};
    wire::put_request(out = {}, -8, opcode::set_watches, wire::set_watches_request{seen.zxid, data, exist, {}});
    again.send(out);
    EXPECT_EQ(hand_client::header_of(again.next(), &body).xid, wire::xids::notification);
    ASSERT_TRUE(wire::decode(body, event));
    EXPECT_EQ(event.path, "/a");
    EXPECT_EQ(hand_client::header_of(again.next()).xid, -8);
    server.create("/b");
    EXPECT_EQ(hand_client::header_of(again.next(), &body).xid, wire::xids::notification);
    ASSERT_TRUE(wire::decode(body, event));
    EXPECT_EQ(event, (wire::watcher_event{1, 3, "/b"}));
}

TEST_F(scripted, sessions_expire_with_their_ephemerals) {
    hand_client c{sim, where};
    const auto granted = c.shake_hands(0, {}, 0, 5000);
    EXPECT_EQ(granted.timeout, 5000);
    c.ask(opcode::create, wire::create_request{"/e", "", {}, 1});
    wire::buffer ping;
    wire::put_request(ping, wire::xids::ping, opcode::ping);
    for (int i = 0; i < 4; ++i) {
        sim.run_for(3s);
        c.send(ping);
        EXPECT_EQ(hand_client::header_of(c.next()).xid, wire::xids::ping);
    }
    EXPECT_TRUE(server.has("/e"));
    sim.run_for(6s);
    EXPECT_FALSE(server.has("/e"));
    EXPECT_TRUE(c.ended);
    hand_client late{sim, where};
    EXPECT_EQ(late.shake_hands(granted.session_id, "wrong", 0).session_id, 0);
    EXPECT_TRUE(sim.run_until([&] { return late.ended; }));
}

TEST_F(scripted, misbehaves_as_told) {
    std::deque<reaction> script;
    server.on_request([&](const scripted_request&) {
        auto next = script.front();
        script.pop_front();
        return next;
    });
    script = {reaction::fail(errc::throttled), reaction::answer_with_xid(77),
              reaction::send(std::string{"\0\0\0\2hi", 6}), reaction::hold(), reaction::drop_after()};
    hand_client c{sim, where};
    c.shake_hands();
    const wire::create_request make{"/a", "", {}, 2};
    EXPECT_EQ(c.ask(opcode::create, make).err, -127);
    EXPECT_TRUE(server.children("/").empty());
    EXPECT_EQ(c.ask(opcode::create, make).xid, 77);
    EXPECT_EQ(server.children("/").size(), 1U);
    wire::buffer out;
    wire::put_request(out, 5, opcode::create, make);
    c.send(out);
    EXPECT_EQ(c.next(), "hi");
    c.send(out);
    ASSERT_TRUE(sim.run_until([&] { return server.children("/").size() == 2; }));
    sim.run_for(1s);
    EXPECT_TRUE(c.frames.empty());
    server.release();
    EXPECT_EQ(hand_client::header_of(c.next()).xid, 5);
    c.send(out);
    EXPECT_EQ(c.next(), "");
    EXPECT_EQ(server.children("/").size(), 3U);
    EXPECT_EQ(server.count(opcode::create), 5U);
}

TEST_F(scripted, a_conversation_cut_at_any_byte_is_either_executed_or_not) {
    const auto converse = [&](hand_client& c) {
        c.shake_hands();
        wire::buffer out;
        wire::put_request(out, 1, opcode::create, wire::create_request{"/n", "data", {}, 2});
        c.send(out);
        EXPECT_TRUE(sim.run_until([&] { return c.ended || !c.frames.empty(); })) << sim.report();
    };
    constexpr std::uint64_t greeting_size = 41;
    std::shared_ptr<virtual_link> measured;
    sim.network().on_link([&](virtual_link& made) { measured = made.shared_from_this(); });
    {
        hand_client c{sim, where};
        converse(c);
    }
    for (const auto way : {direction::to_server, direction::to_client}) {
        for (std::uint64_t n = 0; n <= measured->passed(way); ++n) {
            sim.network().on_link([&](virtual_link& made) { made.cut_after(way, n, cut_kind::reset); });
            const auto before = server.children("/").size();
            hand_client c{sim, where};
            converse(c);
            const auto executed = server.children("/").size() - before;
            // The whole request has to arrive, and the whole greeting before, or it is not even sent.
            const bool all = n == measured->passed(way);
            EXPECT_EQ(executed, (way == direction::to_server ? all : n > greeting_size) ? 1U : 0U) << n;
            EXPECT_EQ(c.frames.size(), way == direction::to_client && all ? 1U : 0U) << n;
        }
    }
}

} // namespace
} // namespace zooid::testing
