#include "unit/server/core_fixture.hpp"

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

using lines = std::vector<std::string>;

TEST(session, a_silent_one_expires_between_its_timeout_and_a_tick_later) {
    test_world world;
    world.pass(700ms); // not on a boundary
    test_peer& silent = world.client(4s);
    test_peer& watcher = world.client(40s);
    EXPECT_EQ(silent.create("/e", "", create_mode::ephemeral), ok);
    EXPECT_EQ(watcher.exists("/e", true), ok);
    world.pass(3'999ms);
    EXPECT_FALSE(silent.closed());
    EXPECT_EQ(watcher.exists("/e"), ok);
    const std::int64_t before = world.core.last_zxid();
    world.pass(2s);
    EXPECT_TRUE(silent.closed());
    EXPECT_EQ(silent.replies(), 0U) << "the connection is closed without a word";
    EXPECT_EQ(watcher.events(), (std::vector<seen_event>{{2, "/e"}}));
    EXPECT_EQ(watcher.exists("/e"), err(errc::no_node));
    EXPECT_EQ(world.core.last_zxid(), before + 1) << "its end is one transaction";
    EXPECT_EQ(world.open().resume(silent.session(), silent.password()).session_id, 0);
}

TEST(session, it_lives_on_without_a_connection) {
    test_world world;
    test_peer& peer = world.client(10s);
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    world.lose(peer);
    world.pass(9s);
    test_peer& back = world.open();
    EXPECT_EQ(back.resume(peer.session(), peer.password()).session_id, peer.session());
    world.pass(9s);
    EXPECT_EQ(back.exists("/e"), ok) << "resuming starts its time again";
}

TEST(session, what_keeps_it_alive) {
    struct row {
        const char* what;
        bool alive;
    };
    for (const row& r : {row{"ping", true}, row{"read", true}, row{"failure", true}, row{"auth", false},
                         row{"sasl", false}, row{"touch", true}, row{"half a frame", false}}) {
        test_world world;
        test_peer& peer = world.client(4s);
        const std::string what = r.what;
        for (int i = 0; i < 5; ++i) {
            world.pass(1'500ms);
            if (peer.closed()) {
                break;
            }
            if (what == "ping") {
                peer.post(opcode::ping);
            } else if (what == "read") {
                peer.post(opcode::exists, wire::path_watch_request{"/", false});
            } else if (what == "failure") {
                peer.post(opcode::remove, wire::delete_request{"/none", -1});
            } else if (what == "auth") {
                peer.post(opcode::auth, wire::auth_packet{0, "digest", "a:b"});
            } else if (what == "sasl") {
                peer.post(opcode::sasl, wire::sasl_request{""});
            } else if (what == "touch") {
                world.core.touch(peer.id(), world.at);
            } else {
                peer.send(std::string_view{"\0", 1});
            }
        }
        EXPECT_EQ(!peer.closed(), r.alive) << what;
    }
}

TEST(session, closing_tells_everybody_then_replies_then_closes) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    for (const std::string_view path : {"/e1", "/e2"}) {
        EXPECT_EQ(peer.create(path, "", create_mode::ephemeral), ok);
    }
    EXPECT_EQ(peer.create("/stays"), ok);
    EXPECT_EQ(peer.exists("/e1", true), ok);
    EXPECT_EQ(peer.children("/", true), ok);
    EXPECT_EQ(other.exists("/e2", true), ok);
    peer.story();
    const std::int64_t before = world.core.last_zxid();
    wire::buffer burst;
    wire::put_request(burst, 100, opcode::close_session);
    wire::put_request(burst, 101, opcode::create, wire::create_request{"/late", "", open_acl(), 0});
    peer.send(burst.view());
    EXPECT_EQ(peer.story(), (lines{"event 2 /e1", "event 4 /", "reply 100 0"})) << "and nothing after it";
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(other.events(), (std::vector<seen_event>{{2, "/e2"}}));
    EXPECT_EQ(other.exists("/late"), err(errc::no_node));
    EXPECT_EQ(other.exists("/stays"), ok);
    EXPECT_EQ(world.core.last_zxid(), before + 1);
    EXPECT_EQ(other.stat_of("/").pzxid, before + 1);
    EXPECT_EQ(world.core.sessions().size(), 1U);
}

TEST(session, expiring_one_by_hand) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    EXPECT_FALSE(world.core.expire(peer.session() + 1, world.at));
    EXPECT_TRUE(world.core.expire(peer.session(), world.at));
    world.settle();
    EXPECT_TRUE(peer.closed());
    EXPECT_FALSE(world.core.expire(peer.session(), world.at));
    EXPECT_EQ(world.core.tree().ephemeral_count(), 0U);
    EXPECT_EQ(world.open().resume(peer.session(), peer.password()).timeout, 0);
}

TEST(session, many_expire_together) {
    test_world world;
    std::vector<test_peer*> all;
    for (int i = 0; i < 500; ++i) {
        all.push_back(&world.client(4s));
        EXPECT_EQ(all.back()->create("/e" + std::to_string(i), "", create_mode::ephemeral), ok);
    }
    test_peer& stays = world.client(40s);
    world.pass(6s);
    for (const test_peer* const one : all) {
        EXPECT_TRUE(one->closed());
    }
    EXPECT_FALSE(stays.closed());
    EXPECT_EQ(world.core.tree().ephemeral_count(), 0U);
    EXPECT_EQ(world.core.sessions().size(), 1U);
    EXPECT_EQ(world.core.connections().size(), 1U);
}

TEST(session, starting_again_with_the_state_kept_gives_everybody_the_whole_time) {
    test_world world;
    test_peer& peer = world.client(10s);
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    world.pass(9s);
    world.core.restart(world.at);
    world.settle();
    EXPECT_TRUE(peer.closed());
    world.pass(9s);
    test_peer& back = world.open();
    EXPECT_EQ(back.resume(peer.session(), peer.password(), world.core.last_zxid()).session_id, peer.session());
    EXPECT_EQ(back.exists("/e"), ok);
}

TEST(session, what_is_told_about_them) {
    test_world world;
    test_peer& peer = world.client(10s);
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    EXPECT_EQ(peer.get("/e", true), ok);
    const auto sessions = world.core.sessions();
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions[0].id, peer.session());
    EXPECT_EQ(sessions[0].timeout, 10s);
    EXPECT_EQ(sessions[0].connection, peer.id());
    EXPECT_EQ(sessions[0].ephemerals, 1U);
    EXPECT_GT(sessions[0].expires, world.at.now + 10s);
    const auto connections = world.core.connections();
    ASSERT_EQ(connections.size(), 1U);
    EXPECT_EQ(connections[0].session, peer.session());
    EXPECT_EQ(connections[0].address, "127.0.0.1");
    EXPECT_EQ(connections[0].watches, 1U);
    world.lose(peer);
    EXPECT_EQ(world.core.sessions()[0].connection, 0U);
    EXPECT_EQ(world.core.connections().size(), 0U);
}

TEST(read_only, refuses_writes_and_clients_that_insist_on_them) {
    server_config config;
    config.read_only = true;
    test_world world{config};
    EXPECT_EQ(world.core.load_node("/a", "x", {}, world.at), ok) << "the server itself may fill the tree";
    EXPECT_EQ(world.open().connect().timeout, -1);
    test_peer& peer = world.open();
    const std::int64_t before = world.core.last_zxid();
    const auto answer = peer.connect({.timeout = 10'000, .read_only = true});
    EXPECT_NE(answer.session_id, 0);
    EXPECT_EQ(answer.read_only, true);
    EXPECT_EQ(world.core.last_zxid(), before) << "no transaction starts such a session";
    EXPECT_EQ(peer.get("/a", true), ok);
    EXPECT_EQ(peer.create("/b"), err(errc::not_read_only));
    EXPECT_EQ(peer.set("/a", ""), err(errc::not_read_only));
    EXPECT_EQ(peer.remove("/a"), err(errc::not_read_only));
    EXPECT_EQ(peer.ask(opcode::sync, wire::path_request{"/"}).header.err, err(errc::not_read_only));
    EXPECT_EQ(peer.ask(opcode::multi, wire::multi_header{opcode::error, true, -1}).header.err,
              err(errc::not_read_only));
    EXPECT_EQ(peer.ask(opcode::check, wire::check_version_request{"/a", 0}).header.err, err(errc::not_read_only));
    EXPECT_EQ(peer.ask(opcode::create_session).header.err, err(errc::not_read_only));
    EXPECT_EQ(world.core.last_zxid(), before);
    EXPECT_EQ(peer.close_session(), ok);
}

TEST(read_only, coming_and_going) {
    test_world world;
    test_peer& peer = world.client(10s);
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    world.core.set_read_only(true, world.at);
    world.settle();
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(world.open().resume(peer.session(), peer.password()).timeout, -1) << "closed, not refused";
    test_peer& guest = world.open();
    EXPECT_NE(guest.connect({.timeout = 10'000, .read_only = true}).session_id, 0);
    world.pass(60s);
    EXPECT_EQ(world.core.tree().ephemeral_count(), 1U) << "nothing expires that would have to be written";
    EXPECT_TRUE(guest.closed()) << "but a guest does";
    world.core.set_read_only(false, world.at);
    world.settle();
    test_peer& back = world.open();
    EXPECT_EQ(back.resume(peer.session(), peer.password()).session_id, peer.session());
    EXPECT_EQ(back.set("/e", "x"), ok);
    EXPECT_EQ(world.core.sessions().size(), 1U);
}

TEST(reaper, containers_go_when_their_last_child_has_gone) {
    test_world world;
    test_peer& peer = world.client(40s);
    const auto container = [&](std::string_view path) {
        EXPECT_EQ(peer.ask(opcode::create_container, wire::create_request{path, "", open_acl(), 4}).header.err, ok);
    };
    container("/used");
    container("/unused");
    container("/full");
    EXPECT_EQ(peer.create("/used/c"), ok);
    EXPECT_EQ(peer.create("/full/c"), ok);
    EXPECT_EQ(peer.remove("/used/c"), ok);
    EXPECT_EQ(peer.exists("/used", true), ok);
    EXPECT_EQ(peer.children("/", true), ok);
    const std::int64_t before = world.core.last_zxid();
    for (int i = 0; i < 59; ++i) {
        world.pass(1s);
        peer.ask(opcode::ping);
    }
    EXPECT_EQ(peer.exists("/used"), ok);
    peer.story();
    world.pass(1s);
    EXPECT_EQ(peer.story(), (lines{"event 2 /used", "event 4 /"}));
    EXPECT_EQ(world.core.last_zxid(), before + 1);
    EXPECT_EQ(peer.exists("/unused"), ok);
    EXPECT_EQ(peer.exists("/full"), ok);
}

TEST(reaper, ttl_nodes_go_when_their_time_is_over) {
    server_config config;
    config.reap_interval = 100ms;
    test_world world{config};
    test_peer& peer = world.client(40s);
    const auto make = [&](std::string_view path, std::int64_t ttl) {
        EXPECT_EQ(peer.ask(opcode::create_ttl, wire::create_ttl_request{path, "", open_acl(), 5, ttl}).header.err, ok);
    };
    make("/short", 1'000);
    make("/parent", 1'000);
    make("/touched", 1'000);
    EXPECT_EQ(peer.create("/parent/c"), ok);
    world.pass(900ms);
    EXPECT_EQ(peer.set("/touched", ""), ok);
    world.pass(300ms);
    EXPECT_EQ(peer.exists("/short"), err(errc::no_node));
    EXPECT_EQ(peer.exists("/parent"), ok);
    EXPECT_EQ(peer.exists("/touched"), ok);
    EXPECT_EQ(peer.remove("/parent/c"), ok);
    world.pass(1s);
    EXPECT_EQ(peer.exists("/touched"), err(errc::no_node));
    EXPECT_EQ(peer.exists("/parent"), err(errc::no_node));
}

TEST(reaper, a_limit_and_never) {
    server_config config;
    config.reap_interval = 1s;
    config.max_reaped = 3;
    test_world world{config};
    test_peer& peer = world.client(40s);
    for (int i = 0; i < 5; ++i) {
        const std::string path = "/t" + std::to_string(i);
        EXPECT_EQ(peer.ask(opcode::create_ttl, wire::create_ttl_request{path, "", open_acl(), 5, 1}).header.err, ok);
    }
    const std::size_t before = world.core.tree().node_count();
    world.pass(1s);
    EXPECT_EQ(world.core.tree().node_count(), before - 3);
    world.pass(1s);
    EXPECT_EQ(world.core.tree().node_count(), before - 5);

    config.reap_interval = 0ms;
    test_world still{config};
    test_peer& other = still.client(40s);
    EXPECT_EQ(other.ask(opcode::create_ttl, wire::create_ttl_request{"/t", "", open_acl(), 5, 1}).header.err, ok);
    still.pass(30s);
    EXPECT_EQ(other.exists("/t"), ok);
}

} // namespace
} // namespace zooid::server
