#include "contract/contract_test.hpp"
#include "wire/replies.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Reading, writing and deleting nodes, and which error wins.

namespace zooid::test {
namespace {

class nodes_test : public contract_test {
protected:
    static raw_reply sync(raw_session& zk, const std::string& where) {
        return zk.call(opcode::sync, wire::path_request{where});
    }
    static std::vector<std::string> ephemerals(raw_session& zk, std::optional<std::string_view> prefix) {
        return zk.call(opcode::get_ephemerals, wire::get_ephemerals_request{prefix}).names();
    }
    static std::int32_t descendants(raw_session& zk, const std::string& where) {
        const auto reply = zk.call(opcode::get_all_children_number, wire::path_request{where});
        return reply.as<wire::count_response>().count;
    }
};
ZOOID_CONTRACT(nodes_test);

TEST_P(nodes_test, what_is_set_can_be_got) {
    auto zk = open();
    const std::string data("\0\xff\x80 any bytes", 13);
    const auto reply = zk.set(path(), data);
    ASSERT_EQ(reply.err, ok);
    const auto got = zk.get(path());
    EXPECT_EQ(got.data(), data);
    EXPECT_EQ(got.stat(), reply.stat());
    EXPECT_EQ(zk.exists(path()).stat(), reply.stat());
    EXPECT_EQ(got.zxid, reply.zxid) << "a read reports what was done last";
}

TEST_P(nodes_test, versions_guard_data_and_deletion) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    EXPECT_EQ(zk.set(path("/a"), "1", 0).stat().version, 1);
    for (const std::int32_t wrong : {0, 2, -2, -2'147'483'647 - 1}) {
        EXPECT_EQ(zk.set(path("/a"), "2", wrong).err, errc::bad_version) << wrong;
        EXPECT_EQ(zk.remove(path("/a"), wrong).err, errc::bad_version) << wrong;
    }
    EXPECT_EQ(zk.set(path("/a"), "2", -1).stat().version, 2);
    EXPECT_EQ(zk.get(path("/a")).data(), "2");
    const auto gone = zk.remove(path("/a"), 2);
    EXPECT_EQ(gone.err, ok);
    EXPECT_TRUE(gone.body.empty());
    EXPECT_EQ(zk.exists(path("/a")).err, errc::no_node);
}

TEST_P(nodes_test, what_is_missing_is_reported_by_every_operation) {
    auto zk = open();
    const auto nowhere = path("/missing");
    EXPECT_EQ(zk.get(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.exists(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.children(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.children2(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.get_acl(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.set_acl(nowhere, open_acl()).err, errc::no_node);
    EXPECT_EQ(zk.set(nowhere, "").err, errc::no_node);
    EXPECT_EQ(zk.remove(nowhere).err, errc::no_node);
    EXPECT_EQ(zk.remove(path("/missing/too")).err, errc::no_node);
    EXPECT_EQ(zk.call(opcode::get_all_children_number, wire::path_request{nowhere}).err, errc::no_node);
}

TEST_P(nodes_test, children_are_named_relative_to_their_parent) {
    auto zk = open();
    EXPECT_EQ(zk.children(path()).names(), name_list{});
    for (const char* name : {"/a", "/b", "/a/deep", "/a/deep/deeper"}) {
        ASSERT_EQ(zk.create(path(name)).err, ok);
    }
    EXPECT_EQ(zk.children(path()).names(), (name_list{"a", "b"}));
    const auto with_stat = zk.children2(path());
    EXPECT_EQ(with_stat.names(), (name_list{"a", "b"}));
    EXPECT_EQ(with_stat.stat(), zk.exists(path()).stat());
    EXPECT_EQ(with_stat.stat().num_children, 2);
    EXPECT_EQ(zk.children(path("/a")).names(), (name_list{"deep"}));
    ASSERT_EQ(zk.remove(path("/b")).err, ok);
    EXPECT_EQ(zk.children(path()).names(), (name_list{"a"}));
}

TEST_P(nodes_test, a_node_with_children_is_not_deleted) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    ASSERT_EQ(zk.create(path("/a/b")).err, ok);
    EXPECT_EQ(zk.remove(path("/a")).err, errc::not_empty);
    EXPECT_EQ(zk.remove(path("/a"), 5).err, errc::bad_version) << "the version is checked first";
    ASSERT_EQ(zk.remove(path("/a/b")).err, ok);
    EXPECT_EQ(zk.remove(path("/a")).err, ok);
    EXPECT_EQ(zk.remove(path("/a")).err, errc::no_node);
}

TEST_P(nodes_test, errors_of_changes_come_in_their_order) {
    auto zk = open();
    const auto locked = only("digest", "somebody:else");
    ASSERT_EQ(zk.create(path("/locked"), {.acl = &locked}).err, ok);
    EXPECT_EQ(zk.set(path("/locked"), "", 7).err, errc::no_auth);
    EXPECT_EQ(zk.set(path("/missing"), "", 7).err, errc::no_node);
    EXPECT_EQ(zk.set(path("/missing/"), "", 7).err, errc::bad_arguments);
    EXPECT_EQ(zk.set_acl(path("/missing/"), {}, 7).err, errc::bad_arguments);
    EXPECT_EQ(zk.set_acl(path("/missing"), {}, 7).err, errc::invalid_acl);
    EXPECT_EQ(zk.set_acl(path("/missing"), open_acl(), 7).err, errc::no_node);
    EXPECT_EQ(zk.set_acl(path("/locked"), open_acl(), 7).err, errc::no_auth);
    EXPECT_EQ(zk.set_acl(path(), open_acl(), 7).err, errc::bad_version);
    EXPECT_EQ(zk.remove(path("/locked/x"), 7).err, errc::no_auth) << "before the node is looked for";
    EXPECT_EQ(zk.remove("no-slash").err, errc::bad_arguments);
    EXPECT_EQ(zk.remove(std::string("/a\0b", 4)).err, errc::bad_arguments);
}

TEST_P(nodes_test, sync_repeats_any_path) {
    auto zk = open();
    for (const char* where : {"/", "", "/missing", "not a path", "//"}) {
        const auto reply = sync(zk, where);
        EXPECT_EQ(reply.err, ok) << where;
        EXPECT_EQ(reply.path(), where);
    }
}

TEST_P(nodes_test, sync_takes_its_turn_among_other_requests) {
    auto zk = open();
    const auto set = zk.send(opcode::set, wire::set_data_request{path(), "1", -1});
    const auto synced = zk.send(opcode::sync, wire::path_request{path()});
    const auto read = zk.send(opcode::get, wire::path_watch_request{path(), false});
    const auto zxid = zk.receive(set).zxid;
    EXPECT_EQ(zk.receive(synced).zxid, zxid);
    EXPECT_EQ(zk.receive(read).data(), "1");
}

TEST_P(nodes_test, ephemerals_are_listed_by_a_plain_prefix_for_their_own_session) {
    auto zk = open();
    auto other = open();
    ASSERT_EQ(zk.create(path("/d")).err, ok);
    ASSERT_EQ(zk.create(path("/d/one"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/dx"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    ASSERT_EQ(other.create(path("/foreign"), {.flags = 1}).err, ok);
    const name_list all{path("/d/one"), path("/dx"), path("/e")};
    EXPECT_EQ(ephemerals(zk, path("/d")), (name_list{path("/d/one"), path("/dx")}));
    EXPECT_EQ(ephemerals(zk, path("/nothing")), name_list{});
    EXPECT_EQ(ephemerals(zk, "/"), all);
    EXPECT_EQ(ephemerals(zk, ""), all);
    EXPECT_EQ(ephemerals(zk, "  "), all);
    EXPECT_EQ(ephemerals(zk, " \t/\n\1"), all);
    EXPECT_EQ(ephemerals(zk, "\1"), all);
    EXPECT_EQ(ephemerals(zk, " " + path("/d")), name_list{}) << "only those are trimmed";
    EXPECT_EQ(ephemerals(zk, std::nullopt), all);
    ASSERT_EQ(zk.remove(path("/e")).err, ok);
    EXPECT_EQ(ephemerals(zk, "/"), (name_list{path("/d/one"), path("/dx")}));
}

TEST_P(nodes_test, all_descendants_are_counted) {
    auto zk = open();
    EXPECT_EQ(descendants(zk, path()), 0);
    const auto in_all = descendants(zk, "/");
    for (const char* name : {"/a", "/a/b", "/a/b/c", "/ab"}) {
        ASSERT_EQ(zk.create(path(name)).err, ok);
    }
    EXPECT_EQ(descendants(zk, path()), 4);
    EXPECT_EQ(descendants(zk, path("/a")), 2) << "/ab only looks like a descendant";
    EXPECT_EQ(descendants(zk, "/"), in_all + 4);
}

TEST_P(nodes_test, reconfiguration_is_disabled) {
    auto zk = open();
    const auto reply =
        zk.call(opcode::reconfig, wire::reconfig_request{"server.1=127.0.0.1:1:2;3", std::nullopt, std::nullopt, -1});
    EXPECT_EQ(reply.err, errc::reconfig_disabled);
    EXPECT_EQ(zk.get(path()).err, ok) << "the connection stays";
    const auto before = zk.create(path("/before")).zxid;
    EXPECT_EQ(zk.call(opcode::reconfig).err, errc::marshalling_error);
    EXPECT_EQ(zk.create(path("/after")).zxid, before + 1) << "what cannot be read is no transaction";
}

} // namespace
} // namespace zooid::test
