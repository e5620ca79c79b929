#include <zooid/watch.hpp>

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace zooid {
namespace {

static_assert(!std::copy_constructible<watch_callback>);
static_assert(std::is_nothrow_move_constructible_v<watch_callback>);
static_assert(!std::convertible_to<int, watch_callback>);
static_assert(!std::convertible_to<void (*)(int), watch_callback>);
static_assert(sizeof(watch_callback) <= 2 * sizeof(void*));

const watch_event event{event_type::created, keeper_state::connected, "/a", 5};

TEST(watch_callback, calls_what_it_holds_with_the_event) {
    std::string seen;
    watch_callback small([&seen](const watch_event& e) { seen += e.path; });
    small(event);
    small(event);
    EXPECT_EQ(seen, "/a/a");

    std::int64_t zxid = 0;
    std::array<char, 100> ballast{};
    watch_callback large([&zxid, ballast](const watch_event& e) { zxid = e.zxid + ballast[0]; });
    large(event);
    EXPECT_EQ(zxid, 5);
}

int plain_calls = 0;
void plain(const watch_event& /*e*/) { ++plain_calls; }

TEST(watch_callback, takes_functions_and_other_callables) {
    plain_calls = 0;
    watch_callback pointer(&plain);
    const std::function<void(const watch_event&)> wrapped = plain;
    watch_callback copied(wrapped);
    pointer(event);
    copied(event);
    EXPECT_EQ(plain_calls, 2);
}

// Tells where it lives when it is called.
template <std::size_t Ballast>
struct locator {
    const void** where;
    std::array<char, Ballast> ballast{};
    void operator()(const watch_event& /*e*/) const { *where = this; }
};
template <>
struct locator<0> {
    const void** where;
    void operator()(const watch_event& /*e*/) const { *where = this; }
};

bool is_inside(const void* address, const watch_callback& callback) {
    const std::less<const void*> before;
    return !before(address, &callback) && before(address, &callback + 1);
}

TEST(watch_callback, keeps_small_callables_in_place) {
    const void* where = nullptr;
    watch_callback small(locator<0>{&where});
    small(event);
    EXPECT_TRUE(is_inside(where, small));
    watch_callback moved(std::move(small));
    moved(event);
    EXPECT_TRUE(is_inside(where, moved));
}

TEST(watch_callback, keeps_large_callables_in_a_block_that_moving_hands_over) {
    const void* where = nullptr;
    watch_callback large(locator<100>{&where});
    large(event);
    const void* const block = where;
    EXPECT_FALSE(is_inside(block, large));
    watch_callback moved(std::move(large));
    moved(event);
    EXPECT_EQ(where, block);
}

TEST(watch_callback, holds_what_can_only_be_moved) {
    int seen = 0;
    watch_callback one([&seen, owned = std::make_unique<int>(7)](const watch_event&) { seen = *owned; });
    watch_callback two([owned = std::make_unique<int>(7)](const watch_event&) { ++*owned; });
    watch_callback moved_one(std::move(one));
    watch_callback moved_two(std::move(two));
    moved_one(event);
    moved_two(event);
    EXPECT_EQ(seen, 7);
}

TEST(watch_callback, destroys_what_it_holds_exactly_once) {
    const auto counted = std::make_shared<int>(0);
    {
        watch_callback heap([counted](const watch_event&) { ++*counted; });
        EXPECT_EQ(counted.use_count(), 2);
        watch_callback moved(std::move(heap));
        EXPECT_EQ(counted.use_count(), 2);
        moved(event);
    }
    EXPECT_EQ(counted.use_count(), 1);
    EXPECT_EQ(*counted, 1);

    // One pointer large, but with a destructor: kept in place all the same.
    static int alive = 0;
    struct owner {
        std::unique_ptr<int> held = std::make_unique<int>(1);
        owner() { ++alive; }
        owner(owner&& other) noexcept : held(std::move(other.held)) { ++alive; }
        ~owner() { --alive; }
        void operator()(const watch_event& /*e*/) { ++*held; }
    };
    static_assert(sizeof(owner) == sizeof(void*));
    {
        watch_callback in_place(owner{});
        EXPECT_EQ(alive, 1);
        watch_callback moved(std::move(in_place));
        EXPECT_EQ(alive, 1);
        moved(event);
    }
    EXPECT_EQ(alive, 0);
}

TEST(watch_callback, callables_may_change_their_own_state) {
    int last = 0;
    watch_callback counting([&last, count = 0](const watch_event&) mutable { last = ++count; });
    counting(event);
    counting(event);
    EXPECT_EQ(last, 2);
}

} // namespace
} // namespace zooid
