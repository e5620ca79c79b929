#include "cli/escaping.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

TEST(escaping, leaves_ordinary_text_of_any_script_alone) {
    EXPECT_EQ(escape_for_terminal("plain, grün, 日本, 🐘"), "plain, grün, 日本, 🐘");
}

TEST(escaping, shows_what_a_terminal_would_obey) {
    EXPECT_EQ(escape_for_terminal("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
    EXPECT_EQ(escape_for_terminal("\x7f"), "\\x7f");
    EXPECT_EQ(escape_for_terminal("\xc2\x9b"), "\\xc2\\x9b"); // CSI in one character
    EXPECT_EQ(escape_for_terminal(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(escaping, shows_characters_that_reorder_or_hide_text) {
    EXPECT_EQ(escape_for_terminal("a\u202eb"), "a\\u{202e}b");
    EXPECT_EQ(escape_for_terminal("a\u200bb"), "a\\u{200b}b");
    EXPECT_EQ(escape_for_terminal("\ufeff"), "\\u{feff}");
}

TEST(escaping, keeps_line_ends_only_when_asked) {
    EXPECT_EQ(escape_for_terminal("a\n\tb\r"), "a\\n\\tb\\r");
    EXPECT_EQ(escape_for_terminal("a\n\tb\r", line_ends::keep), "a\n\tb\\r");
}

TEST(escaping, shows_stray_bytes) {
    EXPECT_EQ(escape_for_terminal("\xff"), "\\xff");
    EXPECT_EQ(escape_for_terminal("\xe2\x82"), "\\xe2\\x82");                 // cut short
    EXPECT_EQ(escape_for_terminal("\xc0\xaf"), "\\xc0\\xaf");                 // longer than need be
    EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");        // half of a surrogate pair
    EXPECT_EQ(escape_for_terminal("\xf4\x90\x80\x80").substr(0, 4), "\\xf4"); // beyond Unicode
}

TEST(escaping, knows_utf8) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("gr\xc3\xbcn \xf0\x9f\x90\x98"));
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
    EXPECT_FALSE(is_utf8("\xc3"));
    EXPECT_FALSE(is_utf8("a\x80"));
    EXPECT_FALSE(is_utf8("\xe0\x80\x80"));
}

TEST(escaping, escapes_json_without_changing_what_it_says) {
    EXPECT_EQ(escape_json("{\"a\":\"gr\xc3\xbcn \\n\"}"), "{\"a\":\"gr\xc3\xbcn \\n\"}");
    EXPECT_EQ(escape_json("\"\xc2\x9b\x7f\u202e\""), "\"\\u009b\\u007f\\u202e\"");
}

TEST(escaping, repairs_what_is_not_utf8) {
    EXPECT_EQ(repair_utf8("a\xff\xc3\xbc"), "a\ufffd\xc3\xbc");
    EXPECT_TRUE(is_utf8(repair_utf8("\xf0\x9f\x90")));
}

TEST(escaping, shortens_by_characters) {
    EXPECT_EQ(shorten("grün", 4), "grün");
    EXPECT_EQ(shorten("grün", 3), "grü…");
    EXPECT_EQ(shorten("", 0), "");
}

} // namespace
} // namespace zooid::cli
