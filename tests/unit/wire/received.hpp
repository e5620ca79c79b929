#pragma once

#include "support/hex.hpp"
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace zooid::testing {

/// The bytes of one frame as a peer would receive them, and a reader over its payload.
class received {
public:
    explicit received(std::string bytes) : bytes_(std::move(bytes)) {
        const wire::frame_scan found = wire::next_frame(bytes_);
        EXPECT_EQ(found.state, wire::frame_state::complete);
        EXPECT_EQ(found.consumed, bytes_.size());
        rest_ = wire::reader{found.payload};
    }
    /// From hex text.
    explicit received(const char* text) : received(hex(text)) {}
    received(const received&) = delete;
    received& operator=(const received&) = delete;

    /// Takes a record; a failed expectation when it isn't one.
    template <class Record>
    Record take() {
        Record record{};
        EXPECT_TRUE(wire::decode(rest_, record));
        return record;
    }
    /// What has not been taken.
    [[nodiscard]] std::string_view rest() const { return rest_.rest(); }

private:
    std::string bytes_;
    wire::reader rest_;
};

/// Compares what was written with the expected frame, in hex.
inline void expect_bytes(const wire::buffer& written, const char* expected) {
    EXPECT_EQ(to_hex(written.view()), to_hex(hex(expected)));
}

} // namespace zooid::testing
