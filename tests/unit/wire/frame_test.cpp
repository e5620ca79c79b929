#include "wire/frame.hpp"

#include "support/hex.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire {
namespace {

using testing::hex;

TEST(frame, length_is_filled_in_at_the_end) {
    buffer out;
    out.append("before");
    const std::size_t frame = begin_frame(out);
    out.append("payload");
    end_frame(out, frame);
    const frame_scan found = next_frame(out.view().substr(6));
    EXPECT_EQ(found.state, frame_state::complete);
    EXPECT_EQ(found.payload, "payload");
}

TEST(frame, several_in_a_row_are_found_one_by_one) {
    buffer out;
    for (std::int32_t xid = 1; xid <= 3; ++xid) {
        put_request(out, xid, opcode::get, path_watch_request{.path = std::string(static_cast<std::size_t>(xid), '/')});
    }
    put_request(out, 4, opcode::ping);
    std::string_view rest = out.view();
    std::vector<std::int32_t> seen;
    for (frame_scan found = next_frame(rest); found.state == frame_state::complete; found = next_frame(rest)) {
        request_header header;
        ASSERT_TRUE(decode(found.payload, header));
        seen.push_back(header.xid);
        rest.remove_prefix(found.consumed);
    }
    EXPECT_EQ(seen, (std::vector<std::int32_t>{1, 2, 3, 4}));
    EXPECT_EQ(rest, "");
}

TEST(frame, length_is_known_before_the_body) {
    const frame_scan found = next_frame(hex("00 0f ff ff"));
    EXPECT_EQ(found.state, frame_state::no_body);
    EXPECT_EQ(found.length, 0xfffff);
    EXPECT_EQ(found.missing, 0xfffffU);
}

TEST(frame, largest_length_does_not_overflow) {
    const frame_scan found = next_frame(hex("7f ff ff ff 00"));
    EXPECT_EQ(found.state, frame_state::no_body);
    EXPECT_EQ(found.length, 0x7fffffff);
    EXPECT_EQ(found.missing, 0x7ffffffeU);
}

TEST(frame, negative_length_is_malformed) {
    for (const char* text : {"ff ff ff ff", "80 00 00 00 00 00"}) {
        const frame_scan found = next_frame(hex(text));
        EXPECT_EQ(found.state, frame_state::malformed);
        EXPECT_EQ(found.consumed, 0U);
    }
}

TEST(frame, empty_one_is_complete) {
    const frame_scan found = next_frame(hex("00 00 00 00"));
    EXPECT_EQ(found.state, frame_state::complete);
    EXPECT_EQ(found.consumed, 4U);
    EXPECT_EQ(found.payload, "");
}

TEST(frame, one_too_long_for_its_length_is_refused_whole) {
    const std::string_view never_read{"", max_encoded_size};
    buffer out;
    out.append("before");
    EXPECT_THROW(put_request(out, 1, opcode::set, set_data_request{.path = "/a", .data = never_read}),
                 std::length_error);
    EXPECT_EQ(out.view(), "before");
}

} // namespace
} // namespace zooid::wire
