#include "cli/help_format.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

TEST(help_format, breaks_lines_at_spaces) {
    EXPECT_EQ(wrap_text("one two three", 7), "one two\nthree");
    EXPECT_EQ(wrap_text("one two three", 8), "one two\nthree");
    EXPECT_EQ(wrap_text("one two three", 100), "one two three");
    EXPECT_EQ(wrap_text("", 5), "");
}

TEST(help_format, leaves_long_words_and_indented_lines_whole) {
    EXPECT_EQ(wrap_text("abcdefghij klm", 4), "abcdefghij\nklm");
    EXPECT_EQ(wrap_text("  7  a table stays a table", 5), "  7  a table stays a table");
}

TEST(help_format, keeps_line_ends) { EXPECT_EQ(wrap_text("a b\n\nc d\n", 2), "a\nb\n\nc\nd\n"); }

} // namespace
} // namespace zooid::cli
