#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

// The nodes a server keeps for itself, and the quotas below them.

namespace zooid::test {
namespace {

class system_nodes_test : public contract_test {
protected:
    // Sets limits below the test's own node; the statistics are created as clients do.
    void limit(raw_session& zk, const std::string& where, const std::string& limits) const {
        std::string node = "/zookeeper/quota";
        for (std::size_t at = 0; at != std::string::npos;) {
            const auto next = where.find('/', at + 1);
            node += where.substr(at, next == std::string::npos ? next : next - at);
            zk.create(node);
            at = next;
        }
        ASSERT_EQ(zk.create(node + "/zookeeper_limits", {.data = limits}).err, ok);
        ASSERT_EQ(zk.create(node + "/zookeeper_stats", {.data = "count=0,bytes=0"}).err, ok);
    }
    static std::string usage(raw_session& zk, const std::string& where) {
        return zk.get("/zookeeper/quota" + where + "/zookeeper_stats").data().value_or("null");
    }
};
ZOOID_CONTRACT(system_nodes_test);

TEST_P(system_nodes_test, they_are_there_from_the_start) {
    auto zk = open();
    for (const char* node : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
        const auto stat = zk.exists(node).stat();
        EXPECT_EQ(stat.czxid, 0) << node;
        EXPECT_EQ(stat.ctime, server_time{}) << node;
        EXPECT_EQ(stat.ephemeral_owner, 0) << node;
    }
    EXPECT_EQ(zk.exists("/zookeeper/config").stat().mzxid, 0);
    EXPECT_EQ(zk.exists("/zookeeper/config").stat().aversion, -1);
    EXPECT_EQ(zk.get("/zookeeper").data(), "");
    EXPECT_EQ(zk.get("/zookeeper/quota").data(), "");
    EXPECT_EQ(zk.get("/zookeeper/config").data(), "") << "empty, not null: Curator reads it";
    EXPECT_EQ(zk.get_acl("/").acls(), (name_list{"world:anyone:31"}));
    EXPECT_EQ(zk.get_acl("/zookeeper").acls(), (name_list{"world:anyone:31"}));
    EXPECT_EQ(zk.get_acl("/zookeeper/quota").acls(), (name_list{"world:anyone:31"}));
    EXPECT_EQ(zk.get_acl("/zookeeper/config").acls(), (name_list{"world:anyone:1"}));
}

TEST_P(system_nodes_test, they_cannot_be_deleted) {
    auto zk = open();
    for (const char* node : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
        EXPECT_EQ(zk.remove(node).err, errc::bad_arguments) << node;
        EXPECT_EQ(zk.create(node).err, errc::node_exists) << node;
    }
    EXPECT_EQ(zk.set("/zookeeper/config", "").err, errc::no_auth);
}

TEST_P(system_nodes_test, there_is_room_beside_them) {
    auto zk = open();
    ASSERT_EQ(zk.create("/zookeeper/mine", {.data = "x"}).err, ok);
    EXPECT_EQ(zk.get("/zookeeper/mine").data(), "x");
    EXPECT_EQ(zk.children("/zookeeper").names(), (name_list{"config", "mine", "quota"}));
    EXPECT_EQ(zk.remove("/zookeeper/mine").err, ok);
    EXPECT_EQ(zk.children("/zookeeper").names(), (name_list{"config", "quota"}));
}

TEST_P(system_nodes_test, a_fresh_tree_looks_like_this) {
    real_server fresh({.version = GetParam(), .config = {}, .defines = {}});
    raw_session zk(fresh.port());
    const auto root = zk.exists("/").stat();
    EXPECT_EQ(root.cversion, -1);
    EXPECT_EQ(root.num_children, 1);
    EXPECT_EQ(root.pzxid, 0);
    EXPECT_EQ(root.mzxid, 0);
    EXPECT_EQ(root.version, 0);
    EXPECT_EQ(root.aversion, 0);
    const auto zookeeper = zk.exists("/zookeeper").stat();
    EXPECT_EQ(zookeeper.cversion, -2);
    EXPECT_EQ(zookeeper.num_children, 2);
    EXPECT_EQ(zk.create("/n-", {.flags = 2}).path(), "/n-0000000000") << "/zookeeper does not count";
    EXPECT_EQ(zk.exists("/").stat().cversion, 0);
    EXPECT_NE(fresh.ask("srvr").find("Node count: 6\n"), std::string::npos);
}

// ---- quotas -------------------------------------------------------------------------------------------------------

TEST_P(system_nodes_test, a_quota_counts_what_is_below_it) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/q"), {.data = "12345"}).err, ok);
    limit(zk, path("/q"), "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=-1");
    EXPECT_EQ(usage(zk, path("/q")), "count=1,bytes=5");
    ASSERT_EQ(zk.create(path("/q/a"), {.data = "123"}).err, ok);
    ASSERT_EQ(zk.create(path("/q/a/b"), {.data = "1"}).err, ok);
    EXPECT_EQ(usage(zk, path("/q")), "count=3,bytes=9");
    ASSERT_EQ(zk.set(path("/q/a"), "1").err, ok);
    EXPECT_EQ(usage(zk, path("/q")), "count=3,bytes=7");
    ASSERT_EQ(zk.remove(path("/q/a/b")).err, ok);
    EXPECT_EQ(usage(zk, path("/q")), "count=2,bytes=6");
    ASSERT_EQ(zk.create(path("/qq"), {.data = "123"}).err, ok);
    EXPECT_EQ(usage(zk, path("/q")), "count=2,bytes=6") << "/qq is not below /q";
}

TEST_P(system_nodes_test, its_bookkeeping_is_silent) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/q")).err, ok);
    limit(zk, path("/q"), "count=-1,bytes=-1");
    const auto stats = "/zookeeper/quota" + path("/q") + "/zookeeper_stats";
    const auto before = zk.get(stats, true).stat();
    ASSERT_EQ(zk.create(path("/q/a")).err, ok);
    EXPECT_EQ(zk.events(), event_list{});
    const auto after = zk.get(stats).stat();
    EXPECT_EQ(after.version, before.version);
    EXPECT_EQ(after.mzxid, before.mzxid);
    EXPECT_EQ(zk.get(stats).data(), "count=2,bytes=0");
}

TEST_P(system_nodes_test, a_soft_limit_only_warns) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/q")).err, ok);
    limit(zk, path("/q"), "count=2,bytes=3");
    for (const char* name : {"/q/a", "/q/b", "/q/c"}) {
        EXPECT_EQ(zk.create(path(name), {.data = "12345"}).err, ok);
    }
    EXPECT_EQ(usage(zk, path("/q")), "count=4,bytes=15");
}

TEST_P(system_nodes_test, a_hard_limit_is_enforced) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/q")).err, ok);
    limit(zk, path("/q"), "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3");
    ASSERT_EQ(zk.create(path("/q/a"), {.data = "12345"}).err, ok);
    EXPECT_EQ(zk.create(path("/q/b"), {.data = "123456"}).err, errc::quota_exceeded);
    EXPECT_EQ(zk.create(path("/q/b"), {.data = "12345"}).err, ok);
    EXPECT_EQ(zk.create(path("/q/c")).err, errc::quota_exceeded);
    EXPECT_EQ(zk.set(path("/q/a"), "123456").err, errc::quota_exceeded);
    EXPECT_EQ(zk.set(path("/q/a"), "123456", 99).err, errc::quota_exceeded) << "before the version";
    EXPECT_EQ(zk.set(path("/q/a"), "1234").err, ok);
    EXPECT_EQ(zk.set(path("/q/b"), "123456").err, ok);
    EXPECT_EQ(usage(zk, path("/q")), "count=3,bytes=10");
    parts ops;
    const auto c = path("/q/c");
    ops->create({c, "", open_acl(), 0});
    EXPECT_EQ(codes(results(zk.call(opcode::multi, ops.body()))), (std::vector<errc>{errc::quota_exceeded}));
    ASSERT_EQ(zk.remove(path("/q/b")).err, ok);
    EXPECT_EQ(zk.create(path("/q/c")).err, ok);
    // Without its limits a subtree is free again.
    ASSERT_EQ(zk.remove("/zookeeper/quota" + path("/q") + "/zookeeper_limits").err, ok);
    EXPECT_EQ(zk.create(path("/q/d"), {.data = "1234567890"}).err, ok);
}

} // namespace
} // namespace zooid::test
