#include "session/pending.hpp"

#include "session/deadlines.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace zooid::session {
namespace {

using namespace std::chrono_literals;

void add(pending& line_up, std::uint64_t line) {
    line_up.reserve_one();
    pending_request& p = line_up.push();
    p.line = line;
    p.removed = false;
}

TEST(pending, finds_by_line_whatever_was_removed) {
    const unsigned seed = 12345;
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    pending line_up;
    std::set<std::uint64_t> expected;
    std::uint64_t next = 1;
    for (int step = 0; step < 20'000; ++step) {
        const auto choice = random() % 10;
        if (choice < 6) {
            add(line_up, next);
            expected.insert(next++);
        } else if (choice < 8 && !expected.empty()) {
            ASSERT_EQ(line_up.front().line, *expected.begin());
            line_up.pop();
            expected.erase(expected.begin());
        } else if (!expected.empty()) {
            const std::uint64_t low = *expected.begin();
            const std::uint64_t line = low + random() % (next - low);
            pending_request* const found = line_up.find(line);
            ASSERT_EQ(found != nullptr, expected.contains(line));
            if (found != nullptr) {
                ASSERT_EQ(found->line, line);
                line_up.remove(*found);
                expected.erase(line);
            }
            if (line_up.wants_compaction() || random() % 500 == 0) {
                line_up.compact();
            }
        }
        ASSERT_EQ(line_up.size(), expected.size());
        ASSERT_EQ(line_up.empty(), expected.empty());
    }
    EXPECT_EQ(line_up.find(0), nullptr);
    EXPECT_EQ(line_up.find(next), nullptr);
}

TEST(deadlines, come_up_in_order) {
    const steady_time start{1h};
    const auto alive = [](std::uint64_t) { return true; };
    deadlines due;
    EXPECT_EQ(due.earliest(), steady_time::max());
    std::mt19937 random(7);
    for (std::uint64_t line = 1; line <= 500; ++line) {
        due.add(start + std::chrono::milliseconds{random() % 1000}, line, 500, alive);
    }
    steady_time last{};
    for (int i = 0; i < 500; ++i) {
        const steady_time when = due.earliest();
        EXPECT_GE(when, last);
        last = when;
        due.take();
    }
    EXPECT_EQ(due.earliest(), steady_time::max());
}

TEST(deadlines, of_requests_that_have_ended_do_not_pile_up) {
    const steady_time start{1h};
    deadlines due;
    // A request at a time, each answered long before its deadline of ten seconds.
    for (std::uint64_t line = 1; line <= 100'000; ++line) {
        const auto alive = [line](std::uint64_t other) { return other + 1 >= line; };
        due.add(start + std::chrono::milliseconds{line} + 10s, line, 1, alive);
        ASSERT_GE(due.earliest(), start + std::chrono::milliseconds{line}) << "it would wake up for nothing";
    }
    std::size_t left = 0;
    while (due.earliest() != steady_time::max()) {
        due.take();
        ++left;
    }
    EXPECT_LE(left, 128U);
}

} // namespace
} // namespace zooid::session
