#include "server/quota.hpp"

#include "unit/server/tree_fixture.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace zooid::server {
namespace {

TEST(quota_text, is_read_in_both_formats) {
    EXPECT_EQ(parse_quota("count=3,bytes=-1"), (quota_numbers{.count = 3}));
    EXPECT_EQ(parse_quota("count=3,bytes=-1=;byteHardLimit=100;countHardLimit=-1"),
              (quota_numbers{.count = 3, .byte_hard_limit = 100}));
    EXPECT_EQ(parse_quota("count=-1,bytes=20=;countHardLimit=7"), (quota_numbers{.bytes = 20, .count_hard_limit = 7}));
    EXPECT_EQ(parse_quota("bytes=5,count=9223372036854775807"),
              (quota_numbers{.count = 9223372036854775807, .bytes = 5}));
    EXPECT_EQ(parse_quota(""), quota_numbers{});
    EXPECT_EQ(parse_quota("count=1,;bytes=2,"), (quota_numbers{.count = 1, .bytes = 2}));
    EXPECT_EQ(parse_quota("count=1,other=2"), (quota_numbers{.count = 1}));
}

TEST(quota_text, is_refused_when_it_is_something_else) {
    for (const std::string_view text : {"hello", "count", "count=x", "count=1x,bytes=2", "count=1,bytes", "count= 1",
                                        "count=9223372036854775808", "count=1,other=x", "=;=a"}) {
        EXPECT_EQ(parse_quota(text), std::nullopt) << text;
    }
}

TEST(quota_text, of_statistics_has_the_old_format) {
    EXPECT_EQ(format_quota_stats(2, 5), "count=2,bytes=5");
    EXPECT_EQ(format_quota_stats(-1, 0), "count=-1,bytes=0");
}

class tree_quota_test : public ::testing::Test, protected tree_fixture {
protected:
    /// Puts a quota on an absolute path.
    void put_quota(const std::string& path, const std::string& limits) {
        std::string at = "/zookeeper/quota";
        for (std::size_t begin = 1; begin < path.size();) {
            const std::size_t end = std::min(path.find('/', begin), path.size());
            at += "/" + path.substr(begin, end - begin);
            if (tree.find(at) == nullptr) {
                create(at);
            }
            begin = end + 1;
        }
        create(at + "/zookeeper_limits", limits);
        create(at + "/zookeeper_stats");
    }
    std::string used(const std::string& path) { return data_of("/zookeeper/quota" + path + "/zookeeper_stats"); }
};

TEST_F(tree_quota_test, starts_with_what_is_there) {
    create("/p", "12345");
    create("/p/a", "123");
    create("/p/a/b", std::nullopt);
    create("/pq", "12345");
    put_quota("/p", "count=10,bytes=-1");
    EXPECT_EQ(used("/p"), "count=3,bytes=8");
    put_quota("/missing", "count=10,bytes=-1");
    EXPECT_EQ(used("/missing"), "count=0,bytes=0");
    EXPECT_EQ(tree.quota_count(), 2U);
}

TEST_F(tree_quota_test, counts_silently) {
    create("/p");
    put_quota("/p", "count=10,bytes=-1");
    const stat before = stat_of("/zookeeper/quota/p/zookeeper_stats");
    create("/p/a", "123");
    set("/p/a", "12345");
    create("/p/a/b", "1");
    create("/other", "1234567");
    create("/pq", "1234567");
    EXPECT_EQ(used("/p"), "count=3,bytes=6");
    remove("/p/a/b");
    set("/p", std::nullopt);
    EXPECT_EQ(used("/p"), "count=2,bytes=5");
    EXPECT_EQ(stat_of("/zookeeper/quota/p/zookeeper_stats"), before);
}

TEST_F(tree_quota_test, gives_back_the_memory_its_statistics_were_made_with) {
    // Counting makes them shorter than their block, and rolling back must not make them forget how long that was.
    for (const std::size_t length : {0U, 60U, 500U, 1500U, 200'000U}) {
        const std::string of = "/p" + std::to_string(length);
        create(of);
        create("/zookeeper/quota" + of);
        create("/zookeeper/quota" + of + "/zookeeper_stats", std::string(length, 'x'));
        create("/zookeeper/quota" + of + "/zookeeper_limits", "count=100,bytes=-1");
        tree.begin();
        create(of + "/x");
        tree.rollback();
        EXPECT_EQ(used(of), "count=1,bytes=0");
        remove("/zookeeper/quota" + of + "/zookeeper_stats");
    }
    // Memory that went back as what it is not comes out again too small, or for two nodes at once.
    for (int i = 0; i < 1000; ++i) {
        create("/n" + std::to_string(i), std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
    }
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(data_of("/n" + std::to_string(i)),
                  std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
    }
}

TEST_F(tree_quota_test, lets_numbers_wrap) {
    create("/p");
    put_quota("/p", "count=100,bytes=-1");
    set("/zookeeper/quota/p/zookeeper_stats", "count=9223372036854775807,bytes=9223372036854775807");
    EXPECT_EQ(tree.check_create("/p/x", 1).answer, quota_answer::within);
    create("/p/x", "1");
    EXPECT_EQ(used("/p"), "count=-9223372036854775808,bytes=-9223372036854775808");
}

TEST_F(tree_quota_test, counts_for_the_deepest_quota_alone) {
    create("/p");
    create("/p/q");
    put_quota("/p", "count=10,bytes=-1");
    EXPECT_EQ(used("/p"), "count=2,bytes=0");
    put_quota("/p/q", "count=10,bytes=-1");
    create("/p/q/r", "123");
    set("/p/q", "1");
    create("/p/x", "7");
    EXPECT_EQ(used("/p"), "count=3,bytes=1");
    EXPECT_EQ(used("/p/q"), "count=2,bytes=4");
    remove("/zookeeper/quota/p/q/zookeeper_limits");
    EXPECT_EQ(tree.quota_count(), 1U);
    create("/p/q/s", "12");
    EXPECT_EQ(used("/p"), "count=4,bytes=3");
    EXPECT_EQ(used("/p/q"), "count=2,bytes=4");
}

TEST_F(tree_quota_test, is_in_force_as_long_as_its_limits_node_exists) {
    create("/p");
    create("/zookeeper/quota/p");
    create("/zookeeper/quota/p/zookeeper_stats");
    create("/p/a", "1");
    EXPECT_EQ(used("/p"), "count=1,bytes=0");
    create("/zookeeper/quota/p/zookeeper_limits", "count=1,bytes=-1");
    create("/p/b", "1");
    EXPECT_EQ(used("/p"), "count=2,bytes=1"); // the one in between was missed, as in ZooKeeper
    remove("/zookeeper/quota/p/zookeeper_limits");
    create("/p/c", "1");
    EXPECT_EQ(used("/p"), "count=2,bytes=1");
    EXPECT_EQ(tree.quota_count(), 0U);
}

TEST_F(tree_quota_test, leaves_what_it_cannot_read_alone) {
    create("/p");
    put_quota("/p", "count=1,bytes=-1=;countHardLimit=1");
    set("/zookeeper/quota/p/zookeeper_stats", "hello");
    create("/p/a");
    EXPECT_EQ(used("/p"), "hello");
    EXPECT_EQ(tree.check_create("/p/b", 0).answer, quota_answer::within);
    set("/zookeeper/quota/p/zookeeper_stats", "count=100,bytes=7");
    create("/p/b", "12");
    EXPECT_EQ(used("/p"), "count=101,bytes=9");
    EXPECT_EQ(tree.check_create("/p/c", 0).answer, quota_answer::hard);
    set("/zookeeper/quota/p/zookeeper_limits", "hello");
    EXPECT_EQ(tree.check_create("/p/c", 0).answer, quota_answer::within);
    set("/zookeeper/quota/p/zookeeper_limits", std::nullopt);
    EXPECT_EQ(tree.check_create("/p/c", 0).answer, quota_answer::within);
    remove("/zookeeper/quota/p/zookeeper_stats");
    create("/p/c");
    EXPECT_EQ(tree.check_create("/p/d", 0).answer, quota_answer::within);
}

TEST_F(tree_quota_test, tells_what_a_change_would_exceed) {
    create("/p", "12345");
    put_quota("/p", "count=2,bytes=10=;byteHardLimit=20;countHardLimit=3");
    const auto creating = [this](std::string_view path, std::size_t bytes) { return tree.check_create(path, bytes); };
    EXPECT_EQ(creating("/p/a", 0).answer, quota_answer::within);
    EXPECT_EQ(creating("/p/a", 15).answer, quota_answer::within);
    EXPECT_EQ(creating("/p/a", 16).answer, quota_answer::hard);
    EXPECT_EQ(creating("/p/a/b/c", 16).prefix, "/p");
    EXPECT_EQ(creating("/p/a", 0).prefix, "");
    EXPECT_EQ(creating("/other", 16).answer, quota_answer::within);
    EXPECT_EQ(creating("/pp", 16).answer, quota_answer::within);
    EXPECT_EQ(tree.check_set_data("/p", 5, 20).answer, quota_answer::within);
    EXPECT_EQ(tree.check_set_data("/p", 5, 21).answer, quota_answer::hard);
    create("/p/a");
    create("/p/b");
    EXPECT_EQ(creating("/p/c", 0).answer, quota_answer::hard);
    EXPECT_EQ(tree.check_set_data("/p", 5, 0).answer, quota_answer::within); // nothing to do with the count

    set("/zookeeper/quota/p/zookeeper_limits", "count=3,bytes=10");
    EXPECT_EQ(creating("/p/c", 0).answer, quota_answer::soft);
    EXPECT_EQ(creating("/p/c", 0).prefix, "/p");
    EXPECT_EQ(tree.check_set_data("/p", 5, 11).answer, quota_answer::soft);
    EXPECT_EQ(tree.check_set_data("/p", 5, 10).answer, quota_answer::within);
    set("/zookeeper/quota/p/zookeeper_limits", "count=3,bytes=10=;byteHardLimit=12");
    EXPECT_EQ(creating("/p/c", 8).answer, quota_answer::hard); // both, of which the worse counts
    EXPECT_EQ(creating("/p/c", 7).answer, quota_answer::soft);
    set("/zookeeper/quota/p/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=0;countHardLimit=0");
    EXPECT_EQ(creating("/p/c", 0).answer, quota_answer::hard);
    EXPECT_EQ(tree.check_set_data("/p", 5, 6).answer, quota_answer::hard);
    set("/zookeeper/quota/p/zookeeper_limits", "count=-1,bytes=-1");
    EXPECT_EQ(creating("/p/c", 1'000).answer, quota_answer::within);
}

TEST_F(tree_quota_test, lets_a_change_pass_that_does_not_make_it_worse) {
    create("/p", "12345");
    put_quota("/p", "count=2,bytes=10=;byteHardLimit=20;countHardLimit=3");
    set("/zookeeper/quota/p/zookeeper_stats", "count=100,bytes=0");
    EXPECT_EQ(tree.check_set_data("/p", 5, 6).answer, quota_answer::within);
    set("/zookeeper/quota/p/zookeeper_stats", "count=1,bytes=100");
    EXPECT_EQ(tree.check_create("/p/a", 0).answer, quota_answer::within);
    EXPECT_EQ(tree.check_set_data("/p", 5, 5).answer, quota_answer::within);
    EXPECT_EQ(tree.check_set_data("/p", 5, 4).answer, quota_answer::hard); // less, but not enough, as in ZooKeeper
}

TEST_F(tree_quota_test, does_not_exist_for_the_root_or_outside_its_place) {
    create("/zookeeper/quota/zookeeper_limits", "count=0,bytes=0=;byteHardLimit=0;countHardLimit=0");
    create("/p");
    create("/p/zookeeper_limits", "count=0,bytes=0=;byteHardLimit=0;countHardLimit=0");
    create("/p/zookeeper_stats", "kept");
    EXPECT_EQ(tree.quota_count(), 0U);
    EXPECT_EQ(tree.check_create("/p/a", 1).answer, quota_answer::within);
    EXPECT_EQ(tree.check_set_data("/", 0, 1).answer, quota_answer::within);
    create("/p/a");
    EXPECT_EQ(data_of("/p/zookeeper_stats"), "kept");
    remove("/p/zookeeper_limits");
    remove("/zookeeper/quota/zookeeper_limits");
    EXPECT_EQ(tree.quota_count(), 0U);
}

TEST_F(tree_quota_test, can_be_on_the_place_of_quotas) {
    put_quota("/zookeeper/quota", "count=100,bytes=-1");
    const std::string before = used("/zookeeper/quota");
    create("/p");
    EXPECT_EQ(used("/zookeeper/quota"), before);
    create("/zookeeper/quota/x", "1234");
    EXPECT_NE(used("/zookeeper/quota"), before);
    remove("/zookeeper/quota/x");
    EXPECT_EQ(used("/zookeeper/quota"), before);
    remove("/zookeeper/quota/zookeeper/quota/zookeeper_stats");
    remove("/zookeeper/quota/zookeeper/quota/zookeeper_limits");
    EXPECT_EQ(tree.quota_count(), 0U);
}

} // namespace
} // namespace zooid::server
