#include "unit/server/core_fixture.hpp"

#include <algorithm>
#include <limits>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

struct created {
    std::int32_t err = 0;
    std::string path;
    std::optional<zooid::stat> stat;
};

/// Creates with any operation and flags.
created make(test_peer& peer, opcode op, std::string_view path, std::int32_t flags, std::int64_t ttl = 0,
             const wire::list<wire::acl_item>& list = open_acl()) {
    const seen_reply reply = op == opcode::create_ttl
                                 ? peer.ask(op, wire::create_ttl_request{path, "", list, flags, ttl})
                                 : peer.ask(op, wire::create_request{path, "", list, flags});
    if (reply.header.err != 0) {
        EXPECT_EQ(reply.body, "") << "an error has no body";
        return {reply.header.err, {}, {}};
    }
    if (op == opcode::create) {
        return {0, std::string{reply.as<wire::create_response>().path}, {}};
    }
    const auto body = reply.as<wire::create2_response>();
    return {0, std::string{body.path}, body.stat};
}

TEST(write, create_answers_with_the_path_and_create2_with_the_metadata_too) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(make(peer, opcode::create, "/a", 0).path, "/a");
    const created two = make(peer, opcode::create2, "/b", 0);
    EXPECT_EQ(two.path, "/b");
    EXPECT_EQ(two.stat, peer.stat_of("/b"));
    EXPECT_EQ(two.stat->czxid, world.core.last_zxid());
    EXPECT_EQ(two.stat->ctime, world.at.wall);
}

TEST(write, the_operation_decides_the_kind_and_the_flags_the_name) {
    test_world world;
    test_peer& peer = world.client();
    const std::int32_t bad = err(errc::bad_arguments);
    struct row {
        opcode op;
        std::int32_t flags;
        std::int64_t ttl;
        std::int32_t err;
        node_kind kind;
        bool numbered;
    };
    const std::vector<row> table{
        {opcode::create, 0, 0, ok, node_kind::persistent, false},
        {opcode::create, 1, 0, ok, node_kind::ephemeral, false},
        {opcode::create, 2, 0, ok, node_kind::persistent, true},
        {opcode::create, 3, 0, ok, node_kind::ephemeral, true},
        {opcode::create, 4, 0, ok, node_kind::persistent, false}, // only inside a multi a container
        {opcode::create2, 4, 0, ok, node_kind::persistent, false},
        {opcode::create, 5, 0, bad, {}, false},
        {opcode::create2, 6, 0, bad, {}, false},
        {opcode::create, 7, 0, bad, {}, false},
        {opcode::create, -1, 0, bad, {}, false},
        {opcode::create_container, 0, 0, ok, node_kind::container, false},
        {opcode::create_container, 1, 0, ok, node_kind::container, false},
        {opcode::create_container, 2, 0, ok, node_kind::container, true},
        {opcode::create_container, 4, 0, ok, node_kind::container, false},
        {opcode::create_container, 5, 0, bad, {}, false},
        {opcode::create_ttl, 5, 1, ok, node_kind::ttl, false},
        {opcode::create_ttl, 6, 0xffffffffff, ok, node_kind::ttl, true},
        {opcode::create_ttl, 5, 0, bad, {}, false},
        {opcode::create_ttl, 5, -1, bad, {}, false},
        {opcode::create_ttl, 5, 0x10000000000, bad, {}, false},
        {opcode::create_ttl, 0, 1'000, bad, {}, false},
        {opcode::create_ttl, 4, 1'000, bad, {}, false},
        {opcode::create_ttl, 0, -1, bad, {}, false}, // ends a 3.8.0 server
    };
    for (const row& r : table) {
        const created made = make(peer, r.op, "/n", r.flags, r.ttl);
        ASSERT_EQ(made.err, r.err) << to_string(r.op) << " " << r.flags << " " << r.ttl;
        if (made.err == 0) {
            EXPECT_EQ(made.path.size() > 2, r.numbered);
            const znode* const node = world.core.tree().find(made.path);
            ASSERT_NE(node, nullptr);
            EXPECT_EQ(node->kind(), r.kind) << to_string(r.op) << " " << r.flags;
            EXPECT_EQ(peer.stat_of(made.path).ephemeral_owner, r.kind == node_kind::ephemeral ? peer.session() : 0);
            EXPECT_EQ(peer.remove(made.path), ok);
        }
    }
}

TEST(write, ttl_nodes_can_be_switched_off) {
    server_config config;
    config.ttl_nodes = false;
    test_world world{config};
    test_peer& peer = world.client();
    EXPECT_EQ(make(peer, opcode::create_ttl, "/t", 5, 1'000).err, err(errc::unimplemented));
    EXPECT_EQ(make(peer, opcode::create, "/t", 5).err, err(errc::unimplemented));
    EXPECT_EQ(make(peer, opcode::create_ttl, "/t", 0, 1'000).err, err(errc::bad_arguments));
    EXPECT_FALSE(peer.closed());
}

TEST(write, numbers_count_the_children_ever_created) {
    test_world world;
    test_peer& peer = world.client();
    const auto sequential = static_cast<std::int32_t>(create_mode::persistent_sequential);
    EXPECT_EQ(make(peer, opcode::create, "/", sequential).path, "/0000000000") << "/zookeeper does not count";
    EXPECT_EQ(peer.create("/p"), ok);
    EXPECT_EQ(make(peer, opcode::create, "/p/x", sequential).path, "/p/x0000000000");
    EXPECT_EQ(peer.create("/p/plain"), ok);
    EXPECT_EQ(make(peer, opcode::create, "/p/y-", sequential).path, "/p/y-0000000002");
    EXPECT_EQ(peer.remove("/p/x0000000000"), ok);
    EXPECT_EQ(make(peer, opcode::create, "/p/", sequential).path, "/p/0000000003");
    EXPECT_EQ(make(peer, opcode::create, "/p/..", sequential).path, "/p/..0000000004");
    EXPECT_EQ(make(peer, opcode::create, "/none/x", sequential).err, err(errc::no_node));
    EXPECT_EQ(peer.create("/p/plain"), err(errc::node_exists));
    EXPECT_EQ(make(peer, opcode::create, "/p/z", sequential).path, "/p/z0000000005") << "failures do not count";
}

TEST(write, create_is_judged_in_zookeepers_order) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, {{perms::read, "world", "anyone"}}), ok);
    const acl no_scheme{{perms::all, "nonsense", "x"}};
    const std::string nul{"/a\0b", 4};
    const std::int32_t bad = err(errc::bad_arguments);
    struct row {
        std::string path;
        std::int32_t flags;
        bool good_acl;
        std::int32_t err;
    };
    const std::vector<row> table{
        {"relative", 9, false, bad},
        {"relative", 0, false, bad},
        {"", 0, true, bad},
        {nul, 0, false, bad},
        {"/none/x", 0, false, err(errc::invalid_acl)},
        {"/none/./x", 0, true, err(errc::no_node)},
        {"/locked/.", 0, true, err(errc::no_auth)},
        {"/.", 0, true, bad},
        {"/a/", 0, true, err(errc::no_node)},
        {"/e/", 0, true, bad},
        {"//a", 0, true, bad},
        {"/a\x01", 0, true, bad},
        {"/\xff", 0, true, bad},
        {"/\xf0\x9f\x98\x80", 0, true, bad}, // beyond U+FFFF
        {"/", 0, true, err(errc::node_exists)},
        {"/e", 0, true, err(errc::node_exists)},
        {"/e/x", 0, true, err(errc::no_children_for_ephemerals)},
        {"/zookeeper", 0, true, err(errc::node_exists)},
        {"/zookeeper/mine", 0, true, ok},
    };
    for (const row& r : table) {
        const std::int64_t before = world.core.last_zxid();
        EXPECT_EQ(make(peer, opcode::create, r.path, r.flags, 0, r.good_acl ? open_acl() : no_scheme).err, r.err)
            << r.path;
        EXPECT_EQ(world.core.last_zxid(), before + 1) << "a write takes a zxid, failed or not";
    }
}

TEST(write, delete_is_judged_in_zookeepers_order) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/p"), ok);
    EXPECT_EQ(peer.create("/p/c"), ok);
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, {{perms::all & ~perms::remove, "world", "anyone"}}),
              ok);
    EXPECT_EQ(peer.create("/locked/c"), ok);
    for (const std::string_view path : {"p", "", "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
        EXPECT_EQ(peer.remove(path, 99), err(errc::bad_arguments)) << path;
    }
    EXPECT_EQ(peer.remove(std::string_view{"/a\0", 3}), err(errc::bad_arguments));
    EXPECT_EQ(peer.remove("/none/x", 99), err(errc::no_node));
    EXPECT_EQ(peer.remove("/locked/none", 99), err(errc::no_auth)) << "the parent's permission comes first";
    EXPECT_EQ(peer.remove("/locked/c"), err(errc::no_auth));
    EXPECT_EQ(peer.remove("/none"), err(errc::no_node));
    EXPECT_EQ(peer.remove("/p/"), err(errc::no_node));
    EXPECT_EQ(peer.remove("//p"), err(errc::no_node));
    EXPECT_EQ(peer.remove("/p", 1), err(errc::bad_version));
    EXPECT_EQ(peer.remove("/p", -2), err(errc::bad_version)) << "only -1 is a wildcard";
    EXPECT_EQ(peer.remove("/p", 0), err(errc::not_empty));
    EXPECT_EQ(peer.remove("/p/c", 0), ok);
    EXPECT_EQ(peer.remove("/p"), ok);
    EXPECT_EQ(peer.exists("/p"), err(errc::no_node));
    EXPECT_EQ(peer.create("/no-acl", "", create_mode::persistent, {{0, "world", "anyone"}}), ok);
    EXPECT_EQ(peer.remove("/no-acl"), ok) << "a node's own list does not protect it";
}

TEST(write, set_is_judged_in_zookeepers_order) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a", "x"), ok);
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, read_acl()), ok);
    for (const std::string_view path : {"a", "", "//a", "/a/", "/./a"}) {
        EXPECT_EQ(peer.set(path, ""), err(errc::bad_arguments)) << path;
    }
    EXPECT_EQ(peer.set("/none", ""), err(errc::no_node));
    EXPECT_EQ(peer.set("/locked", "", 99), err(errc::no_auth));
    EXPECT_EQ(peer.set("/a", "", 1), err(errc::bad_version));
    EXPECT_EQ(peer.set("/a", "longer", 0), ok);
    EXPECT_EQ(peer.set("/a", "longer", 1), ok);
    const zooid::stat stat = peer.stat_of("/a");
    EXPECT_EQ(stat.version, 2);
    EXPECT_EQ(stat.data_length, 6);
    EXPECT_EQ(stat.mzxid, world.core.last_zxid());
    EXPECT_EQ(peer.set("/", "root"), ok) << "the root has data as well";
}

TEST(write, set_acl_is_judged_in_zookeepers_order) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, read_acl()), ok);
    const auto set = [&](std::string_view path, const wire::list<wire::acl_item>& list, std::int32_t version) {
        return peer.ask(opcode::set_acls, wire::set_acl_request{path, list, version});
    };
    EXPECT_EQ(set("a", {}, 0).header.err, err(errc::bad_arguments));
    EXPECT_EQ(set("/none", {}, 0).header.err, err(errc::invalid_acl));
    EXPECT_EQ(set("/none", read_acl(), 0).header.err, err(errc::no_node));
    EXPECT_EQ(set("/locked", read_acl(), 7).header.err, err(errc::no_auth));
    EXPECT_EQ(set("/a", read_acl(), 7).header.err, err(errc::bad_version));
    const zooid::stat before = peer.stat_of("/a");
    const zooid::stat stat = set("/a", open_acl(), 0).as<wire::stat_response>().stat;
    EXPECT_EQ(stat.aversion, 1);
    EXPECT_EQ(stat.mzxid, before.mzxid);
    EXPECT_EQ(stat.version, 0);
    EXPECT_EQ(set("/a", open_acl(), -1).as<wire::stat_response>().stat.aversion, 2);
}

TEST(write, null_data_is_not_empty_data) {
    test_world world;
    test_peer& peer = world.client();
    const auto data = [&](std::string_view path) {
        const seen_reply reply = peer.ask(opcode::get, wire::path_watch_request{path, false});
        return reply.as<wire::get_data_response>().data.has_value();
    };
    EXPECT_EQ(peer.ask(opcode::create, wire::create_request{"/null", std::nullopt, open_acl(), 0}).header.err, ok);
    EXPECT_FALSE(data("/null"));
    EXPECT_EQ(peer.stat_of("/null").data_length, 0);
    EXPECT_EQ(peer.create("/empty", ""), ok);
    EXPECT_TRUE(data("/empty"));
    EXPECT_EQ(peer.ask(opcode::set, wire::set_data_request{"/empty", std::nullopt, -1}).header.err, ok);
    EXPECT_FALSE(data("/empty"));
    EXPECT_TRUE(data("/zookeeper/config")) << "Curator chokes on a null";
}

TEST(write, what_cannot_be_decoded_takes_a_zxid_and_leaves_the_connection) {
    test_world world;
    test_peer& peer = world.client();
    for (const opcode op : {opcode::create, opcode::create2, opcode::create_container, opcode::create_ttl,
                            opcode::remove, opcode::set, opcode::set_acls, opcode::multi}) {
        const std::int64_t before = world.core.last_zxid();
        const seen_reply reply = peer.ask(op, wire::encoded_body{std::string_view{"\0\0\0\x7f\0\0\0", 7}});
        EXPECT_EQ(reply.header.err, err(errc::marshalling_error)) << to_string(op);
        EXPECT_EQ(reply.header.zxid, before + 1) << to_string(op);
    }
    for (const opcode op :
         {opcode::exists, opcode::get, opcode::get_acls, opcode::get_children, opcode::get_children2, opcode::sync,
          opcode::multi_read, opcode::set_watches, opcode::set_watches2, opcode::add_watch, opcode::check_watches,
          opcode::remove_watches, opcode::get_ephemerals, opcode::get_all_children_number}) {
        const std::int64_t before = world.core.last_zxid();
        const seen_reply reply = peer.ask(op, wire::encoded_body{std::string_view{"\0\0\0\x7f\0\0\0", 7}});
        EXPECT_EQ(reply.header.err, err(errc::marshalling_error)) << to_string(op);
        EXPECT_EQ(reply.header.zxid, before) << to_string(op);
    }
    EXPECT_EQ(peer.exists("/"), ok);
}

TEST(write, bytes_behind_a_record_are_ignored) {
    test_world world;
    test_peer& peer = world.client();
    wire::buffer body;
    wire::encode(body, wire::path_watch_request{"/", false});
    body.append("and more");
    EXPECT_EQ(peer.ask(opcode::exists, wire::encoded_body{body.view()}).header.err, ok);
}

TEST(write, operations_that_are_not_a_clients_to_ask_for) {
    test_world world;
    for (const std::int32_t op : {0, -1, 10, 13, 20, 55, 108, 1'000, std::numeric_limits<std::int32_t>::min()}) {
        test_peer& peer = world.client();
        const std::int64_t before = world.core.last_zxid();
        const seen_reply reply = peer.ask(static_cast<opcode>(op),
                                          wire::check_version_request{"/", 0}); // 13 can't even be answered by 3.8.0
        EXPECT_EQ(reply.header.err, err(errc::unimplemented)) << op;
        EXPECT_EQ(reply.header.zxid, -1) << op;
        EXPECT_TRUE(peer.closed()) << op;
        EXPECT_EQ(world.core.last_zxid(), before) << op;
    }
    test_peer& peer = world.client();
    const std::int64_t before = world.core.last_zxid();
    EXPECT_EQ(peer.ask(opcode::create_session).header.err, err(errc::marshalling_error));
    EXPECT_EQ(world.core.last_zxid(), before + 1);
    EXPECT_EQ(peer.ask(opcode::reconfig, wire::reconfig_request{}).header.err, err(errc::reconfig_disabled));
    EXPECT_FALSE(peer.closed());
}

TEST(write, hard_quotas_hold_if_they_are_enforced) {
    for (const bool enforced : {false, true}) {
        server_config config;
        config.enforce_quota = enforced;
        test_world world{config};
        test_peer& peer = world.client();
        const std::int32_t refused = enforced ? err(errc::quota_exceeded) : ok;
        EXPECT_EQ(peer.create("/q"), ok);
        EXPECT_EQ(peer.create("/zookeeper/quota/q"), ok);
        EXPECT_EQ(peer.create("/zookeeper/quota/q/zookeeper_stats", "count=1,bytes=0"), ok);
        EXPECT_EQ(
            peer.create("/zookeeper/quota/q/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=2"),
            ok);
        EXPECT_EQ(peer.create("/q/a", "12345"), ok);
        EXPECT_EQ(peer.create("/q/b"), refused);
        EXPECT_EQ(peer.set("/q/a", "12345678901", 99), enforced ? refused : err(errc::bad_version))
            << "the quota is looked at before the version";
        EXPECT_EQ(peer.set("/q/a", "1234567890"), ok);
        EXPECT_EQ(world.log.empty(), enforced) << "what is not enforced is worth a line";
    }
}

TEST(write, an_exceeded_quota_does_not_flood_the_log) {
    test_world world;
    test_peer& peer = world.client(40s);
    const auto limit = [&peer](const std::string& name) {
        EXPECT_EQ(peer.create("/" + name), ok);
        EXPECT_EQ(peer.create("/zookeeper/quota/" + name), ok);
        EXPECT_EQ(peer.create("/zookeeper/quota/" + name + "/zookeeper_stats", "count=1,bytes=0"), ok);
        EXPECT_EQ(peer.create("/zookeeper/quota/" + name + "/zookeeper_limits", "count=-1,bytes=1"), ok);
    };
    const auto exceed = [&peer](const std::string& name, int times) {
        for (int i = 0; i < times; ++i) {
            EXPECT_EQ(peer.set("/" + name, std::string(10 + static_cast<std::size_t>(i), 'x')), ok);
        }
    };
    const auto warnings = [&world] {
        return std::ranges::count_if(world.log, [](const auto& line) { return line.starts_with("quota exceeded"); });
    };
    limit("a");
    limit("b");
    exceed("a", 50);
    EXPECT_EQ(warnings(), 1);
    exceed("b", 50);
    EXPECT_EQ(warnings(), 2) << "each is warned of";
    world.pass(30s);
    exceed("a", 50);
    world.pass(29s);
    exceed("a", 50);
    EXPECT_EQ(warnings(), 2);
    world.pass(1s);
    exceed("a", 50);
    EXPECT_EQ(warnings(), 3) << "a minute later";
    for (int i = 0; i < 200; ++i) {
        limit("many" + std::to_string(i));
        exceed("many" + std::to_string(i), 1);
    }
    EXPECT_LE(warnings(), 3 + 100) << "whatever a client does";
}

} // namespace
} // namespace zooid::server
