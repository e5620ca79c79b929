#include "cli/stat_text.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

TEST(stat_text, times_are_utc_with_milliseconds) {
    EXPECT_EQ(format_time(server_time(std::chrono::milliseconds(1709251199007))), "2024-02-29T23:59:59.007Z");
    EXPECT_EQ(format_time(server_time(std::chrono::milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(stat_text, ids_look_as_in_zookeepers_tools) {
    EXPECT_EQ(format_id(0x100000a3f), "0x100000a3f");
    EXPECT_EQ(format_id(-1), "0xffffffffffffffff");
}

TEST(stat_text, prints_one_field_a_line) {
    stat s;
    s.czxid = 0x10;
    s.version = 3;
    s.data_length = 12;
    const std::string text = format_stat(s);
    EXPECT_NE(text.find("czxid            0x10\n"), std::string::npos) << text;
    EXPECT_NE(text.find("version          3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("ephemeral_owner  -\n"), std::string::npos) << text;
    EXPECT_NE(text.find("data_length      12\n"), std::string::npos) << text;
}

TEST(stat_text, listings_line_up_under_their_heading) {
    stat s;
    s.version = 1234567;
    s.ephemeral_owner = 5;
    const std::string line = format_listing_line(s, "worker 1");
    EXPECT_EQ(line.front(), 'e');
    EXPECT_TRUE(line.ends_with("  worker 1")) << line;
    EXPECT_EQ(line.find("worker 1"), listing_heading().find("NAME"));
}

} // namespace
} // namespace zooid::cli
