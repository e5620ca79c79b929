#include <zooid/path.hpp>
#include <zooid/types.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid {
namespace {

using namespace std::string_view_literals;

/// UTF-8 of any code up to U+1FFFFF, surrogates included.
std::string utf8(std::uint32_t code) {
    const auto tail = [code](unsigned shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3fU)); };
    if (code < 0x80) {
        return {static_cast<char>(code)};
    }
    if (code < 0x800) {
        return {static_cast<char>(0xc0U | (code >> 6U)), tail(0)};
    }
    if (code < 0x10000) {
        return {static_cast<char>(0xe0U | (code >> 12U)), tail(6), tail(0)};
    }
    return {static_cast<char>(0xf0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

bool allowed(std::uint32_t code) { return !validate_path("/a" + utf8(code) + "z"); }

TEST(validate_path, accepts_what_servers_accept) {
    for (const std::string_view path :
         {"/"sv, "/a"sv, "/a/b"sv, "/zookeeper/config"sv, "/..."sv, "/.a"sv, "/a."sv, "/..a"sv, "/ "sv, "/a b/c"sv,
          "/\u00e4/\u6f22\u5b57"sv, "/\u00a0"sv, "/\uf900"sv, "/\uffef"sv, "/-0000000001"sv, "/a/.hidden/..more"sv}) {
        EXPECT_EQ(validate_path(path), error_code{}) << path;
        EXPECT_EQ(path_problem(path), std::nullopt) << path;
    }
}

TEST(validate_path, says_what_is_wrong_and_where) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {""sv, "empty path at position 0"},
        {"a"sv, "path does not start with '/' at position 0"},
        {"a/b"sv, "path does not start with '/' at position 0"},
        {"/a/"sv, "path ends in '/' at position 2"},
        {"//"sv, "empty component at position 1"},
        {"//a"sv, "empty component at position 1"},
        {"/a//b"sv, "empty component at position 3"},
        {"/."sv, "component \".\" at position 1"},
        {"/a/./b"sv, "component \".\" at position 3"},
        {"/.."sv, "component \"..\" at position 1"},
        {"/a/.."sv, "component \"..\" at position 3"},
        {"/../a"sv, "component \"..\" at position 1"},
        {"/a\0b"sv, "control character at position 2"},
        {"/a\nb"sv, "control character at position 2"},
        {"/\x7f"sv, "control character at position 1"},
        {"/\u0085"sv, "control character at position 1"},
        {"/ab\ue000"sv, "character ZooKeeper does not allow in paths at position 3"},
        {"/\U0001f600"sv, "character ZooKeeper does not allow in paths at position 1"},
        {"/\ufffd"sv, "character ZooKeeper does not allow in paths at position 1"},
        {"/a\xff"sv, "malformed UTF-8 at position 2"},
        {"/a\x80"sv, "malformed UTF-8 at position 2"},
        {"/a\xc3"sv, "malformed UTF-8 at position 2"},
        {"/a\xc3/"sv, "malformed UTF-8 at position 2"},
        {"/a\xe6\xbc"sv, "malformed UTF-8 at position 2"},
        {"/a\xe6\xbc/b"sv, "malformed UTF-8 at position 2"},
        {"/\xc0\xaf"sv, "malformed UTF-8 at position 1"},         // '/' in two bytes
        {"/\xc1\xbf"sv, "malformed UTF-8 at position 1"},         // DEL in two bytes
        {"/\xe0\x80\xaf"sv, "malformed UTF-8 at position 1"},     // '/' in three bytes
        {"/\xe0\x9f\xbf"sv, "malformed UTF-8 at position 1"},     // U+07FF in three bytes
        {"/\xf0\x8f\xbf\xbf"sv, "malformed UTF-8 at position 1"}, // U+FFFF in four bytes
        {"/\xf4\x90\x80\x80"sv, "malformed UTF-8 at position 1"}, // U+110000
        {"/\xf8\x88\x80\x80\x80"sv, "malformed UTF-8 at position 1"},
    };
    for (const auto& [path, problem] : cases) {
        EXPECT_EQ(validate_path(path), errc::invalid_path) << path;
        EXPECT_EQ(path_problem(path), problem) << path;
    }
}

TEST(validate_path, judges_every_character_by_its_code) {
    for (std::uint32_t code = 0; code <= 0x11000; ++code) {
        if (code == '/') {
            continue;
        }
        const bool forbidden =
            code <= 0x1f || (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xf8ff) || code >= 0xfff0;
        ASSERT_EQ(allowed(code), !forbidden) << "U+" << std::hex << code;
    }
    EXPECT_FALSE(allowed(0x10ffff));
}

TEST(validate_path, finds_a_flaw_wherever_it_is_in_a_long_path) {
    for (std::size_t length = 2; length <= 28; ++length) {
        const std::string sound = "/" + std::string(length - 1, 'n');
        ASSERT_EQ(validate_path(sound), error_code{}) << sound;
        for (std::size_t at = 1; at < length; ++at) {
            for (const std::string_view flaw :
                 {"\0"sv, "\x1f"sv, "\x7f"sv, "\x80"sv, "\xff"sv, "//"sv, "/./"sv, "/../"sv, "\ufffd"sv, "\u0085"sv}) {
                std::string path = sound;
                path.insert(at, flaw);
                ASSERT_EQ(validate_path(path), errc::invalid_path) << flaw << " at " << at << " in " << sound;
                ASSERT_NE(path_problem(path), std::nullopt);
            }
            for (const std::string_view fine : {" "sv, "~"sv, "."sv, "/"sv, "/.n"sv, "/..n"sv, "/..."sv, "\u00e4"sv}) {
                std::string path = sound;
                path.insert(at, fine);
                ASSERT_EQ(validate_path(path), at == 1 && fine.starts_with('/') ? errc::invalid_path : error_code{})
                    << fine << " at " << at << " in " << sound;
            }
        }
        for (const std::string_view end : {"/"sv, "/."sv, "/.."sv, "\n"sv, "\x7f"sv, "\xc3"sv}) {
            ASSERT_EQ(validate_path(sound + std::string{end}), errc::invalid_path) << end << " after " << sound;
        }
    }
}

TEST(validate_sequential_path, allows_an_unfinished_last_component) {
    for (const std::string_view path : {"/"sv, "/a"sv, "/a/"sv, "/a/."sv, "/a/.."sv, "/."sv}) {
        EXPECT_EQ(validate_sequential_path(path), error_code{}) << path;
        EXPECT_EQ(sequential_path_problem(path), std::nullopt) << path;
        EXPECT_EQ(validate_path(std::string{path} + "1"), error_code{}) << path;
    }
}

TEST(validate_sequential_path, refuses_the_rest) {
    for (const std::string_view path : {""sv, "a"sv, "//"sv, "/a//"sv, "/./"sv, "/../a"sv, "/a\0"sv, "/a\xc3"sv}) {
        EXPECT_EQ(validate_sequential_path(path), errc::invalid_path) << path;
        EXPECT_NE(sequential_path_problem(path), std::nullopt) << path;
    }
}

TEST(parent_path, drops_the_last_component) {
    EXPECT_EQ(parent_path("/a/b/c"), "/a/b");
    EXPECT_EQ(parent_path("/a"), "/");
    EXPECT_EQ(parent_path("/"), "/");
    EXPECT_EQ(parent_path("a"), "");
    EXPECT_EQ(parent_path(""), "");
}

TEST(base_name, is_the_last_component) {
    EXPECT_EQ(base_name("/a/b/c"), "c");
    EXPECT_EQ(base_name("/a"), "a");
    EXPECT_EQ(base_name("/"), "");
    EXPECT_EQ(base_name("a"), "a");
}

TEST(join_path, puts_one_slash_between) {
    EXPECT_EQ(join_path("/", "a"), "/a");
    EXPECT_EQ(join_path("/a", "b"), "/a/b");
    EXPECT_EQ(join_path("/a", "/b/c"), "/a/b/c");
    EXPECT_EQ(join_path("/a", ""), "/a");
    EXPECT_EQ(join_path("/a", "/"), "/a");
    EXPECT_EQ(join_path("/", "/"), "/");
    EXPECT_EQ(join_path("", "a"), "/a");
    EXPECT_EQ(join_path("/a/", "b"), "/a/b");
}

TEST(acl, stock_lists_are_what_servers_expect) {
    EXPECT_EQ(open_acl(), (acl{{31, "world", "anyone"}}));
    EXPECT_EQ(read_acl(), (acl{{1, "world", "anyone"}}));
    EXPECT_EQ(creator_acl(), (acl{{31, "auth", ""}}));
}

} // namespace
} // namespace zooid
