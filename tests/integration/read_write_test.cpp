#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class read_write_test : public server_test {};
ZOOID_ON_EVERY_VERSION(read_write_test);

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

TEST_P(read_write_test, exists_tells_the_stat_or_nothing) {
    auto zk = connect();
    EXPECT_FALSE(zk.exists("/a").has_value());
    zk.create("/a", "xyz");
    const auto stat = zk.exists("/a", {.timeout = 10s});
    ASSERT_TRUE(stat.has_value());
    EXPECT_EQ(*stat, zk.get("/a").stat);
}

TEST_P(read_write_test, set_replaces_data_and_tells_the_new_stat) {
    auto zk = connect();
    zk.create("/a", "one");
    const auto stat = zk.set("/a", "three");
    EXPECT_EQ(stat.version, 1);
    EXPECT_EQ(stat.data_length, 5);
    const auto now = zk.get("/a", {.timeout = 10s});
    EXPECT_EQ(now.data, "three");
    EXPECT_EQ(now.stat, stat);
    EXPECT_EQ(zk.set("/a", "", {.version = 1}).version, 2);
    EXPECT_EQ(zk.get("/a").data, "");
}

TEST_P(read_write_test, a_wrong_version_changes_nothing) {
    auto zk = connect();
    zk.create("/a", "one");
    EXPECT_THROW(zk.set("/a", "two", {.version = 7}), bad_version_error);
    EXPECT_EQ(zk.get("/a").data, "one");
    EXPECT_THROW(zk.remove("/a", {.version = 7}), bad_version_error);
    EXPECT_TRUE(zk.exists("/a"));
    zk.remove("/a", {.version = 0});
    EXPECT_FALSE(zk.exists("/a"));
}

TEST_P(read_write_test, children_are_listed_by_name) {
    auto zk = connect();
    EXPECT_TRUE(zk.get_children("/").empty());
    zk.create("/a");
    zk.create("/b");
    zk.create("/b/c");
    EXPECT_EQ(sorted(zk.get_children("/")), (std::vector<std::string>{"a", "b"}));
    const auto [names, stat] = zk.get_children_with_stat("/b");
    EXPECT_EQ(names, std::vector<std::string>{"c"});
    EXPECT_EQ(stat.num_children, 1);
    EXPECT_EQ(stat, *zk.exists("/b"));
}

TEST_P(read_write_test, many_children_come_in_one_answer) {
    auto zk = connect();
    zk.create("/many");
    std::set<std::string> made;
    std::vector<std::future<std::string>> pending;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = "child-with-a-rather-long-name-" + std::to_string(i);
        made.insert(name);
        pending.push_back(zk.async_create("/many/" + name, "", asio::use_future));
    }
    for (auto& p : pending) {
        p.get();
    }
    const auto names = zk.get_children("/many");
    EXPECT_EQ(names.size(), made.size());
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), made);
}

TEST_P(read_write_test, remove_takes_leaves_only_unless_recursive) {
    auto zk = connect();
    zk.ensure_path("/a/b/c");
    zk.ensure_path("/a/d");
    EXPECT_THROW(zk.remove("/a"), not_empty_error);
    zk.remove("/a", {.recursive = true});
    EXPECT_FALSE(zk.exists("/a"));
    EXPECT_THROW(zk.remove("/a"), no_node_error);
    EXPECT_THROW(zk.remove("/a", {.recursive = true}), no_node_error);
    EXPECT_EQ(error_of([&] {
                  zk.remove("/a", {.version = 1, .recursive = true});
                  return 0;
              }),
              errc::bad_arguments);
}

TEST_P(read_write_test, a_quiet_remove_takes_no_offence_at_a_missing_node) {
    auto zk = connect();
    EXPECT_NO_THROW(zk.remove("/a", {.quiet = true}));
    EXPECT_NO_THROW(zk.remove("/a", {.recursive = true, .quiet = true}));
    zk.ensure_path("/a/b");
    EXPECT_THROW(zk.remove("/a", {.quiet = true}), not_empty_error);
    EXPECT_NO_THROW(zk.remove("/a/b", {.quiet = true, .guaranteed = true}));
    EXPECT_FALSE(zk.exists("/a/b"));
}

TEST_P(read_write_test, a_recursive_remove_of_the_root_leaves_the_root) {
    auto zk = connect();
    zk.ensure_path("/a/b");
    zk.chroot("/a").create("/c");
    // The view's root is an ordinary node of the server and goes as well.
    zk.remove("/a", {.recursive = true, .timeout = 10s});
    EXPECT_TRUE(zk.get_children("/").empty());
}

TEST_P(read_write_test, sync_comes_back) {
    auto zk = connect();
    zk.create("/a");
    EXPECT_NO_THROW(zk.sync("/a"));
    EXPECT_NO_THROW(zk.sync("/", {.timeout = 10s}));
}

TEST_P(read_write_test, acls_can_be_read_and_replaced) {
    auto zk = connect();
    zk.create("/a");
    const auto before = zk.get_acls("/a");
    EXPECT_EQ(before.acls, open_acl());
    EXPECT_EQ(before.stat.aversion, 0);

    const acl wanted{{perms::all, "world", "anyone"}, {perms::read, "ip", "10.1.2.3"}};
    const auto stat = zk.set_acls("/a", wanted);
    EXPECT_EQ(stat.aversion, 1);
    EXPECT_EQ(stat.version, 0);
    EXPECT_EQ(zk.get_acls("/a", {.timeout = 10s}).acls, wanted);

    EXPECT_THROW(zk.set_acls("/a", open_acl(), {.version = 0}), bad_version_error);
    EXPECT_EQ(zk.get_acls("/a").acls, wanted);
    EXPECT_EQ(zk.set_acls("/a", open_acl(), {.version = 1}).aversion, 2);
}

TEST_P(read_write_test, the_ensembles_configuration_is_read_whatever_the_chroot) {
    auto zk = connect();
    if (!since(3, 5)) {
        EXPECT_EQ(error_of([&] { return zk.get_config(); }), errc::no_node);
        return;
    }
    EXPECT_EQ(zk.get_config().data, "") << "a server of its own has no members to list";
    EXPECT_EQ(zk.chroot("/nowhere").get_config({.timeout = 10s}).stat, admin().get("/zookeeper/config").stat);
}

TEST_P(read_write_test, a_single_server_cannot_be_reconfigured) {
    auto zk = connect();
    reconfig_options options;
    options.leaving = "3";
    const auto error = error_of([&] { return zk.reconfig(options); });
    EXPECT_EQ(error, since(3, 5) ? errc::reconfig_disabled : errc::unimplemented);
}

TEST_P(read_write_test, ephemerals_are_listed_by_prefix_and_within_the_chroot) {
    auto zk = connect();
    if (!since(3, 6)) {
        EXPECT_EQ(error_of([&] { return zk.get_ephemerals("/"); }), errc::unimplemented);
        come_back(zk);
        return;
    }
    const create_options ephemeral{.mode = create_mode::ephemeral};
    zk.ensure_path("/d");
    zk.create("/d/one", "", ephemeral);
    zk.create("/dx", "", ephemeral);
    zk.create("/other", "", ephemeral);
    EXPECT_EQ(sorted(zk.get_ephemerals("/")), (std::vector<std::string>{"/d/one", "/dx", "/other"}));
    EXPECT_EQ(sorted(zk.get_ephemerals("")), (std::vector<std::string>{"/d/one", "/dx", "/other"}));
    EXPECT_EQ(sorted(zk.get_ephemerals("/d")), (std::vector<std::string>{"/d/one", "/dx"}));
    EXPECT_EQ(zk.get_ephemerals("/d/", {.timeout = 10s}), std::vector<std::string>{"/d/one"});
    EXPECT_EQ(zk.chroot("/d").get_ephemerals("/"), std::vector<std::string>{"/one"});
    EXPECT_TRUE(zk.get_ephemerals("/none").empty());
    EXPECT_TRUE(connect().get_ephemerals("/").empty()) << "only the session's own are listed";
}

TEST_P(read_write_test, descendants_are_counted) {
    auto zk = connect();
    zk.ensure_path("/a/b/c");
    zk.ensure_path("/a/d");
    const auto count = [&](const char* path) { return zk.get_all_children_number(path); };
    if (!since(3, 6)) {
        EXPECT_EQ(error_of([&] { return count("/a"); }), errc::unimplemented);
        come_back(zk);
        EXPECT_TRUE(zk.exists("/a"));
        return;
    }
    EXPECT_EQ(count("/a"), 3);
    EXPECT_EQ(count("/a/d"), 0);
    EXPECT_EQ(count("/"), 4);
    EXPECT_EQ(error_of([&] { return count("/none"); }), errc::no_node);
}

} // namespace
} // namespace zooid::test
