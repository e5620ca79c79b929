#pragma once

#include <zooid/metrics.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace zooid::detail {

/// Latency histograms of all operations; written by one thread, read by any.
class latency_table {
public:
    /// Counts one operation; it shows in snapshots after `settle`.
    void record(opcode op, std::chrono::nanoseconds took, bool failed) noexcept {
        // What was written together and answered together took the same time.
        if (op != run_.op || took != run_.took || failed != run_.failed) {
            settle();
            run_ = {op, took, failed, 0};
        }
        ++run_.count;
    }
    /// Ends a batch.
    void settle() noexcept;
    [[nodiscard]] std::vector<latency_histogram> snapshot() const;

private:
    struct row {
        std::array<std::atomic<std::uint64_t>, latency_histogram::bounds.size() + 1> buckets{};
        std::atomic<std::uint64_t> sum_ns{0};
        std::atomic<std::uint64_t> errors{0};
    };
    /// Equal operations in a row, not in the table yet.
    struct run {
        opcode op = opcode::error;
        std::chrono::nanoseconds took{0};
        bool failed = false;
        std::uint64_t count = 0;
    };
    static constexpr std::size_t row_count = 64;
    [[nodiscard]] static std::size_t row_of(opcode op) noexcept;

    // one writer: a relaxed load and store is enough, and costs no locked instruction
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    std::array<std::atomic<row*>, row_count> rows_{};
    std::vector<std::unique_ptr<row>> owned_;
    run run_;
};

} // namespace zooid::detail
