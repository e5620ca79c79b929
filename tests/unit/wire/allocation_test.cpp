// Decoding must not allocate, whatever lengths and counts the bytes claim.

#include "support/hex.hpp"
#include "wire/frame.hpp"
#include "wire/multi.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

namespace {

thread_local std::size_t allocations = 0;

void* counted(std::size_t n) {
    ++allocations;
    if (void* memory = std::malloc(n == 0 ? 1 : n)) {
        return memory;
    }
    throw std::bad_alloc();
}

} // namespace

void* operator new(std::size_t n) { return counted(n); }
void* operator new[](std::size_t n) { return counted(n); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace zooid::wire {
namespace {

using testing::hex;

template <class Record>
void expect_refused_without_allocation(const char* text) {
    const std::string bytes = hex(text);
    const std::size_t before = allocations;
    Record got{};
    const bool accepted = decode(bytes, got);
    EXPECT_EQ(allocations, before);
    EXPECT_FALSE(accepted) << text;
}

TEST(allocation, is_counted_by_this_test) {
    const std::size_t before = allocations;
    const std::string longer_than_inline(100, 'x');
    EXPECT_GT(allocations, before) << longer_than_inline;
}

TEST(allocation, huge_claims_cost_nothing) {
    expect_refused_without_allocation<get_children_response>("7f ff ff ff  00*100");
    expect_refused_without_allocation<get_children2_response>("7f ff ff ff  00*400");
    expect_refused_without_allocation<get_acl_response>("10 00 00 00  00*100");
    expect_refused_without_allocation<who_am_i_response>("7f ff ff ff");
    expect_refused_without_allocation<ephemerals_response>("00 ff ff ff 00*20");
    expect_refused_without_allocation<get_data_response>("7f ff ff ff 61");
    expect_refused_without_allocation<create_request>("00 00 00 01 2f  7f ff ff f0 61");
    expect_refused_without_allocation<set_watches_request>("00*8  7f ff ff ff  00*40");
    expect_refused_without_allocation<set_watches2_request>("00*8  00*4 00*4 00*4 00*4  7f ff ff ff 00*40");
    expect_refused_without_allocation<connect_request>("00*24 7f ff ff ff 00*16 00");
}

TEST(allocation, long_lists_are_read_in_place) {
    buffer out;
    const std::vector<std::string> names(1'000, "a-name-longer-than-a-string-holds-inline");
    encode(out, get_children_response{names});
    const std::size_t before = allocations;
    get_children_response got;
    const bool accepted = decode(out.view(), got);
    std::size_t bytes = 0;
    for (const std::string_view name : got.children) {
        bytes += name.size();
    }
    EXPECT_EQ(allocations, before);
    EXPECT_TRUE(accepted);
    EXPECT_EQ(bytes, names.size() * names.front().size());
}

TEST(allocation, multi_is_read_in_place) {
    const std::string request = hex("00 00 00 01 00 ff ff ff ff  00 00 00 01 2f  00 00 00 00  7f ff ff ff  00*40");
    const std::string reply = hex("00 00 00 08 00 00 00 00 00  7f ff ff ff  00*40");
    multi_part part;
    multi_result result;
    const std::size_t before = allocations;
    const multi_step of_request = multi_request_reader{request}.next(part);
    const multi_step of_reply = multi_reply_reader{reply}.next(result);
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(of_request, multi_step::malformed);
    EXPECT_EQ(of_reply, multi_step::malformed);
}

} // namespace
} // namespace zooid::wire
