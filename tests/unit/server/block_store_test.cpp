#include "server/block_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace zooid::server {
namespace {

constexpr std::size_t slab = std::size_t{64} << 10;

/// A block that knows what was written into all of it.
struct filled {
    unsigned char* at;
    std::size_t bytes;
    unsigned char what;

    [[nodiscard]] bool is_intact() const {
        return std::all_of(at, at + block_store::room(bytes), [this](unsigned char c) { return c == what; });
    }
};

filled take(block_store& from, std::size_t bytes, std::size_t number) {
    const auto what = static_cast<unsigned char>(number);
    auto* const at = static_cast<unsigned char*>(from.take(bytes));
    std::memset(at, what, block_store::room(bytes));
    return {at, bytes, what};
}

TEST(block_store, has_at_least_what_was_asked_for) {
    for (std::size_t bytes = 1; bytes < 3'000; ++bytes) {
        EXPECT_GE(block_store::room(bytes), bytes);
        EXPECT_LT(block_store::room(bytes), bytes + 24);
        EXPECT_EQ(block_store::room(block_store::room(bytes)), block_store::room(bytes));
    }
}

TEST(block_store, keeps_blocks_apart_whatever_their_sizes_and_order) {
    block_store store;
    std::vector<filled> blocks;
    std::mt19937 chance(1); // any order will do
    for (std::size_t i = 0; i < 60'000; ++i) {
        if (chance() % 3 != 0 || blocks.empty()) {
            const std::size_t bytes = 1 + chance() % (chance() % 50 == 0 ? 5'000 : 200);
            blocks.push_back(take(store, bytes, i));
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back().at) % alignof(void*), 0U);
        } else {
            std::swap(blocks[chance() % blocks.size()], blocks.back());
            ASSERT_TRUE(blocks.back().is_intact());
            store.give_back(blocks.back().at, blocks.back().bytes);
            blocks.pop_back();
        }
    }
    for (const filled& each : blocks) {
        ASSERT_TRUE(each.is_intact());
        store.give_back(each.at, each.bytes);
    }
    EXPECT_LE(store.size(), slab);
}

TEST(block_store, uses_blocks_again_and_gives_empty_slabs_back) {
    block_store store;
    std::vector<void*> blocks(10'000);
    std::size_t first = 0;
    for (int round = 0; round < 3; ++round) {
        for (void*& each : blocks) {
            each = store.take(48);
        }
        if (round == 0) {
            first = store.size();
            EXPECT_LE(first, 10'000 * 48 * 101 / 100 + slab);
        }
        EXPECT_EQ(store.size(), first);
        for (std::size_t i = 0; i < blocks.size(); i += 2) { // holes
            store.give_back(std::exchange(blocks[i], nullptr), 48);
        }
        for (std::size_t i = 0; i < blocks.size(); i += 2) {
            blocks[i] = store.take(41);
        }
        EXPECT_EQ(store.size(), first);
        for (void* const each : blocks) {
            store.give_back(each, 48);
        }
        EXPECT_LE(store.size(), slab);
    }
}

TEST(block_store, keeps_one_slab_for_a_block_that_comes_and_goes) {
    block_store store;
    const std::size_t before = (store.give_back(store.take(8), 8), store.size());
    for (std::size_t bytes = 8; bytes < 1'024; bytes += 8) {
        store.give_back(store.take(bytes), bytes);
        EXPECT_EQ(store.size(), before);
    }
}

} // namespace
} // namespace zooid::server
