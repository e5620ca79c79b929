#include "unit/server/core_fixture.hpp"

#include <algorithm>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

std::vector<std::string> sorted(const wire::list<std::string_view>& names) {
    std::vector<std::string> all;
    for (const std::string_view name : names) {
        all.emplace_back(name);
    }
    std::ranges::sort(all);
    return all;
}

using names = std::vector<std::string>;

TEST(read, a_fresh_tree) {
    test_world world;
    test_peer& peer = world.client();
    const auto root =
        peer.ask(opcode::get_children2, wire::path_watch_request{"/", false}).as<wire::get_children2_response>();
    EXPECT_EQ(root.stat.cversion, -1);
    EXPECT_EQ(root.stat.num_children, 1);
    EXPECT_EQ(root.stat.czxid, 0);
    EXPECT_EQ(peer.stat_of("/zookeeper").cversion, -2);
    EXPECT_EQ(peer.stat_of("/zookeeper").num_children, 2);
    EXPECT_EQ(peer.stat_of("/zookeeper/config").aversion, -1);
    EXPECT_EQ(peer.set("/zookeeper/config", ""), err(errc::no_auth)) << "everybody may read it, nobody write it";
}

TEST(read, bad_paths_are_just_not_there) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    const std::string nul{"/a\0", 3};
    for (const std::string_view path : {std::string_view{"a"}, std::string_view{"//a"}, std::string_view{"/a/"},
                                        std::string_view{"/a/."}, std::string_view{"/\xff"}, std::string_view{"//"}}) {
        EXPECT_EQ(peer.exists(path), err(errc::no_node)) << path;
        EXPECT_EQ(peer.get(path), err(errc::no_node)) << path;
        EXPECT_EQ(peer.children(path), err(errc::no_node)) << path;
        EXPECT_EQ(peer.ask(opcode::get_acls, wire::path_request{path}).header.err, err(errc::no_node)) << path;
        EXPECT_EQ(peer.ask(opcode::get_all_children_number, wire::path_request{path}).header.err, err(errc::no_node));
        EXPECT_EQ(peer.ask(opcode::sync, wire::path_request{path}).as<wire::path_response>().path, path);
    }
    EXPECT_EQ(peer.exists(nul), err(errc::bad_arguments)) << "but for exists and NUL";
    EXPECT_EQ(peer.get(nul), err(errc::no_node));
    EXPECT_EQ(peer.exists(""), ok) << "the root has a second name";
    EXPECT_EQ(peer.get(""), ok);
    EXPECT_EQ(peer.children(""), ok);
}

TEST(read, children_in_any_order) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/p"), ok);
    names expected;
    for (int i = 0; i < 300; ++i) {
        expected.push_back("child-" + std::to_string(i));
        EXPECT_EQ(peer.create("/p/" + expected.back()), ok);
    }
    std::ranges::sort(expected);
    const seen_reply one = peer.ask(opcode::get_children, wire::path_watch_request{"/p", false});
    EXPECT_EQ(sorted(one.as<wire::get_children_response>().children), expected);
    const seen_reply two = peer.ask(opcode::get_children2, wire::path_watch_request{"/p", false});
    EXPECT_EQ(sorted(two.as<wire::get_children2_response>().children), expected);
    EXPECT_EQ(two.as<wire::get_children2_response>().stat.num_children, 300);
    EXPECT_EQ(peer.ask(opcode::get_all_children_number, wire::path_request{"/p"}).as<wire::count_response>().count,
              300);
    EXPECT_EQ(peer.ask(opcode::get_all_children_number, wire::path_request{"/"}).as<wire::count_response>().count, 304);
    EXPECT_EQ(peer.ask(opcode::get_all_children_number, wire::path_request{""}).as<wire::count_response>().count, 305);
}

TEST(read, ephemerals_are_the_callers_own) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    for (const std::string_view path : {"/d", "/dx", "/e"}) {
        EXPECT_EQ(peer.create(path, "", create_mode::ephemeral), ok);
    }
    EXPECT_EQ(other.create("/other", "", create_mode::ephemeral), ok);
    const auto ask = [&](std::optional<std::string_view> prefix) {
        const seen_reply reply = peer.ask(opcode::get_ephemerals, wire::get_ephemerals_request{prefix});
        return sorted(reply.as<wire::ephemerals_response>().paths);
    };
    const names all{"/d", "/dx", "/e"};
    EXPECT_EQ(ask(std::nullopt), all);
    EXPECT_EQ(ask(""), all);
    EXPECT_EQ(ask("  "), all);
    EXPECT_EQ(ask("/"), all);
    EXPECT_EQ(ask("/d"), (names{"/d", "/dx"}));
    EXPECT_EQ(ask("/none"), names{});
}

TEST(read, replies_carry_the_last_transaction) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(other.create("/a"), ok);
    EXPECT_EQ(peer.ask(opcode::exists, wire::path_watch_request{"/a", false}).header.zxid, world.core.last_zxid());
    EXPECT_EQ(other.create("/a"), err(errc::node_exists));
    EXPECT_EQ(peer.ask(opcode::ping).header.zxid, world.core.last_zxid());
}

TEST(read, any_xid_is_echoed) {
    test_world world;
    test_peer& peer = world.client();
    for (const std::int32_t xid : {0, 5, 5, -3, -100, -8}) {
        wire::buffer frame;
        wire::put_request(frame, xid, opcode::exists, wire::path_watch_request{"/", false});
        peer.send(frame.view());
        EXPECT_EQ(peer.take().header.xid, xid);
    }
}

TEST(read, children_of_a_tree_with_a_chroot_are_relative) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/app"), ok);
    EXPECT_EQ(peer.create("/app/x"), ok);
    const seen_reply reply = peer.ask(opcode::get_children, wire::path_watch_request{{"/app", "/"}, false});
    EXPECT_EQ(sorted(reply.as<wire::get_children_response>().children), names{"x"});
}

} // namespace
} // namespace zooid::server
