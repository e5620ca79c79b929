#include "unit/server/tree_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace zooid::server {
namespace {

using strings = std::vector<std::string>;

class tree_transaction_test : public ::testing::Test, protected tree_fixture {};

TEST_F(tree_transaction_test, shows_its_changes_at_once_and_keeps_them_when_committed) {
    create("/old");
    tree.begin();
    EXPECT_TRUE(tree.in_transaction());
    create("/a");
    create("/a/b", "1");
    set("/a/b", "22");
    remove("/old");
    EXPECT_EQ(data_of("/a/b"), "22");
    EXPECT_EQ(tree.find("/old"), nullptr);
    tree.commit();
    EXPECT_FALSE(tree.in_transaction());
    EXPECT_EQ(data_of("/a/b"), "22");
    EXPECT_EQ(tree.find("/old"), nullptr);
    EXPECT_EQ(tree.node_count(), 7U);
}

TEST_F(tree_transaction_test, rolls_creations_back) {
    create("/p");
    const stat before = stat_of("/p");
    const std::uint64_t bytes = tree.data_size();
    const std::size_t lists = tree.acls().size();
    tree.begin();
    create("/p/a", "1234", {}, acl{{perms::read, "ip", "1.2.3.4"}});
    create("/p/a/b", std::string(1'000, 'x'));
    create("/p/e", "", lifetime::of_session(7));
    create("/p/c", "", lifetime::container());
    create("/p/c/child");
    remove("/p/c/child");
    tree.rollback();
    EXPECT_FALSE(tree.in_transaction());
    EXPECT_EQ(stat_of("/p"), before);
    EXPECT_EQ(node("/p").created_children(), 0);
    EXPECT_EQ(children_of("/p"), strings{});
    EXPECT_EQ(tree.node_count(), 6U);
    EXPECT_EQ(tree.data_size(), bytes);
    EXPECT_EQ(tree.acls().size(), lists);
    EXPECT_EQ(tree.ephemeral_count(), 0U);
    EXPECT_EQ(tree.ephemeral_session_count(), 0U);
    EXPECT_EQ(tree.reapable(at_ms(1'000'000), 100), strings{});
    create("/p/next");
    EXPECT_EQ(node("/p").created_children(), 1);
}

TEST_F(tree_transaction_test, rolls_removals_back_to_the_same_nodes_in_the_same_order) {
    const acl mine{{perms::all, "digest", "me:hash"}};
    for (const std::string name : {"/e1", "/e2", "/e3"}) {
        create(name, name, lifetime::of_session(7), mine);
    }
    create("/c", "", lifetime::container());
    create("/c/child");
    remove("/c/child");
    const stat root = stat_of("/");
    const stat middle = stat_of("/e2");
    const znode* const same = tree.find("/e2");
    tree.begin();
    remove("/e2");
    remove("/e3");
    remove("/c");
    EXPECT_EQ(tree.ephemerals_of(7), strings{"/e1"});
    remove("/e1");
    EXPECT_EQ(tree.ephemeral_session_count(), 0U);
    create("/e2", "another");
    tree.rollback();
    EXPECT_EQ(tree.ephemerals_of(7), (strings{"/e1", "/e2", "/e3"}));
    EXPECT_EQ(tree.find("/e2"), same);
    EXPECT_EQ(stat_of("/e2"), middle);
    EXPECT_EQ(data_of("/e2"), "/e2");
    EXPECT_EQ(tree.acl_of(node("/e2")), mine);
    EXPECT_EQ(stat_of("/"), root);
    EXPECT_EQ(tree.reapable(at_ms(0), 100), strings{"/c"});
    EXPECT_EQ(tree.acls().uses(node("/e1").acl()), 3U);
}

TEST_F(tree_transaction_test, rolls_data_and_acls_back_to_the_first_of_several_values) {
    const acl mine{{perms::all, "digest", "me:hash"}};
    create("/a", std::nullopt, {}, mine);
    const stat before = stat_of("/a");
    tree.begin();
    set("/a", "1");
    set("/a", std::string(100, '2'));
    set("/a", std::string(101, '3'));
    tree.set_acl(node("/a"), open_acl());
    tree.set_acl(node("/a"), read_acl());
    EXPECT_EQ(stat_of("/a").version, 3);
    EXPECT_EQ(stat_of("/a").aversion, 2);
    tree.rollback();
    EXPECT_EQ(stat_of("/a"), before);
    EXPECT_EQ(node("/a").data(), std::nullopt);
    EXPECT_EQ(tree.acl_of(node("/a")), mine);
    EXPECT_EQ(node("/a").created_children(), 0);
    EXPECT_EQ(tree.acls().uses(node("/a").acl()), 1U);
    EXPECT_EQ(tree.acls().uses(node("/zookeeper/config").acl()), 1U);
}

TEST_F(tree_transaction_test, releases_what_it_no_longer_needs_when_committed) {
    const acl mine{{perms::all, "digest", "me:hash"}};
    create("/a", "", {}, mine);
    create("/b", "", {}, mine);
    const std::size_t lists = tree.acls().size();
    tree.begin();
    tree.set_acl(node("/a"), open_acl());
    remove("/b");
    tree.commit();
    EXPECT_EQ(tree.acls().size(), lists - 1);
}

TEST_F(tree_transaction_test, rolls_quotas_back) {
    create("/p");
    create("/zookeeper/quota/p");
    create("/zookeeper/quota/p/zookeeper_limits", "count=10,bytes=-1");
    create("/zookeeper/quota/p/zookeeper_stats");
    const std::string used = data_of("/zookeeper/quota/p/zookeeper_stats");
    EXPECT_EQ(used, "count=1,bytes=0");
    const std::uint64_t bytes = tree.data_size();
    tree.begin();
    create("/p/a", "123");
    set("/p", "12");
    EXPECT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), "count=2,bytes=5");
    create("/zookeeper/quota/q");
    create("/zookeeper/quota/q/zookeeper_limits");
    remove("/zookeeper/quota/p/zookeeper_limits");
    EXPECT_EQ(tree.quota_count(), 1U);
    create("/q");
    tree.rollback();
    EXPECT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), used);
    EXPECT_EQ(tree.quota_count(), 1U);
    EXPECT_EQ(tree.data_size(), bytes);
    create("/p/a", "1");
    EXPECT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), "count=2,bytes=1");
}

TEST_F(tree_transaction_test, rolls_back_over_states_that_look_untouched) {
    const stat before = stat_of("/zookeeper/config"); // whose ACL counter begins at -1
    tree.begin();
    tree.set_acl(node("/zookeeper/config"), open_acl());
    set("/zookeeper/config", "x");
    tree.rollback();
    EXPECT_EQ(stat_of("/zookeeper/config"), before);
    EXPECT_EQ(tree.acl_of(node("/zookeeper/config")), read_acl());

    tree.begin();
    znode& same_zxid = tree.create(node("/"), "s", "1", open_acl(), {}, {++zxid, at_ms(7)});
    tree.set_data(same_zxid, "2", {zxid, at_ms(7)});
    tree.commit();
    tree.begin();
    tree.set_acl(same_zxid, read_acl());
    tree.rollback();
    EXPECT_EQ(stat_of("/s").version, 1);
    EXPECT_EQ(data_of("/s"), "2");

    create("/p", std::string(80, 'x'));
    for (int i = 0; i < 9; ++i) {
        create("/p/" + std::to_string(i));
    }
    create("/zookeeper/quota/p");
    create("/zookeeper/quota/p/zookeeper_limits", "count=-1,bytes=-1");
    const std::string same_length_later = "count=9,bytes=0";
    create("/zookeeper/quota/p/zookeeper_stats", same_length_later);
    set("/p", std::string(100'000, 'x'));
    ASSERT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), "count=10,bytes=100000");
    tree.begin();
    set("/p", "");
    remove("/p/0");
    ASSERT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), same_length_later);
    remove("/p/1");
    tree.rollback();
    EXPECT_EQ(data_of("/zookeeper/quota/p/zookeeper_stats"), "count=10,bytes=100000");
}

TEST_F(tree_transaction_test, may_be_left_open_when_the_tree_ends) {
    create("/a", std::string(100, 'x'));
    tree.begin();
    remove("/a");
    create("/b", std::string(100, 'x'));
    set("/b", std::string(200, 'x'));
} // a leak or a double free shows under AddressSanitizer

} // namespace
} // namespace zooid::server
