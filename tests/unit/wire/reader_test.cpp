#include "wire/reader.hpp"

#include "support/hex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::wire {
namespace {

using testing::hex;

TEST(reader, takes_fields_in_network_order) {
    const std::string bytes = hex("01 02 03 04  ff ff ff fe  01 02 03 04 05 06 07 08  80 00*7  00 01 ff");
    reader in{bytes};
    std::int32_t i = 0;
    std::int64_t l = 0;
    bool b = false;
    ASSERT_TRUE(in.i32(i));
    EXPECT_EQ(i, 0x01020304);
    ASSERT_TRUE(in.i32(i));
    EXPECT_EQ(i, -2);
    ASSERT_TRUE(in.i64(l));
    EXPECT_EQ(l, 0x0102030405060708);
    ASSERT_TRUE(in.i64(l));
    EXPECT_EQ(l, INT64_MIN);
    ASSERT_TRUE(in.boolean(b));
    EXPECT_FALSE(b);
    ASSERT_TRUE(in.boolean(b));
    EXPECT_TRUE(b);
    ASSERT_TRUE(in.boolean(b));
    EXPECT_TRUE(b);
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_FALSE(in.boolean(b));
}

TEST(reader, nothing_can_be_taken_from_nothing) {
    reader in;
    std::int32_t i = 0;
    std::int64_t l = 0;
    bool b = false;
    std::string_view s;
    std::optional<std::string_view> o;
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_FALSE(in.i32(i) || in.i64(l) || in.boolean(b) || in.string(s) || in.bytes(o) || in.count(i, 1));
}

TEST(reader, strings_are_views_into_the_input) {
    const std::string bytes = hex("00 00 00 02 61 62  00 00 00 00  ff ff ff ff");
    reader in{bytes};
    std::optional<std::string_view> s;
    ASSERT_TRUE(in.bytes(s));
    EXPECT_EQ(s, "ab");
    EXPECT_EQ(s->data(), bytes.data() + 4);
    ASSERT_TRUE(in.bytes(s));
    EXPECT_EQ(s, "");
    ASSERT_TRUE(in.bytes(s));
    EXPECT_EQ(s, std::nullopt);
}

TEST(reader, lengths_that_cannot_be_are_malformed) {
    for (const char* text : {"ff ff ff fe 61", "80 00 00 00 61", "00 00 00 02 61", "7f ff ff ff 61", "00 00 00"}) {
        const std::string bytes = hex(text);
        std::optional<std::string_view> nullable;
        std::string_view plain;
        reader first{bytes};
        EXPECT_FALSE(first.bytes(nullable)) << text;
        reader second{bytes};
        EXPECT_FALSE(second.string(plain)) << text;
        reader third{bytes};
        path_ref path;
        EXPECT_FALSE(third.path(path)) << text;
    }
}

TEST(reader, null_is_refused_where_text_is_needed) {
    const std::string bytes = hex("ff ff ff ff");
    std::string_view s;
    reader in{bytes};
    EXPECT_FALSE(in.string(s));
}

TEST(reader, counts_must_fit_the_rest) {
    const auto accepts = [](const char* text, std::size_t element_size) {
        const std::string bytes = hex(text);
        reader in{bytes};
        std::int32_t n = 0;
        return in.count(n, element_size);
    };
    EXPECT_TRUE(accepts("ff ff ff ff", 4));
    EXPECT_TRUE(accepts("00 00 00 00", 4));
    EXPECT_TRUE(accepts("00 00 00 02 00*8", 4));
    EXPECT_FALSE(accepts("00 00 00 02 00*7", 4));
    EXPECT_FALSE(accepts("00 00 00 03 00*8", 4));
    EXPECT_FALSE(accepts("7f ff ff ff 00*8", 4));
    EXPECT_FALSE(accepts("ff ff ff fe 00*8", 4));
    EXPECT_FALSE(accepts("80 00 00 00 00*8", 4));
}

} // namespace
} // namespace zooid::wire
