#include "cli/node_changes.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

std::vector<std::string> told(const node_marks& before, const node_marks& after, bool children = false) {
    std::vector<std::string> lines;
    for (const auto& event : changes_between(before, after, children)) {
        lines.push_back(std::string(to_string(event.type)) + " " + event.path);
    }
    return lines;
}

using lines = std::vector<std::string>;

TEST(node_changes, nothing_happened) {
    const node_marks marks{{"/a", {1, 2, 3}}, {"/a/b", {4, 4, 4}}};
    EXPECT_EQ(told(marks, marks), lines());
    EXPECT_EQ(told(marks, marks, true), lines());
}

TEST(node_changes, created_deleted_and_changed) {
    EXPECT_EQ(told({{"/a", {1, 2, 3}}, {"/a/b", {4, 4, 4}}}, {{"/a", {1, 6, 5}}, {"/a/c", {5, 5, 5}}}),
              (lines{"deleted /a/b", "data_changed /a", "created /a/c"}));
}

TEST(node_changes, a_node_that_was_deleted_and_created_again_is_told_as_both) {
    EXPECT_EQ(told({{"/a", {1, 2, 3}}}, {{"/a", {9, 9, 9}}}), (lines{"deleted /a", "created /a"}));
}

TEST(node_changes, children_changes_are_told_for_single_nodes_only) {
    EXPECT_EQ(told({{"/a", {1, 1, 3}}}, {{"/a", {1, 1, 7}}}, false), lines());
    EXPECT_EQ(told({{"/a", {1, 1, 3}}}, {{"/a", {1, 1, 7}}}, true), (lines{"children_changed /a"}));
}

TEST(node_changes, zxids_are_those_of_the_changes_where_they_are_known) {
    const auto changes = changes_between({{"/x", {1, 1, 1}}}, {{"/a", {5, 6, 7}}}, false);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].zxid, -1);
    EXPECT_EQ(changes[1].zxid, 5);
}

watch_event event(event_type type) { return {type, keeper_state::connected, "/a", -1}; }

stat stat_of(std::int64_t czxid, std::int64_t mzxid, std::int64_t pzxid) {
    stat s;
    s.czxid = czxid;
    s.mzxid = mzxid;
    s.pzxid = pzxid;
    return s;
}

TEST(node_changes, an_event_is_contained_if_the_node_was_read_after_it) {
    const node_marks marks{{"/a", {1, 2, 3}}};
    EXPECT_TRUE(is_contained(event(event_type::data_changed), marks, stat_of(1, 2, 9)));
    EXPECT_FALSE(is_contained(event(event_type::data_changed), marks, stat_of(1, 8, 3)));
    EXPECT_TRUE(is_contained(event(event_type::children_changed), marks, stat_of(1, 8, 3)));
    EXPECT_FALSE(is_contained(event(event_type::children_changed), marks, stat_of(1, 2, 9)));
    EXPECT_TRUE(is_contained(event(event_type::created), marks, stat_of(1, 2, 3)));
    EXPECT_FALSE(is_contained(event(event_type::created), {}, stat_of(1, 2, 3)));
    EXPECT_FALSE(is_contained(event(event_type::deleted), marks, std::nullopt));
    EXPECT_TRUE(is_contained(event(event_type::deleted), {}, std::nullopt));
}

TEST(node_changes, remembering_follows_the_node) {
    node_marks marks;
    remember(marks, "/a", stat_of(1, 2, 3));
    EXPECT_EQ(marks, (node_marks{{"/a", {1, 2, 3}}}));
    remember(marks, "/a", std::nullopt);
    EXPECT_TRUE(marks.empty());
}

} // namespace
} // namespace zooid::cli
