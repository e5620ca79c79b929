#include "unit/server/tree_fixture.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {
namespace {

using strings = std::vector<std::string>;

class data_tree_test : public ::testing::Test, protected tree_fixture {};

TEST_F(data_tree_test, starts_with_the_nodes_of_every_server) {
    EXPECT_EQ(children_of("/"), strings{"zookeeper"});
    EXPECT_EQ(children_of("/zookeeper"), (strings{"config", "quota"}));
    EXPECT_EQ(tree.node_count(), 5U);
    EXPECT_EQ(tree.data_size(), 44U);
    EXPECT_EQ(tree.root().descendants(), 3U);
    for (const std::string_view path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
        EXPECT_TRUE(data_tree::is_system_path(path)) << path;
        EXPECT_EQ(node(path).data(), "") << path; // not null
    }
    EXPECT_EQ(stat_of("/"), (stat{.cversion = -1, .num_children = 1}));
    EXPECT_EQ(stat_of("/zookeeper"), (stat{.cversion = -2, .num_children = 2}));
    EXPECT_EQ(stat_of("/zookeeper/quota"), stat{});
    EXPECT_EQ(stat_of("/zookeeper/config"), stat{.aversion = -1});
    EXPECT_EQ(tree.acl_of(node("/zookeeper")), open_acl());
    EXPECT_EQ(tree.acl_of(node("/zookeeper/config")), read_acl());
    EXPECT_FALSE(data_tree::is_system_path("/zookeeper/"));
    EXPECT_FALSE(data_tree::is_system_path(""));
    EXPECT_FALSE(data_tree::is_system_path("/zookeeper/quota/a"));
}

TEST_F(data_tree_test, finds_nodes_by_exactly_their_paths) {
    create("/a");
    create("/a/b");
    EXPECT_EQ(tree.find("/a/b")->name(), "b");
    EXPECT_EQ(tree.find("/a/b")->parent(), tree.find("/a"));
    EXPECT_EQ(tree.find(""), &tree.root());
    EXPECT_EQ(tree.find("/"), &tree.root());
    for (const std::string_view path : {"//", "///", "a", "a/b", "/a/", "/a/b/", "//a", "/a//b", "/a/./b", "/a/..",
                                        "/A", "/ab", "/a/c", "/b", "/a/b/c"}) {
        EXPECT_EQ(tree.find(path), nullptr) << path;
    }
    EXPECT_EQ(tree.find(std::string_view{"/a\0", 3}), nullptr);
}

TEST_F(data_tree_test, tells_where_a_path_would_be) {
    create("/a");
    const auto expect_place = [this](std::string_view path, const znode* parent, std::string_view name) {
        const tree_place place = tree.place_of(path);
        EXPECT_EQ(place.parent, parent) << path;
        EXPECT_EQ(place.name, name) << path;
    };
    expect_place("/a", &tree.root(), "a");
    expect_place("/x", &tree.root(), "x");
    expect_place("/a/x", tree.find("/a"), "x");
    expect_place("/a/", tree.find("/a"), "");
    expect_place("/x/y", nullptr, "y");
    expect_place("/a//y", nullptr, "y");
    expect_place("x", nullptr, "x");
    expect_place("", nullptr, "");
    expect_place("x/y", nullptr, "y");
    expect_place("/", &tree.root(), "");
    EXPECT_EQ(tree.find_child(*tree.find("/"), ""), &tree.root());
    EXPECT_EQ(tree.find_child(*tree.find("/a"), ""), nullptr);
    // ZooKeeper asks the root for permission there, and then finds no node.
    const tree_place odd = tree.place_of("//a");
    EXPECT_EQ(odd.parent, &tree.root());
    EXPECT_EQ(tree.find_child(*odd.parent, odd.name), nullptr);
}

TEST_F(data_tree_test, keeps_the_stat_of_a_node_and_its_parent) {
    create("/a", "12345"); // zxid 1
    EXPECT_EQ(stat_of("/a"),
              (stat{.czxid = 1, .mzxid = 1, .ctime = at_ms(1000), .mtime = at_ms(1000), .data_length = 5, .pzxid = 1}));
    create("/a/b"); // 2
    create("/a/c"); // 3
    remove("/a/b"); // 4
    set("/a", "");  // 5
    set("/a/c", "x");
    EXPECT_EQ(stat_of("/a"), (stat{.czxid = 1,
                                   .mzxid = 5,
                                   .ctime = at_ms(1000),
                                   .mtime = at_ms(5000),
                                   .version = 1,
                                   .cversion = 3,
                                   .num_children = 1,
                                   .pzxid = 4}));
    remove("/a/c"); // 7
    EXPECT_EQ(stat_of("/a").pzxid, 7);
    EXPECT_EQ(stat_of("/a").cversion, 4);
    EXPECT_EQ(stat_of("/a").num_children, 0);
    EXPECT_EQ(stat_of("/").cversion, 0);
    EXPECT_EQ(stat_of("/").pzxid, 1);
    EXPECT_EQ(stat_of("/").num_children, 2);
}

TEST_F(data_tree_test, moves_pzxid_forward_only) {
    create("/a");
    zxid = 100;
    create("/a/b");
    tree.remove(node("/a/b"), 50);
    EXPECT_EQ(stat_of("/a").pzxid, 101);
}

TEST_F(data_tree_test, tells_null_from_empty_data_and_keeps_every_byte) {
    create("/a", std::nullopt);
    EXPECT_EQ(node("/a").data(), std::nullopt);
    EXPECT_EQ(stat_of("/a").data_length, 0);
    // Sizes around those at which the way of keeping changes.
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 16U, 24U, 25U, 100U, 104U, 105U, 70'000U, 8U, 0U}) {
        std::string bytes(size, '\0');
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<char>(i * 37 + size);
        }
        set("/a", bytes);
        EXPECT_EQ(node("/a").data(), bytes);
        EXPECT_EQ(stat_of("/a").data_length, static_cast<std::int32_t>(size));
        create("/b", bytes);
        EXPECT_EQ(node("/b").data(), bytes);
        remove("/b");
    }
    set("/a", std::nullopt);
    EXPECT_EQ(node("/a").data(), std::nullopt);
    EXPECT_EQ(tree.data_size(), 44U + 2U);
}

TEST_F(data_tree_test, can_set_data_to_a_view_of_itself) {
    for (const bool in_transaction : {false, true}) {
        const std::string path = in_transaction ? "/a" : "/b";
        create(path, "0123456789abcdefghij");
        if (in_transaction) {
            tree.begin();
        }
        set(path, node(path).data()->substr(1));
        EXPECT_EQ(data_of(path), "123456789abcdefghij");
        set(path, node(path).data()->substr(15));
        EXPECT_EQ(data_of(path), "ghij");
        set(path, node(path).data()->substr(2));
        EXPECT_EQ(data_of(path), "ij");
        const std::string longer = "the quick brown fox jumps over the lazy dog, and then over the other one";
        set(path, longer);
        set(path, node(path).data()->substr(1));
        EXPECT_EQ(data_of(path), longer.substr(1));
        set(path, node(path).data()->substr(longer.size() - 4));
        EXPECT_EQ(data_of(path), "one");
    }
    tree.commit();
}

TEST_F(data_tree_test, numbers_sequential_children_by_how_many_were_ever_created) {
    const auto sequence = [this](std::string_view parent, std::string path) {
        data_tree::append_sequence(node(parent), path);
        return path;
    };
    EXPECT_EQ(sequence("/", "/x-"), "/x-0000000000"); // although /zookeeper is there
    create("/a");
    EXPECT_EQ(sequence("/", "/x-"), "/x-0000000001");
    create("/a/b");
    create("/a/c");
    remove("/a/b");
    EXPECT_EQ(sequence("/a", "/a/"), "/a/0000000002");
    tree.resume_counter(node("/a"), 1'234'567'890);
    EXPECT_EQ(sequence("/a", ""), "1234567890");
    tree.resume_counter(node("/a"), 5);
    EXPECT_EQ(sequence("/a", ""), "1234567890");
}

TEST_F(data_tree_test, stops_counting_at_the_largest_number) {
    create("/a");
    tree.resume_counter(node("/a"), std::numeric_limits<std::int32_t>::max() - 1);
    EXPECT_EQ(stat_of("/a").pzxid, 1);
    create("/a/b"); // 2
    EXPECT_EQ(node("/a").created_children(), std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(stat_of("/a").pzxid, 2);
    create("/a/c"); // 3
    EXPECT_EQ(node("/a").created_children(), std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(stat_of("/a").pzxid, 2);
    EXPECT_EQ(stat_of("/a").cversion, -4); // 2 * 2147483647 - 2, in 32 bits
    EXPECT_EQ(stat_of("/a").num_children, 2);
    remove("/a/c"); // 4
    EXPECT_EQ(stat_of("/a").pzxid, 4);
    EXPECT_EQ(stat_of("/a").cversion, -3);
    std::string path;
    data_tree::append_sequence(node("/a"), path);
    EXPECT_EQ(path, "2147483647");
}

TEST_F(data_tree_test, knows_when_nodes_were_changed_that_have_much_to_remember_from_the_start) {
    const auto is_new = [this](const znode& made) {
        EXPECT_EQ(made.stat().mzxid, made.stat().czxid);
        EXPECT_EQ(made.stat().czxid, zxid);
        EXPECT_EQ(made.stat().mtime, made.stat().ctime);
        return !::testing::Test::HasFailure();
    };
    EXPECT_TRUE(is_new(create("/" + std::string(300'000, 'n'))));
    EXPECT_TRUE(is_new(create("/large", std::string(std::size_t{2} << 20, 'x'))));
    for (int i = 0; i < 5000; ++i) { // more lists than a node's own field can tell apart
        const acl mine{{perms::all, "digest", "user" + std::to_string(i) + ":hash"}};
        ASSERT_TRUE(is_new(create("/n" + std::to_string(i), "", lifetime::of_ttl(std::chrono::hours{10}), mine))) << i;
    }
    EXPECT_TRUE(tree.reapable(next().time, 1).empty()) << "ten hours are not over";
}

TEST_F(data_tree_test, knows_what_kind_a_node_is) {
    create("/p");
    create("/e", "", lifetime::of_session(0x1234));
    create("/c", "", lifetime::container());
    create("/t", "", lifetime::of_ttl(std::chrono::hours{1}));
    EXPECT_EQ(node("/p").life(), lifetime{});
    EXPECT_EQ(node("/e").life(), (lifetime{node_kind::ephemeral, 0x1234}));
    EXPECT_EQ(node("/c").life(), (lifetime{node_kind::container, 0}));
    EXPECT_EQ(node("/t").life(), (lifetime{node_kind::ttl, 3'600'000}));
    EXPECT_EQ(stat_of("/p").ephemeral_owner, 0);
    EXPECT_EQ(stat_of("/e").ephemeral_owner, 0x1234);
    EXPECT_EQ(stat_of("/c").ephemeral_owner, 0);
    EXPECT_EQ(stat_of("/t").ephemeral_owner, 0);
    EXPECT_TRUE(node("/e").is_ephemeral());
    EXPECT_FALSE(node("/c").is_ephemeral());
}

TEST_F(data_tree_test, sets_acls_and_keeps_each_list_once) {
    const acl mine{{perms::all, "digest", "me:hash"}};
    create("/a");
    create("/b", "", {}, mine);
    const std::size_t lists = tree.acls().size();
    tree.set_acl(node("/a"), mine);
    EXPECT_EQ(tree.acl_of(node("/a")), mine);
    EXPECT_EQ(node("/a").acl(), node("/b").acl());
    EXPECT_EQ(tree.acls().size(), lists);
    EXPECT_EQ(stat_of("/a").aversion, 1);
    EXPECT_EQ(stat_of("/a").mzxid, 1);
    EXPECT_EQ(stat_of("/a").version, 0);
    tree.set_acl(node("/a"), open_acl());
    EXPECT_EQ(node("/a").acl(), open_acl_id);
    EXPECT_EQ(node("/a").aversion(), 2);
    remove("/b");
    EXPECT_EQ(tree.acls().size(), lists - 1);
    tree.set_acl(node("/zookeeper/config"), mine);
    EXPECT_EQ(stat_of("/zookeeper/config").aversion, 0);
}

TEST_F(data_tree_test, counts_nodes_and_bytes) {
    create("/abc", "1234");     // 4 + 4
    create("/abc/de", "12345"); // 7 + 5
    EXPECT_EQ(tree.node_count(), 7U);
    EXPECT_EQ(tree.data_size(), 44U + 20U);
    EXPECT_EQ(tree.root().descendants(), 5U);
    EXPECT_EQ(node("/abc").descendants(), 1U);
    EXPECT_EQ(node("/zookeeper").descendants(), 2U);
    set("/abc/de", "");
    EXPECT_EQ(tree.data_size(), 44U + 15U);
    remove("/abc/de");
    remove("/abc");
    EXPECT_EQ(tree.node_count(), 5U);
    EXPECT_EQ(tree.data_size(), 44U);
}

TEST_F(data_tree_test, holds_many_children_and_gives_their_room_back) {
    create("/d");
    std::set<std::string> expected;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 3'000; ++i) {
            const std::string name = "n" + std::to_string(i);
            create("/d/" + name);
            expected.insert(name);
            ASSERT_EQ(node("/d").child_count(), expected.size());
            ASSERT_NE(tree.find("/d/" + name), nullptr);
        }
        EXPECT_EQ(children_of("/d"), strings(expected.begin(), expected.end()));
        for (int i = 2'999; i >= 0; --i) { // passing all the sizes at which the way of keeping changes
            const std::string name = "n" + std::to_string(i);
            remove("/d/" + name);
            expected.erase(name);
            ASSERT_EQ(tree.find("/d/" + name), nullptr);
            ASSERT_EQ(node("/d").child_count(), expected.size());
            if (i < 100) {
                ASSERT_EQ(children_of("/d"), strings(expected.begin(), expected.end()));
            }
        }
    }
    EXPECT_EQ(stat_of("/d").cversion, 12'000);
    EXPECT_EQ(stat_of("/d").pzxid, zxid);
}

/// Runs something on a stack too small for a recursion through every level of a deep tree.
void on_small_stack(std::function<void()> what) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
    pthread_t thread{};
    const auto run = [](void* f) -> void* {
        (*static_cast<std::function<void()>*>(f))();
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&thread, &attributes, run, &what), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

TEST(deep_tree, is_walked_and_freed_without_recursion) {
    on_small_stack([] {
        constexpr std::size_t depth = 10'000;
        data_tree tree;
        znode* deepest = tree.find("/");
        std::string path;
        for (std::size_t i = 0; i < depth; ++i) {
            deepest = &tree.create(*deepest, "a", "", open_acl(), {}, {});
            path += "/a";
        }
        EXPECT_EQ(tree.path_of(*deepest), path);
        EXPECT_EQ(tree.find(path), deepest);
        EXPECT_EQ(tree.find("/a")->descendants(), depth - 1);
        tree.create(*tree.find("/zookeeper/quota"), "a", "", open_acl(), {}, {});
        tree.create(*tree.find("/zookeeper/quota/a"), "zookeeper_stats", "", open_acl(), {}, {});
        EXPECT_EQ(tree.find("/zookeeper/quota/a/zookeeper_stats")->data(), "count=10000,bytes=0");
    });
}

TEST_F(data_tree_test, lists_the_ephemerals_of_sessions) {
    create("/a");
    create("/a/1", "", lifetime::of_session(7));
    create("/2", "", lifetime::of_session(7));
    create("/3", "", lifetime::of_session(-8));
    EXPECT_EQ(tree.ephemeral_count(), 3U);
    EXPECT_EQ(tree.ephemeral_session_count(), 2U);
    EXPECT_EQ(tree.ephemerals_of(7), (strings{"/a/1", "/2"}));
    EXPECT_EQ(tree.ephemerals_of(-8), strings{"/3"});
    EXPECT_EQ(tree.ephemerals_of(9), strings{});
    std::vector<std::int64_t> sessions = tree.ephemeral_sessions();
    std::ranges::sort(sessions);
    EXPECT_EQ(sessions, (std::vector<std::int64_t>{-8, 7}));

    remove("/a/1");
    EXPECT_EQ(tree.ephemerals_of(7), strings{"/2"});
    while (znode* const left = tree.first_ephemeral(7)) {
        tree.remove(*left, 99);
    }
    EXPECT_EQ(tree.find("/2"), nullptr);
    EXPECT_EQ(tree.first_ephemeral(7), nullptr);
    EXPECT_EQ(tree.ephemeral_count(), 1U);
    EXPECT_EQ(tree.ephemeral_sessions(), std::vector<std::int64_t>{-8});
}

TEST_F(data_tree_test, reaps_containers_that_lost_their_children) {
    create("/never_used", "", lifetime::container());
    create("/used", "", lifetime::container());
    create("/empty", "", lifetime::container());
    create("/plain");
    for (const std::string parent : {"/used", "/empty", "/plain"}) {
        create(parent + "/child");
    }
    EXPECT_EQ(tree.reapable(at_ms(1'000'000), 100), strings{});
    remove("/empty/child");
    remove("/plain/child");
    EXPECT_EQ(tree.reapable(at_ms(0), 100), strings{"/empty"});
    create("/empty/again");
    EXPECT_FALSE(data_tree::is_reapable(node("/empty"), at_ms(0)));
    EXPECT_EQ(tree.reapable(at_ms(0), 100), strings{});
    remove("/empty/again");
    remove("/used/child");
    EXPECT_EQ(tree.reapable(at_ms(0), 100).size(), 2U);
    EXPECT_EQ(tree.reapable(at_ms(0), 1).size(), 1U);
    EXPECT_EQ(tree.reapable(at_ms(0), 0).size(), 0U);
    remove("/empty");
    EXPECT_EQ(tree.reapable(at_ms(0), 100), strings{"/used"});
}

TEST_F(data_tree_test, reaps_ttl_nodes_after_their_time) {
    create("/t", "", lifetime::of_ttl(std::chrono::milliseconds{500})); // at 1000
    EXPECT_EQ(tree.reapable(at_ms(1'500), 100), strings{});
    EXPECT_EQ(tree.reapable(at_ms(1'501), 100), strings{"/t"});
    create("/t/child"); // at 2000, which does not refresh its parent
    EXPECT_EQ(tree.reapable(at_ms(9'000), 100), strings{});
    remove("/t/child"); // at 3000
    EXPECT_EQ(tree.reapable(at_ms(3'000), 100), strings{"/t"});
    set("/t", "x"); // at 4000
    EXPECT_EQ(tree.reapable(at_ms(4'500), 100), strings{});
    EXPECT_EQ(tree.reapable(at_ms(4'501), 100), strings{"/t"});
    EXPECT_TRUE(data_tree::is_reapable(node("/t"), at_ms(4'501)));
}

} // namespace
} // namespace zooid::server
