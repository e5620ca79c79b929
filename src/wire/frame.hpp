#pragma once

#include "wire/codec.hpp"
#include "wire/handshake.hpp"
#include "wire/notification.hpp"
#include "wire/records.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// A frame is a 32-bit length and that many bytes. Everything that appends here throws std::bad_alloc or, for more than
// `max_encoded_size` bytes, std::length_error; either leaves the buffer as it was. No view may lie in the buffer.

namespace zooid::wire {

/// Bytes before a frame's payload.
inline constexpr std::size_t frame_prefix_size = 4;

/// Reserves a frame's length; what is appended until `end_frame` is its payload. Returns where the frame starts.
inline std::size_t begin_frame(buffer& out) {
    const std::size_t at = out.size();
    store_i32(out.grow(frame_prefix_size), 0);
    return at;
}

/// Fills in the length of the frame that starts at `frame`; throws std::length_error when it has become too long.
inline void end_frame(buffer& out, std::size_t frame) {
    store_i32(out.data() + frame, wire_length(out.size() - frame - frame_prefix_size));
}

/// Appends one frame made of the given records, which take `n` bytes. Inline: to call it would be a tenth of what it takes
/// to submit a request.
template <class... Records>
inline void put_frame_of(std::size_t n, buffer& out, const Records&... records) {
    const std::int32_t length = wire_length(n);
    char* at = store_i32(out.grow(frame_prefix_size + n), length);
    ((at = codec<Records>::store(at, records)), ...);
}

/// Appends one frame made of the given records.
template <class... Records>
void put_frame(buffer& out, const Records&... records) {
    put_frame_of((encoded_size(records) + ...), out, records...);
}

/// Appends a request.
template <class Record>
void put_request(buffer& out, std::int32_t xid, opcode op, const Record& record) {
    put_frame(out, request_header{xid, op}, record);
}

/// Appends a request that has no body.
inline void put_request(buffer& out, std::int32_t xid, opcode op) { put_frame(out, request_header{xid, op}); }

/// Appends a reply with a body.
template <class Record>
void put_reply(buffer& out, std::int32_t xid, std::int64_t zxid, std::int32_t err, const Record& record) {
    put_frame(out, reply_header{xid, zxid, err}, record);
}

/// Appends a reply that has no body.
inline void put_reply(buffer& out, std::int32_t xid, std::int64_t zxid, std::int32_t err) {
    put_frame(out, reply_header{xid, zxid, err});
}

/// Appends a watch's notification; servers before 3.9 give -1 for the zxid.
inline void put_notification(buffer& out, std::int64_t zxid, const watcher_event& event) {
    put_frame(out, reply_header{xids::notification, zxid, 0}, event);
}

/// Appends the client's half of the handshake.
inline void put_connect_request(buffer& out, const connect_request& request) { put_frame(out, request); }

/// Appends the server's half of the handshake.
inline void put_connect_response(buffer& out, const connect_response& response) { put_frame(out, response); }

/// What stands at the front of a stream of frames.
enum class frame_state : std::uint8_t {
    no_length, ///< not even the length is there
    no_body,   ///< the length is known, the payload is not complete
    complete,  ///< a whole frame is there
    malformed, ///< the length is negative: nothing sensible can follow
};

/// The result of `next_frame`.
struct frame_scan {
    frame_state state = frame_state::no_length;
    std::int32_t length = 0;    ///< of the payload, unless state is `no_length`; compare it with your limit
    std::size_t missing = 0;    ///< bytes to read before it is worth looking again; 0 when complete or malformed
    std::size_t consumed = 0;   ///< bytes of the input the frame takes up; 0 unless complete
    std::string_view payload{}; ///< a view into the input; empty unless complete
};

/// Looks at the front of `input`, which is whatever a peer has sent so far. Sets no limit of its own to the length.
[[nodiscard]] inline frame_scan next_frame(std::string_view input) noexcept {
    frame_scan found;
    if (input.size() < frame_prefix_size) {
        found.missing = frame_prefix_size - input.size();
        return found;
    }
    found.length = load_i32(input.data());
    if (found.length < 0) [[unlikely]] {
        found.state = frame_state::malformed;
        return found;
    }
    const std::size_t whole = frame_prefix_size + static_cast<std::size_t>(found.length);
    if (input.size() < whole) {
        found.state = frame_state::no_body;
        found.missing = whole - input.size();
        return found;
    }
    found.state = frame_state::complete;
    found.consumed = whole;
    found.payload = {input.data() + frame_prefix_size, static_cast<std::size_t>(found.length)};
    return found;
}

} // namespace zooid::wire
