#pragma once

#include "wire/buffer.hpp"
#include "wire/byte_order.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zooid::session {

/// Cuts received bytes into frames. Frames that are complete in the bytes given are used where they are; only what is
/// left over is copied, until the rest of it comes.
class inbox {
public:
    /// Nothing sane sends a longer frame.
    static constexpr std::int32_t longest_frame = std::int32_t{1} << 30;
    /// What is shown of a frame that is over the limit: the size of a reply's header.
    static constexpr std::size_t shown = 16;

    enum class result : std::uint8_t {
        frame,     ///< a whole frame
        oversized, ///< the first `shown` bytes of a frame over the limit; the rest is skipped as it comes
        more,      ///< no further frame in the bytes given so far
        malformed, ///< a negative or absurd length: no use in going on
    };

    /// Starts over; frames of more than `limit` bytes (at least `shown`) will be skipped.
    void reset(std::size_t limit) noexcept;
    /// Gives it the next bytes, which must stay while their frames are in use. Frames given out before are forgotten.
    void feed(std::string_view in) noexcept;
    /// Cuts off the next frame, without its length. Throws std::bad_alloc.
    [[nodiscard]] result next(std::string_view& frame) {
        if (tail_.empty() && skip_ == 0 && in_.size() >= prefix) [[likely]] {
            const auto length = static_cast<std::uint32_t>(wire::load_i32(in_.data()));
            if (length <= limit_ && length <= in_.size() - prefix) [[likely]] {
                frame = in_.substr(prefix, length);
                in_.remove_prefix(prefix + length);
                return result::frame;
            }
        }
        return next_slowly(frame);
    }

private:
    static constexpr std::size_t prefix = 4;

    result next_slowly(std::string_view& frame);
    result next_from_tail(std::string_view& frame);
    bool fill_tail(std::size_t size);

    std::string_view in_;
    wire::buffer tail_;  // the beginning of a frame
    wire::buffer whole_; // the frame completed last from a tail; at most one for each feed
    std::size_t skip_ = 0;
    std::size_t limit_ = 0;
};

} // namespace zooid::session
