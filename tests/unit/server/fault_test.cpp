#include "unit/server/core_fixture.hpp"

#include <stdexcept>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

using lines = std::vector<std::string>;

TEST(fault, failing_a_request_instead_of_executing_it) {
    test_world world;
    test_peer& peer = world.client();
    const std::uint64_t rule =
        world.core.add_fault({.action = fault_action::fail, .op = opcode::create, .times = 2, .err = -4});
    EXPECT_EQ(peer.exists("/"), ok);
    const std::int64_t before = world.core.last_zxid();
    EXPECT_EQ(peer.create("/a"), -4);
    EXPECT_EQ(world.core.last_zxid(), before + 1);
    EXPECT_EQ(peer.create("/a"), -4);
    EXPECT_EQ(world.core.fault_hits(rule), 2U);
    EXPECT_EQ(peer.create("/a"), ok) << "it is used up";
    EXPECT_EQ(world.core.remove_fault(rule), 2U);
    EXPECT_EQ(world.core.remove_fault(rule), std::nullopt);
    EXPECT_EQ(world.core.fault_hits(rule), std::nullopt);
}

TEST(fault, losing_the_reply_but_not_the_change) {
    test_world world;
    test_peer& peer = world.client();
    world.core.add_fault({.action = fault_action::lose_reply, .op = opcode::create});
    wire::buffer burst;
    wire::put_request(burst, 1, opcode::exists, wire::path_watch_request{"/", false});
    wire::put_request(burst, 2, opcode::create, wire::create_request{"/a", "", open_acl(), 0});
    wire::put_request(burst, 3, opcode::create, wire::create_request{"/b", "", open_acl(), 0});
    peer.send(burst.view());
    EXPECT_EQ(peer.story(), lines{"reply 1 0"});
    EXPECT_TRUE(peer.closed());
    test_peer& other = world.client();
    EXPECT_EQ(other.exists("/a"), ok);
    EXPECT_EQ(other.exists("/b"), err(errc::no_node));
}

TEST(fault, dropping_the_request) {
    test_world world;
    test_peer& peer = world.client();
    world.core.add_fault({.action = fault_action::drop, .path = "/a"});
    wire::buffer burst;
    wire::put_request(burst, 1, opcode::create, wire::create_request{"/b", "", open_acl(), 0});
    wire::put_request(burst, 2, opcode::create, wire::create_request{"/a", "", open_acl(), 0});
    peer.send(burst.view());
    EXPECT_EQ(peer.story(), lines{"reply 1 0"});
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(world.client().exists("/a"), err(errc::no_node));
}

TEST(fault, a_delay_as_long_as_never) {
    test_world world;
    test_peer& peer = world.client();
    world.core.add_fault({.op = opcode::close_session, .delay = std::chrono::milliseconds::max()});
    peer.post(opcode::exists, wire::path_watch_request{"/", false});
    peer.post(opcode::close_session);
    EXPECT_EQ(peer.replies(), 1U);
    for (int i = 0; i < 10; ++i) {
        world.pass(1min);
    }
    EXPECT_EQ(peer.replies(), 1U);
    EXPECT_FALSE(peer.closed());
}

TEST(fault, delaying_a_reply_and_what_comes_after_it) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(peer.get("/", true), ok);
    peer.story();
    world.core.add_fault({.action = fault_action::delay_reply, .path = "/slow", .delay = 300ms});
    peer.post(opcode::exists, wire::path_watch_request{"/", false});
    peer.post(opcode::create, wire::create_request{"/slow", "", open_acl(), 0});
    peer.post(opcode::exists, wire::path_watch_request{"/slow", false});
    EXPECT_EQ(other.exists("/slow"), ok) << "it is executed at once";
    EXPECT_EQ(other.set("/", "x"), ok);
    EXPECT_EQ(peer.story(), lines{"reply 2 0"});
    world.pass(299ms);
    EXPECT_EQ(peer.story(), lines{});
    world.pass(1ms);
    EXPECT_EQ(peer.story(), (lines{"reply 3 0", "reply 4 0", "event 3 /"}));
}

TEST(fault, delays_keep_the_order_of_replies) {
    test_world world;
    test_peer& peer = world.client();
    world.core.add_fault({.action = fault_action::delay_reply, .path = "/a", .delay = 500ms});
    world.core.add_fault({.action = fault_action::delay_reply, .path = "/b", .delay = 100ms});
    world.core.add_fault({.action = fault_action::delay_reply, .path = "/c", .delay = 900ms});
    for (const std::string_view path : {"/a", "/b", "/c"}) {
        peer.post(opcode::exists, wire::path_watch_request{path, false});
    }
    world.pass(499ms);
    EXPECT_EQ(peer.story(), lines{});
    world.pass(1ms);
    EXPECT_EQ(peer.story(), (lines{"reply 1 -101", "reply 2 -101"}));
    world.pass(400ms);
    EXPECT_EQ(peer.story(), lines{"reply 3 -101"});
}

TEST(fault, a_delayed_end_is_not_cut_short) {
    test_world world;
    test_peer& peer = world.client();
    world.core.add_fault({.action = fault_action::delay_reply, .op = opcode::close_session, .delay = 300ms});
    peer.post(opcode::close_session);
    EXPECT_FALSE(peer.closed());
    world.pass(300ms);
    EXPECT_EQ(peer.story(), lines{"reply 1 0"});
    EXPECT_TRUE(peer.closed());
}

TEST(fault, whom_a_rule_meets) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    EXPECT_EQ(peer.create("/a/b"), ok);
    EXPECT_EQ(peer.create("/ab"), ok);
    const auto with = [&](fault_rule rule, const auto& act) {
        rule.action = fault_action::fail;
        rule.err = -7;
        rule.times = 0;
        const std::uint64_t id = world.core.add_fault(std::move(rule));
        act();
        return *world.core.remove_fault(id);
    };
    const auto look = [&] {
        peer.ask(opcode::ping);
        peer.exists("/a");
        peer.exists("/a/b");
        peer.exists("/ab");
        peer.get("/a");
        other.exists("/a");
    };
    EXPECT_EQ(with({}, look), 5U) << "anything but pings";
    EXPECT_EQ(with({.op = opcode::ping}, look), 1U);
    EXPECT_EQ(with({.op = opcode::get}, look), 1U);
    EXPECT_EQ(with({.path = "/a"}, look), 3U);
    EXPECT_EQ(with({.path = "/a", .below = true}, look), 4U);
    EXPECT_EQ(with({.path = "/", .below = true}, look), 5U);
    EXPECT_EQ(with({.session = other.session()}, look), 1U);
    EXPECT_EQ(with({.matches = [&](const faulted_request& r) { return r.op == opcode::get && r.path == "/a"; }}, look),
              1U);
    EXPECT_EQ(with({.matches = [](const faulted_request&) -> bool { throw std::runtime_error("no"); }}, look), 0U);
    EXPECT_EQ(with({.path = "/a/b"},
                   [&] {
                       wire::buffer body;
                       wire::multi_encoder parts{body};
                       parts.check({"/a", -1});
                       parts.check({"/a/b", -1});
                       parts.finish();
                       EXPECT_EQ(peer.ask(opcode::multi, wire::encoded_body{body.view()}).header.err, -7);
                   }),
              1U)
        << "any part of a transaction";
}

TEST(control, a_frozen_connection_does_nothing_until_it_thaws) {
    test_world world;
    test_peer& peer = world.client(10s);
    test_peer& other = world.client(40s);
    EXPECT_EQ(peer.get("/", true), ok);
    peer.story();
    world.core.freeze(peer.id(), true, world.at);
    EXPECT_FALSE(world.core.wants_read(peer.id()));
    EXPECT_EQ(other.set("/", "x"), ok);
    peer.post(opcode::create, wire::create_request{"/a", "", open_acl(), 0});
    EXPECT_EQ(peer.story(), lines{});
    EXPECT_EQ(other.exists("/a"), err(errc::no_node));
    EXPECT_TRUE(world.core.connections().front().frozen);
    world.core.freeze(peer.id(), false, world.at);
    world.settle();
    EXPECT_EQ(peer.story(), (lines{"event 3 /", "reply 2 0"}));
    EXPECT_TRUE(world.core.wants_read(peer.id()));
    world.core.freeze(peer.id(), true, world.at);
    world.pass(12s);
    EXPECT_TRUE(peer.closed()) << "its session's time goes on";
}

TEST(control, dropping_connections) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    world.core.drop(peer.id());
    world.settle();
    EXPECT_TRUE(peer.closed());
    EXPECT_FALSE(other.closed());
    EXPECT_EQ(world.open().resume(peer.session(), peer.password()).session_id, peer.session());
    world.core.drop_all();
    world.settle();
    EXPECT_TRUE(other.closed());
    EXPECT_EQ(world.core.connections().size(), 0U);
    EXPECT_EQ(world.core.sessions().size(), 2U);
}

TEST(control, loading_nodes) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.exists("/a", true), err(errc::no_node));
    EXPECT_EQ(world.core.load_node("/a/b", "", {}, world.at), err(errc::no_node));
    EXPECT_EQ(world.core.load_node("/a", std::nullopt, {}, world.at), ok);
    EXPECT_EQ(world.core.load_node("/a", std::nullopt, {}, world.at), err(errc::node_exists));
    EXPECT_EQ(world.core.load_node("/a/b", "x", read_acl(), world.at), ok);
    EXPECT_EQ(world.core.load_node("a", "", {}, world.at), err(errc::bad_arguments));
    world.settle();
    EXPECT_EQ(peer.events(), (std::vector<seen_event>{{1, "/a"}}));
    EXPECT_EQ(peer.set("/a/b", ""), err(errc::no_auth));
}

} // namespace
} // namespace zooid::server
