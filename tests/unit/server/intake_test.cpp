#include "unit/server/core_fixture.hpp"

#include <algorithm>
#include <random>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

/// Many requests in one run of bytes.
std::string burst_of(int count, std::string_view path) {
    wire::buffer out;
    for (int i = 0; i < count; ++i) {
        wire::put_request(out, i, opcode::get, wire::path_watch_request{path, false});
    }
    return std::string{out.view()};
}

TEST(intake, however_the_bytes_are_cut) {
    wire::buffer all;
    wire::put_connect_request(all, {0, 0, 10'000, 0, std::string_view{}, false});
    const std::string large(3'000, 'x');
    wire::put_request(all, 1, opcode::create, wire::create_request{"/a", large, open_acl(), 0});
    wire::put_request(all, 2, opcode::get, wire::path_watch_request{"/a", false});
    wire::put_request(all, 3, opcode::remove, wire::delete_request{"/a", -1});
    wire::put_request(all, 4, opcode::close_session);
    const auto answer_to = [&](std::size_t step) {
        test_world world;
        test_peer& peer = world.open();
        peer.raw = true;
        for (std::size_t at = 0; at < all.size(); at += step) {
            peer.send(all.view().substr(at, step));
        }
        EXPECT_TRUE(peer.closed()) << step;
        EXPECT_EQ(world.core.connections().size(), 0U);
        return peer.bytes();
    };
    const std::string whole = answer_to(all.size());
    EXPECT_GT(whole.size(), large.size());
    for (const std::size_t step : {1U, 2U, 3U, 4U, 5U, 7U, 48U, 49U, 50U, 1'000U, 3'000U}) {
        EXPECT_EQ(answer_to(step), whole) << "in pieces of " << step;
    }
}

TEST(intake, the_largest_frame_and_the_first_that_is_too_large) {
    test_world world;
    test_peer& peer = world.client();
    const auto request_of = [](std::size_t payload) {
        wire::buffer frame;
        const std::size_t overhead = 8 + 4 + 2 + 4 + (4 + 4 + 4 + 5 + 4 + 6) + 4;
        wire::put_request(frame, 1, opcode::create,
                          wire::create_request{"/a", std::string(payload - overhead, 'x'), open_acl(), 0});
        EXPECT_EQ(frame.size(), payload + 4);
        return std::string{frame.view()};
    };
    peer.send(request_of(0xfffff));
    EXPECT_EQ(peer.take().header.err, ok);
    EXPECT_EQ(peer.get("/a"), ok) << "a reply may be larger than any request";
    const std::string too_large = request_of(0x100000);
    peer.send(too_large.substr(0, 3));
    EXPECT_FALSE(peer.closed());
    peer.send(too_large.substr(3, 1));
    EXPECT_TRUE(peer.closed()) << "its length is enough to know";
    EXPECT_EQ(peer.replies(), 0U);
    EXPECT_NE(world.open().resume(peer.session(), peer.password()).session_id, 0) << "the session is not to blame";
}

TEST(intake, frames_without_a_header_end_the_connection) {
    for (const std::string_view bytes : {std::string_view{"\0\0\0\0", 4}, std::string_view{"\0\0\0\x7_______", 11},
                                         std::string_view{"\xff\xff\xff\xff", 4}}) {
        test_world world;
        test_peer& peer = world.client();
        test_peer& other = world.client();
        peer.send(bytes);
        EXPECT_TRUE(peer.closed());
        EXPECT_EQ(other.exists("/"), ok);
    }
}

TEST(intake, replies_before_the_end_are_not_lost) {
    test_world world;
    test_peer& peer = world.client();
    wire::buffer burst;
    wire::put_request(burst, 1, opcode::exists, wire::path_watch_request{"/", false});
    wire::put_request(burst, 2, static_cast<opcode>(55));
    wire::put_request(burst, 3, opcode::exists, wire::path_watch_request{"/", false});
    peer.send(burst.view());
    EXPECT_EQ(peer.story(), (std::vector<std::string>{"reply 1 0", "reply 2 -6"}));
    EXPECT_TRUE(peer.closed());
}

TEST(intake, one_that_does_not_read_has_to_wait_and_loses_nothing) {
    server_config config;
    config.max_backlog = 10'000;
    test_world world{config};
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a", std::string(1'000, 'x')), ok);
    peer.reading = false;
    const std::string burst = burst_of(200, "/a");
    peer.send(burst);
    EXPECT_FALSE(world.core.wants_read(peer.id()));
    wire::buffer out;
    ASSERT_TRUE(world.core.take_output(peer.id(), out, world.at));
    EXPECT_GE(out.size(), 10'000U);
    EXPECT_LT(out.size(), 12'000U) << "what is kept for it is bounded";
    test_peer& other = world.client();
    EXPECT_EQ(other.get("/a"), ok) << "nobody else is held up";
    std::size_t replies = out.size();
    while (world.core.take_output(peer.id(), out, world.at)) {
        EXPECT_LT(out.size(), 12'000U);
        replies += out.size();
    }
    EXPECT_EQ(replies, 200U * (4 + 16 + 4 + 1'000 + 68));
    EXPECT_TRUE(world.core.wants_read(peer.id()));
}

TEST(intake, one_that_reads_slowly_is_alive_while_its_requests_have_to_wait) {
    server_config config;
    config.max_backlog = 10'000;
    test_world world{config};
    test_peer& peer = world.client(4s);
    EXPECT_EQ(peer.create("/a", std::string(1'000, 'x')), ok);
    peer.reading = false;
    peer.send(burst_of(200, "/a"));
    for (int i = 0; i < 10; ++i) {
        world.pass(1s);
        world.core.progressed(peer.id(), world.at);
    }
    EXPECT_FALSE(peer.closed());
    world.pass(6s);
    EXPECT_TRUE(peer.closed()) << "it has stopped reading";
}

TEST(intake, reading_alone_is_no_sign_of_life) {
    test_world world;
    test_peer& silent = world.client(4s);
    test_peer& frozen = world.client(4s);
    world.core.freeze(frozen.id(), true, world.at);
    for (int i = 0; i < 6; ++i) {
        world.pass(1s);
        world.core.progressed(silent.id(), world.at); // it could send a ping
        world.core.progressed(frozen.id(), world.at);
    }
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(frozen.closed());
}

TEST(intake, one_that_does_not_read_its_events_is_closed_in_the_end) {
    server_config config;
    config.max_notifications = 50'000;
    test_world world{config};
    test_peer& lazy = world.client();
    test_peer& busy = world.client();
    EXPECT_EQ(lazy.add_watch("/", 1), ok);
    lazy.reading = false;
    int changes = 0;
    while (!lazy.closed() && changes < 10'000) {
        EXPECT_EQ(busy.set("/", "x"), ok);
        ++changes;
    }
    EXPECT_TRUE(lazy.closed());
    EXPECT_GT(changes, 1'000);
    EXPECT_EQ(world.core.watch_count(), 0U);
    EXPECT_EQ(busy.set("/", "x"), ok);
}

TEST(intake, one_that_is_to_be_closed_but_does_not_read_is_not_waited_for_forever) {
    test_world world;
    test_peer& peer = world.client(40s);
    peer.reading = false;
    peer.post(opcode::close_session);
    EXPECT_FALSE(peer.closed());
    world.pass(11s);
    EXPECT_TRUE(peer.closed());
}

TEST(intake, nobody_is_waited_for_longer_because_of_another_ones_delay) {
    test_world world;
    test_peer& delayed = world.client(40s);
    test_peer& after = world.client(40s);
    world.core.add_fault({.op = opcode::close_session, .session = delayed.session(), .delay = 60s});
    for (test_peer* const one : {&delayed, &after}) {
        one->reading = false;
        one->post(opcode::close_session);
    }
    world.pass(11s);
    EXPECT_FALSE(delayed.closed());
    EXPECT_TRUE(after.closed());
    world.pass(60s);
    EXPECT_TRUE(delayed.closed());
}

TEST(intake, a_client_that_has_said_all_is_answered_and_closed) {
    test_world world;
    test_peer& peer = world.client();
    peer.send(burst_of(3, "/"));
    peer.end_input();
    EXPECT_EQ(peer.replies(), 3U);
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(world.core.sessions().size(), 1U) << "that is not the end of the session";
    test_peer& word = world.open();
    word.raw = true;
    word.send("ruok");
    word.end_input();
    EXPECT_EQ(word.bytes(), "imok");
    EXPECT_TRUE(word.closed());
}

TEST(intake, said_all_while_it_had_to_wait) {
    server_config config;
    config.max_backlog = 5'000;
    test_world world{config};
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a", std::string(1'000, 'x')), ok);
    peer.reading = false;
    peer.send(burst_of(50, "/a"));
    peer.end_input();
    EXPECT_FALSE(peer.closed());
    peer.read();
    EXPECT_EQ(peer.replies(), 50U);
    EXPECT_TRUE(peer.closed());
}

TEST(intake, garbage_harms_nobody_else) {
    test_world world;
    test_peer& good = world.client(40s);
    EXPECT_EQ(good.create("/a", "x"), ok);
    const unsigned seed = 20'240'101;
    std::mt19937 random{seed};
    for (int round = 0; round < 2'000; ++round) {
        test_peer& bad = round % 2 == 0 ? world.open() : world.client();
        std::string bytes(random() % 60, '\0');
        std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
        if (bytes.size() > 12 && round % 3 == 0) { // something that could be a request
            wire::store_i32(bytes.data(), static_cast<std::int32_t>(bytes.size() - 4));
            wire::store_i32(bytes.data() + 8, static_cast<std::int32_t>(random() % 24));
        }
        bad.raw = true;
        bad.send(bytes);
        if (!bad.closed()) {
            world.lose(bad);
        }
        ASSERT_EQ(good.get("/a"), ok) << "seed " << seed << ", round " << round;
    }
    EXPECT_EQ(world.core.connections().size(), 1U);
}

TEST(intake, what_is_gone_is_gone) {
    test_world world;
    test_peer& peer = world.client();
    world.lose(peer);
    world.core.received(peer.id(), "x", world.at);
    world.core.closed(peer.id(), world.at);
    world.core.input_ended(peer.id(), world.at);
    world.core.drop(peer.id());
    world.core.freeze(peer.id(), true, world.at);
    world.core.touch(peer.id(), world.at);
    world.core.progressed(peer.id(), world.at);
    wire::buffer out;
    EXPECT_FALSE(world.core.take_output(peer.id(), out, world.at));
    EXPECT_FALSE(world.core.wants_read(peer.id()));
    EXPECT_EQ(world.core.ending_of(peer.id()), ending::at_once);
}

} // namespace
} // namespace zooid::server
