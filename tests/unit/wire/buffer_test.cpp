#include "wire/buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace zooid::wire {
namespace {

TEST(buffer, keeps_what_was_appended_while_it_grows) {
    buffer b;
    std::string expected;
    for (int i = 0; i < 5'000; ++i) {
        const std::string piece = std::to_string(i);
        b.append(piece);
        expected += piece;
    }
    EXPECT_EQ(b.view(), expected);
    EXPECT_GE(b.capacity(), b.size());
}

TEST(buffer, grow_gives_room_at_the_end) {
    buffer b;
    b.append("ab");
    std::memcpy(b.grow(2), "cd", 2);
    b.grow(0);
    EXPECT_EQ(b.view(), "abcd");
}

TEST(buffer, empty_one_holds_no_memory) {
    buffer b;
    EXPECT_TRUE(b.empty());
    EXPECT_EQ(b.capacity(), 0U);
    b.append("");
    b.erase_front(3);
    b.truncate(3);
    b.shrink();
    EXPECT_EQ(b.view(), "");
}

TEST(buffer, erases_from_both_ends) {
    buffer b;
    b.append("abcdef");
    b.erase_front(2);
    EXPECT_EQ(b.view(), "cdef");
    b.truncate(3);
    EXPECT_EQ(b.view(), "cde");
    b.truncate(7);
    EXPECT_EQ(b.view(), "cde");
    b.erase_front(0);
    EXPECT_EQ(b.view(), "cde");
    b.erase_front(9);
    EXPECT_EQ(b.view(), "");
}

TEST(buffer, clear_keeps_memory_and_shrink_gives_it_back) {
    buffer b;
    b.append(std::string(1'000, 'x'));
    b.clear();
    EXPECT_TRUE(b.empty());
    EXPECT_GE(b.capacity(), 1'000U);
    b.append("abc");
    b.shrink();
    EXPECT_EQ(b.capacity(), 3U);
    EXPECT_EQ(b.view(), "abc");
    b.clear();
    b.shrink();
    EXPECT_EQ(b.capacity(), 0U);
}

TEST(buffer, moves_take_the_content_along) {
    buffer a;
    a.append("abc");
    buffer b{std::move(a)};
    EXPECT_EQ(b.view(), "abc");
    buffer c;
    c.append("old");
    c = std::move(b);
    EXPECT_EQ(c.view(), "abc");
    buffer d;
    swap(c, d);
    EXPECT_EQ(c.view(), "");
    EXPECT_EQ(d.view(), "abc");
}

TEST(buffer, reserve_prevents_later_allocation) {
    buffer b;
    b.reserve(1'000);
    const char* const before = b.data();
    b.append(std::string(1'000, 'x'));
    EXPECT_EQ(b.data(), before);
}

TEST(buffer, impossible_growth_throws_and_changes_nothing) {
    buffer b;
    b.append("abc");
    EXPECT_THROW(b.grow(SIZE_MAX), std::bad_alloc);
    EXPECT_THROW(b.grow(SIZE_MAX - 1), std::bad_alloc);
    EXPECT_EQ(b.view(), "abc");
}

} // namespace
} // namespace zooid::wire
