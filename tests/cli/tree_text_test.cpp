#include "cli/tree_text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace zooid::cli {
namespace {

std::string refusal(std::string_view line) {
    try {
        static_cast<void>(parse_tree_line(line));
    } catch (const std::invalid_argument& problem) {
        return problem.what();
    }
    return "taken";
}

TEST(tree_text, a_line_is_a_path_and_perhaps_data) {
    const auto entry = parse_tree_line("/a/b c\tsome data, grün");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->path, "/a/b c");
    EXPECT_EQ(entry->data, "some data, grün");
}

TEST(tree_text, no_data_and_empty_data_are_two_things) {
    EXPECT_EQ(parse_tree_line("/a")->data, std::nullopt);
    EXPECT_EQ(parse_tree_line("/a\t")->data, "");
}

TEST(tree_text, comments_and_empty_lines_are_skipped) {
    for (const char* line : {"", "\r", "# /a", "#"}) {
        EXPECT_FALSE(parse_tree_line(line)) << line;
    }
}

TEST(tree_text, escapes_stand_for_any_byte) {
    const auto entry = parse_tree_line("/\\xe4\\xbd\\xa0\t\\\\ \\t\\n\\r\\x00\\xFf");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->path, "/你");
    EXPECT_EQ(entry->data, std::string("\\ \t\n\r\0\xff", 7));
}

TEST(tree_text, a_line_end_of_another_system_is_no_data) {
    EXPECT_EQ(parse_tree_line("/a\tx\r")->data, "x");
    EXPECT_EQ(parse_tree_line("/a\r")->path, "/a");
    EXPECT_EQ(parse_tree_line("/a\tx\\r\r")->data, "x\r");
}

TEST(tree_text, refusals_give_the_reason) {
    EXPECT_NE(refusal("a/b").find("not a node's path: "), std::string::npos);
    EXPECT_NE(refusal("/a//b").find("not a node's path: "), std::string::npos);
    EXPECT_NE(refusal("/a\\x00").find("not a node's path: "), std::string::npos);
    EXPECT_NE(refusal("/a\tone\ttwo").find("second tab"), std::string::npos);
    for (const char* text : {"/a\tx\\", "/a\t\\q", "/a\t\\x", "/a\t\\x1", "/a\t\\xg0", "/a\t\\x+1", "/a\t\\x0g"}) {
        EXPECT_NE(refusal(text).find("is no escape: \\\\ \\t \\n \\r \\xHH"), std::string::npos) << text;
    }
}

} // namespace
} // namespace zooid::cli
