#include "cli/duration.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

using namespace std::chrono_literals;

TEST(duration, reads_units_and_takes_plain_numbers_as_seconds) {
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("5s"), 5s);
    EXPECT_EQ(parse_duration("5"), 5s);
    EXPECT_EQ(parse_duration("1.5m"), 90s);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("1d"), 24h);
    EXPECT_EQ(parse_duration("0.25"), 250ms);
}

TEST(duration, refuses_everything_else) {
    for (const char* text : {"", "s", "ms", "0", "0s", "-1s", "0.1ms", "5 s", "5sec", "1e3s", "inf", "nan", "1x",
                             "0x10", "99999999999999d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(duration, takes_times_to_live_up_to_the_longest_a_server_takes) {
    EXPECT_TRUE(parse_duration("1099511627775ms"));
    EXPECT_FALSE(parse_duration("1099511627776ms"));
}

TEST(duration, is_written_so_that_it_reads_back) {
    EXPECT_EQ(format_duration(10s), "10s");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(parse_duration(format_duration(90s)), 90s);
}

} // namespace
} // namespace zooid::cli
