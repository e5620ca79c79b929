#include "server/watch_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace zooid::server {
namespace {

using enum watch_kind;
using enum watch_mode;

using watchers = std::vector<watcher*>;

watchers hit(watch_table& table, std::string_view path, watch_kind kind, event_type type, bool again = false) {
    const auto found = table.trigger(path, kind, type, again);
    return {found.begin(), found.end()};
}

/// A watcher whose watches go with it.
struct visitor : watcher {
    explicit visitor(watch_table& in) : table(&in) {}
    ~visitor() { table->remove_all(*this); }
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;
    watch_table* table;
};

TEST(watch_table, adding_twice_is_adding_once) {
    watch_table table;
    visitor a{table};
    table.add(a, "/a", data, standard);
    table.add(a, "/a", data, standard);
    table.add(a, "/a", child, standard);
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.size(data), 1U);
    EXPECT_EQ(a.size(), 2U);
    EXPECT_EQ(hit(table, "/a", data, event_type::data_changed), watchers{&a});
    EXPECT_EQ(hit(table, "/a", data, event_type::data_changed), watchers{});
    EXPECT_EQ(table.size(), 1U);
}

TEST(watch_table, again_leaves_out_whom_the_last_call_named) {
    watch_table table;
    visitor both{table};
    visitor only_child{table};
    table.add(both, "/a", data, standard);
    table.add(both, "/a", child, standard);
    table.add(only_child, "/a", child, standard);
    EXPECT_EQ(hit(table, "/a", data, event_type::deleted), watchers{&both});
    EXPECT_EQ(hit(table, "/a", child, event_type::deleted, true), watchers{&only_child});
    EXPECT_EQ(table.size(), 0U);
}

TEST(watch_table, ancestors_count_only_if_recursive) {
    watch_table table;
    visitor plain{table};
    visitor deep{table};
    table.add(plain, "/a", data, persistent);
    table.add(deep, "/", data, recursive);
    table.add(deep, "/a", data, recursive);
    EXPECT_EQ(hit(table, "/a/b/c", data, event_type::created), watchers{&deep});
    EXPECT_EQ(hit(table, "/a/b", data, event_type::children_changed), watchers{});
    table.add(deep, "/a", data, standard);
    EXPECT_TRUE(table.remove(deep, "/", data));
    EXPECT_EQ(hit(table, "/a/b/c", data, event_type::created), watchers{}) << "no recursive one is left";
    EXPECT_EQ(hit(table, "/a", data, event_type::created).size(), 2U);
}

TEST(watch_table, one_watcher_with_many_paths_goes_without_a_trace) {
    watch_table table;
    visitor stays{table};
    table.add(stays, "/path/7", child, persistent);
    {
        visitor busy{table};
        for (int i = 0; i < 200'000; ++i) {
            table.add(busy, "/path/" + std::to_string(i), i % 2 == 0 ? data : child, standard);
        }
        EXPECT_EQ(busy.size(), 200'000U);
        EXPECT_EQ(hit(table, "/path/8", data, event_type::deleted), watchers{&busy});
        EXPECT_EQ(table.size(), 200'000U);
    }
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(hit(table, "/path/7", child, event_type::children_changed), watchers{&stays});
}

TEST(watch_table, many_watchers_of_one_path) {
    watch_table table;
    std::vector<std::unique_ptr<visitor>> all;
    for (int i = 0; i < 20'000; ++i) {
        all.push_back(std::make_unique<visitor>(table));
        table.add(*all.back(), "/hot", data, standard);
    }
    for (int i = 0; i < 10'000; ++i) { // from the front, where a list that is searched would be slow
        all.erase(all.begin() + (i % 2));
    }
    EXPECT_EQ(hit(table, "/hot", data, event_type::data_changed).size(), 10'000U);
    EXPECT_EQ(table.size(), 0U);
}

TEST(watch_table, visiting_groups_by_path) {
    watch_table table;
    visitor a{table};
    visitor b{table};
    for (const std::string_view path : {"/x", "/y", "/z"}) {
        table.add(a, path, data, standard);
        table.add(b, path, data, persistent);
    }
    table.add(a, "/only-child", child, standard);
    std::vector<std::string> paths;
    table.for_each(data, [&](std::string_view path, const watcher&) { paths.emplace_back(path); });
    ASSERT_EQ(paths.size(), 6U);
    paths.erase(std::ranges::unique(paths).begin(), paths.end());
    EXPECT_EQ(paths.size(), 3U);
}

} // namespace
} // namespace zooid::server
