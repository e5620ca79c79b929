#include "client/latency.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

namespace zooid::detail {
namespace {

/// For each number of significant bits of a time in microseconds, the first bucket such a time can fall into.
constexpr auto first_bucket = [] {
    std::array<std::uint8_t, 65> first{};
    for (std::size_t bits = 0; bits < first.size(); ++bits) {
        const std::uint64_t least = bits == 0 ? 0 : std::uint64_t{1} << (bits - 1);
        std::size_t bucket = 0;
        while (bucket < latency_histogram::bounds.size() && latency_histogram::bounds[bucket] < least) {
            ++bucket;
        }
        first[bits] = static_cast<std::uint8_t>(bucket);
    }
    return first;
}();

std::size_t bucket_of(std::chrono::nanoseconds took) noexcept {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)) / 1000;
    std::size_t bucket = first_bucket[static_cast<std::size_t>(std::bit_width(us))];
    while (bucket < latency_histogram::bounds.size() && latency_histogram::bounds[bucket] < us) {
        ++bucket;
    }
    return bucket;
}

opcode opcode_of(std::size_t row) noexcept { return static_cast<opcode>(row < 32 ? row : row - 32 + 100); }

} // namespace

// Requests have the numbers 0…31 and 100…131; close_session (-11) shares the row of the unused 31.
std::size_t latency_table::row_of(opcode op) noexcept {
    const auto n = static_cast<std::int32_t>(op);
    if (n >= 0 && n < 31) {
        return static_cast<std::size_t>(n);
    }
    return n >= 100 && n < 132 ? static_cast<std::size_t>(n - 100 + 32) : 31;
}

void latency_table::settle() noexcept {
    const auto [op, took, failed, count] = std::exchange(run_, {});
    if (count == 0) {
        return;
    }
    auto& slot = rows_[row_of(op)];
    row* r = slot.load(std::memory_order_relaxed);
    if (r == nullptr) {
        try {
            owned_.push_back(std::make_unique<row>());
        } catch (const std::bad_alloc&) {
            return; // a number less is better than an operation less
        }
        r = owned_.back().get();
        slot.store(r, std::memory_order_release);
    }
    add(r->buckets[bucket_of(took)], count);
    add(r->sum_ns, static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)) * count);
    if (failed) {
        add(r->errors, count);
    }
}

std::vector<latency_histogram> latency_table::snapshot() const {
    std::vector<latency_histogram> all;
    for (std::size_t i = 0; i < row_count; ++i) {
        const row* r = rows_[i].load(std::memory_order_acquire);
        if (r == nullptr) {
            continue;
        }
        latency_histogram h;
        h.operation = i == 31 ? opcode::close_session : opcode_of(i);
        for (std::size_t b = 0; b < r->buckets.size(); ++b) {
            h.buckets[b] = r->buckets[b].load(std::memory_order_relaxed);
            h.count += h.buckets[b];
        }
        h.sum = std::chrono::nanoseconds{static_cast<std::int64_t>(r->sum_ns.load(std::memory_order_relaxed))};
        h.errors = r->errors.load(std::memory_order_relaxed);
        all.push_back(h);
    }
    return all;
}

} // namespace zooid::detail
