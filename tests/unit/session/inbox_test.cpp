#include "session/inbox.hpp"

#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zooid::session {
namespace {

constexpr std::size_t limit = 100;

std::string framed(std::string_view payload) {
    wire::buffer out;
    const std::size_t at = wire::begin_frame(out);
    out.append(payload);
    wire::end_frame(out, at);
    return std::string{out.view()};
}

std::string described(inbox::result r, std::string_view frame) {
    switch (r) {
    case inbox::result::frame:
        return std::string{frame};
    case inbox::result::oversized:
        return "oversized " + std::string{frame};
    case inbox::result::more:
        return "more";
    case inbox::result::malformed:
        return "malformed";
    }
    return "?";
}

// Feeds the bytes in pieces of one size, each in memory of its own, and returns what comes out.
std::vector<std::string> cut(std::string_view bytes, std::size_t piece) {
    inbox in;
    in.reset(limit);
    std::vector<std::string> out;
    while (!bytes.empty()) {
        const std::string now{bytes.substr(0, piece)};
        bytes.remove_prefix(now.size());
        in.feed(now);
        for (;;) {
            std::string_view frame;
            const auto r = in.next(frame);
            if (r == inbox::result::more) {
                break;
            }
            out.push_back(described(r, frame));
            if (r == inbox::result::malformed) {
                return out;
            }
        }
    }
    return out;
}

TEST(inbox, frames_survive_any_cut) {
    const std::string big(limit, 'b');
    const std::string bytes = framed("one") + framed("") + framed(big) + framed("four");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(cut(bytes, piece), (std::vector<std::string>{"one", "", big, "four"})) << "pieces of " << piece;
    }
}

TEST(inbox, oversized_frames_are_skipped) {
    const std::string bytes = framed("one") + framed("0123456789abcdef" + std::string(limit, 'x')) + framed("two") +
                              framed("fedcba9876543210" + std::string(limit * 3, 'y')) + framed("three");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(cut(bytes, piece), (std::vector<std::string>{"one", "oversized 0123456789abcdef", "two",
                                                               "oversized fedcba9876543210", "three"}))
            << "pieces of " << piece;
    }
}

TEST(inbox, impossible_lengths_are_malformed) {
    for (const std::string_view length : {std::string_view{"\xff\xff\xff\xff", 4}, std::string_view{"\x80\0\0\0", 4},
                                          std::string_view{"\x40\0\0\1", 4}}) {
        const std::string bytes = framed("one") + std::string{length} + "abc";
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            EXPECT_EQ(cut(bytes, piece), (std::vector<std::string>{"one", "malformed"})) << "pieces of " << piece;
        }
    }
}

TEST(inbox, whole_frames_are_not_copied) {
    inbox in;
    in.reset(limit);
    const std::string bytes = framed("one") + framed("two");
    in.feed(bytes);
    for (int i = 0; i < 2; ++i) {
        std::string_view frame;
        ASSERT_EQ(in.next(frame), inbox::result::frame);
        EXPECT_GE(frame.data(), bytes.data());
        EXPECT_LE(frame.data() + frame.size(), bytes.data() + bytes.size());
    }
}

TEST(inbox, an_assembled_frame_lasts_until_the_next_feed) {
    inbox in;
    in.reset(limit);
    std::string_view frame;
    const std::string bytes = framed("assembled") + framed("whole") + framed("begun");
    const std::string first = bytes.substr(0, 6);
    const std::string rest = bytes.substr(6, bytes.size() - 6 - 3);
    in.feed(first);
    ASSERT_EQ(in.next(frame), inbox::result::more);
    in.feed(rest);
    ASSERT_EQ(in.next(frame), inbox::result::frame);
    const std::string_view assembled = frame;
    ASSERT_EQ(in.next(frame), inbox::result::frame);
    EXPECT_EQ(frame, "whole");
    ASSERT_EQ(in.next(frame), inbox::result::more);
    EXPECT_EQ(assembled, "assembled");
}

TEST(inbox, reset_forgets_a_half_frame) {
    inbox in;
    in.reset(limit);
    std::string_view frame;
    const std::string bytes = framed("one");
    in.feed(std::string_view{bytes}.substr(0, 5));
    ASSERT_EQ(in.next(frame), inbox::result::more);
    in.reset(limit);
    in.feed(bytes);
    ASSERT_EQ(in.next(frame), inbox::result::frame);
    EXPECT_EQ(frame, "one");
}

} // namespace
} // namespace zooid::session
