#include "server/acl_table.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace zooid::server {
namespace {

TEST(acl_table, knows_the_open_list) {
    acl_table table;
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(table.acquire(open_acl()), open_acl_id);
    EXPECT_EQ(table.list(open_acl_id), open_acl());
    table.release(open_acl_id);
    table.release(open_acl_id);
    EXPECT_EQ(table.acquire(open_acl()), open_acl_id);
    EXPECT_EQ(table.size(), 1U);
}

TEST(acl_table, gives_equal_lists_one_id) {
    acl_table table;
    const acl one{{perms::read, "ip", "10.0.0.1"}, {perms::all, "digest", "a:b"}};
    const acl_id id = table.acquire(one);
    EXPECT_EQ(table.acquire(acl{one}), id);
    EXPECT_EQ(table.uses(id), 2U);
    EXPECT_EQ(table.list(id), one);
    EXPECT_EQ(table.size(), 2U);
}

TEST(acl_table, tells_lists_apart_by_everything_in_them) {
    acl_table table;
    const std::vector<acl> lists{
        {{perms::read, "digest", "a:b"}},
        {{perms::write, "digest", "a:b"}},
        {{perms::read, "sasl", "a:b"}},
        {{perms::read, "digest", "a:c"}},
        {{perms::read, "digest", "a:b"}, {perms::read, "digest", "a:c"}},
        {{perms::read, "digest", "a:c"}, {perms::read, "digest", "a:b"}},
        {{perms::read, "digesta", ":b"}},
        {},
    };
    std::vector<acl_id> ids;
    for (const acl& list : lists) {
        ids.push_back(table.acquire(list));
    }
    EXPECT_EQ(table.size(), 1 + lists.size());
    for (std::size_t i = 0; i < lists.size(); ++i) {
        EXPECT_EQ(table.list(ids[i]), lists[i]);
        EXPECT_EQ(table.uses(ids[i]), 1U);
    }
}

TEST(acl_table, forgets_a_list_with_its_last_use) {
    acl_table table;
    const acl one{{perms::read, "ip", "10.0.0.1"}};
    const acl two{{perms::read, "ip", "10.0.0.2"}};
    const acl_id id = table.acquire(one);
    (void)table.acquire(one);
    table.release(id);
    EXPECT_EQ(table.list(id), one);
    table.release(id);
    EXPECT_EQ(table.size(), 1U);
    const acl_id other = table.acquire(two);
    EXPECT_EQ(table.list(other), two);
    const acl_id again = table.acquire(one);
    EXPECT_NE(again, other);
    EXPECT_EQ(table.uses(again), 1U);
    EXPECT_EQ(table.size(), 3U);
}

TEST(acl_table, acquires_a_list_of_its_own) {
    acl_table table;
    acl_id id = table.acquire(acl{{perms::read, "ip", "10.0.0.0"}, {perms::read, "ip", "10.0.0.1"}});
    for (int i = 0; i < 100; ++i) { // a part of it, which makes the table grow
        const acl_id part = table.acquire(std::span{table.list(id)}.first(1));
        EXPECT_EQ(table.list(part).at(0).id, "10.0.0.0");
        (void)table.acquire(acl{{i, "ip", std::to_string(i)}});
    }
    EXPECT_EQ(table.size(), 103U);
}

TEST(acl_table, knows_its_lists_whatever_comes_and_goes) {
    acl_table table;
    std::map<int, acl_id> kept;
    const auto list_of = [](int i) { return acl{{perms::read, "digest", std::to_string(i)}}; };
    std::mt19937 random{20'240'102};
    for (int round = 0; round < 20'000; ++round) {
        const int i = static_cast<int>(random() % (round / 5'000 % 2 == 0 ? 3'000 : 20));
        if (const auto at = kept.find(i); at != kept.end()) {
            ASSERT_EQ(table.list(at->second), list_of(i));
            table.release(at->second);
            kept.erase(at);
        } else {
            kept[i] = table.acquire(list_of(i));
        }
        while (round / 5'000 % 2 == 1 && kept.size() > 20) { // shrinks, from either end
            const auto one = random() % 2 == 0 ? kept.begin() : std::prev(kept.end());
            table.release(one->second);
            kept.erase(one);
        }
        ASSERT_EQ(table.size(), kept.size() + 1);
    }
    for (const auto& [i, id] : kept) {
        EXPECT_EQ(table.list(id), list_of(i));
        EXPECT_EQ(table.acquire(list_of(i)), id);
    }
}

} // namespace
} // namespace zooid::server
