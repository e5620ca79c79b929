#include "wire/list.hpp"

#include "support/hex.hpp"
#include "wire/records.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace zooid::wire {
namespace {

using testing::hex;

template <class T>
std::string encoded(const list<T>& values) {
    buffer out;
    encode(out, values);
    return std::string{out.view()};
}

TEST(list, views_what_converts) {
    const std::vector<std::string> strings{"a", "", "bb"};
    const std::vector<std::string_view> views{"a", "", "bb"};
    EXPECT_EQ(list<std::string_view>{strings}, list<std::string_view>{views});
    EXPECT_EQ(encoded(list<path_ref>{strings}), encoded(list<std::string_view>{views}));
    EXPECT_EQ(list<std::string_view>{std::span{views}.first(2)}.size(), 2U);
    EXPECT_EQ(encoded(list<std::string_view>{views}),
              hex("00 00 00 03  00 00 00 01 61  00 00 00 00  00 00 00 02 62 62"));
    EXPECT_FALSE((std::is_constructible_v<list<std::string_view>, std::vector<int>>));
}

TEST(list, views_an_acl) {
    const acl entries{{perms::read, "ip", "10.0.0.0/8"}, {perms::all, "auth", ""}};
    const list<acl_item> items{acl_view{entries}};
    EXPECT_EQ(std::vector<acl_item>(items.begin(), items.end()),
              (std::vector<acl_item>{{1, "ip", "10.0.0.0/8"}, {31, "auth", ""}}));
    EXPECT_TRUE(list<acl_item>{acl_view{}}.empty());
}

TEST(list, remembers_what_the_encoded_region_holds) {
    const std::string bytes = hex("00 00 00 02  00 00 00 01 61  00 00 00 02 62 62  ff");
    reader in{bytes};
    list<std::string_view> got;
    ASSERT_TRUE(decode(in, got));
    EXPECT_EQ(in.remaining(), 1U);
    EXPECT_EQ(got.size(), 2U);
    EXPECT_FALSE(got.is_null());
    EXPECT_EQ(std::vector<std::string>(got.begin(), got.end()), (std::vector<std::string>{"a", "bb"}));
    EXPECT_EQ(got.begin()->data(), bytes.data() + 8) << "decoded in place";
    EXPECT_EQ(encoded(got), bytes.substr(0, bytes.size() - 1));
}

TEST(list, null_is_empty_but_not_the_same) {
    const auto null = list<std::string_view>::null();
    const list<std::string_view> empty;
    EXPECT_TRUE(null.is_null());
    EXPECT_FALSE(empty.is_null());
    EXPECT_TRUE(null.empty());
    EXPECT_EQ(null.begin(), null.end());
    EXPECT_FALSE(null == empty);
    EXPECT_EQ(encoded(null), hex("ff ff ff ff"));
    EXPECT_EQ(encoded(empty), hex("00 00 00 00"));
    list<std::string_view> got;
    ASSERT_TRUE(decode(encoded(null), got));
    EXPECT_TRUE(got.is_null());
    ASSERT_TRUE(decode(encoded(empty), got));
    EXPECT_FALSE(got.is_null());
}

TEST(list, iterators_advance_both_ways_of_writing_it) {
    const std::vector<std::string_view> views{"a", "b", "c"};
    const list<std::string_view> values{views};
    auto it = values.begin();
    EXPECT_EQ(*it++, "a");
    EXPECT_EQ(*it, "b");
    EXPECT_EQ(*++it, "c");
    EXPECT_EQ(++it, values.end());
}

TEST(list, bad_counts_and_bad_elements_are_malformed) {
    for (const char* text : {
             "ff ff ff fe",                           // count -2
             "00 00 00 01",                           // no element
             "00 00 00 02  00 00 00 01 61",           // one too few
             "00 00 00 01  ff ff ff ff",              // null element
             "00 00 00 02  00 00 00 00  00 00 00 01", // the last one is cut off
             "7f ff ff ff  00 00 00 00  00 00 00 00", // more than can be there
         }) {
        list<std::string_view> got;
        EXPECT_FALSE(decode(hex(text), got)) << text;
    }
}

} // namespace
} // namespace zooid::wire
