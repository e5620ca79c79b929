#pragma once

#include "session/ring.hpp"
#include "wire/buffer.hpp"

#include <zooid/types.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace zooid::session {

/// The bytes on their way to the server.
///
/// Requests are appended to one buffer while another one is written, so that writing needs no lock. Control frames
/// (handshake, credentials, watches, pings) have buffers of their own and overtake requests where a frame ends. While
/// no link is open, or the gate is shut, requests wait.
///
/// A request's place is its offset in the stream of all requests ever appended; what was taken out again counts as
/// well. All members need the session's mutex; only the bytes that `begin_write` gives may be read without it.
class outbox {
public:
    // The writer, one at a time.

    /// The bytes to write now, a whole number of frames or the rest of them; they stay where they are until
    /// `session::wrote`. Empty when there is nothing to write or someone is writing already.
    [[nodiscard]] std::string_view begin_write() {
        if (writing_ != source::nothing || !linked_) {
            return {};
        }
        return choose();
    }
    /// True when `begin_write` would give bytes once nobody is writing.
    [[nodiscard]] bool has_pending() const noexcept {
        return linked_ && (front_at_ < chunk_end_ || control_front_at_ < control_front_.size() || !control_.empty() ||
                           (gate_open_ && (front_at_ < front_.size() || !back_.empty())));
    }
    /// True between `begin_write` and `session::wrote`.
    [[nodiscard]] bool is_writing() const noexcept { return writing_ != source::nothing; }

    // The rest is the session's own.

    /// Tells that the first `n` bytes of `begin_write` are gone. `begin_write` gives the others again.
    void end_write(std::size_t n) noexcept;

    /// Tells the time: bytes handed out from now on are taken to go out at the latest time told, not earlier.
    void set_time(steady_time now) noexcept {
        if (now > now_) {
            now_ = now;
        }
    }

    /// A new link: control frames may go.
    void link_up() noexcept { linked_ = true; }
    /// Lets requests go as well.
    void open_gate() noexcept { gate_open_ = true; }
    /// The link is gone, and control frames with it. Requests from stream offset `keep_from` on (where a frame begins)
    /// are kept for the next link. What a writer still has in hand stays valid until it has finished.
    void link_down(std::uint64_t keep_from);

    /// Where to append one control frame. `keeps_alive`: the server will count it as a sign of life.
    wire::buffer& control(bool keeps_alive) noexcept {
        control_keeps_alive_ |= keeps_alive;
        return control_;
    }
    /// Appends a ping unless one is waiting to be written.
    void add_ping();
    /// Where to append one request.
    wire::buffer& requests() noexcept { return back_; }

    /// The stream offset of the next request.
    [[nodiscard]] std::uint64_t end() const noexcept { return back_base_ + back_.size(); }
    /// Everything before this stream offset may have been seen by the server, or was given up.
    [[nodiscard]] std::uint64_t handed_out() const noexcept { return handed_out_; }
    /// Takes the unwritten request at stream offset `at` out.
    void remove(std::uint64_t at) noexcept;
    /// True when it is worth calling `compact`; only while there is no link.
    [[nodiscard]] bool wants_compaction() const noexcept {
        return !linked_ && removed_bytes_ > compaction_minimum && removed_bytes_ * 2 > back_.size();
    }
    /// Frees the space of removed requests and calls `moved(offset)` with the new place of each that is left, in order.
    template <class Moved>
    void compact(const Moved& moved) noexcept {
        const std::size_t size = squeeze();
        for (std::size_t at = 0; at < size; at += frame_size(back_, at)) {
            moved(back_base_ + at);
        }
    }

    /// When the link's last bytes that keep the session alive were handed out.
    [[nodiscard]] steady_time last_sent() const noexcept { return last_sent_; }
    /// True while a ping waits to be written.
    [[nodiscard]] bool ping_is_queued() const noexcept { return ping_queued_; }
    /// Pings handed out and not answered.
    [[nodiscard]] std::size_t unanswered_pings() const noexcept { return ping_times_.size(); }
    /// The server has answered the oldest ping; returns when that went out. Only with unanswered pings.
    steady_time ping_answered() noexcept {
        const steady_time sent = ping_times_.front();
        ping_times_.pop();
        return sent;
    }
    /// The server has answered the request at stream offset `at`; returns when that went out.
    steady_time request_answered(std::uint64_t at) noexcept {
        while (marks_.size() > 1 && marks_.front().end <= at) {
            marks_.pop();
        }
        return marks_.front().time;
    }

private:
    enum class source : std::uint8_t { nothing, control, requests, abandoned };

    struct mark {
        std::uint64_t end; // of the requests that went out
        steady_time time;
    };

    static constexpr std::size_t chunk_size = std::size_t{64} << 10;
    static constexpr std::size_t compaction_minimum = std::size_t{64} << 10;

    static std::size_t frame_size(const wire::buffer& in, std::size_t at) noexcept;
    static bool is_removed(const wire::buffer& in, std::size_t at) noexcept;

    std::string_view choose();
    std::string_view hand_out_control();
    std::string_view hand_out_requests();
    void choose_chunk() noexcept;
    void extend_chunk() noexcept;
    void cut_chunk() noexcept;
    std::size_t squeeze() noexcept;

    bool linked_ = false;
    bool gate_open_ = false;
    bool control_keeps_alive_ = false;
    bool ping_queued_ = false;
    source writing_ = source::nothing;

    wire::buffer control_;
    wire::buffer control_front_;
    std::size_t control_front_at_ = 0;

    wire::buffer back_;  // appended to
    wire::buffer front_; // being written: before front_at_ it is gone, up to chunk_end_ it belongs to the writer
    std::size_t front_at_ = 0;
    std::size_t chunk_begin_ = 0;
    std::size_t chunk_end_ = 0;
    std::uint64_t front_base_ = 0; // stream offsets of the buffers' first bytes
    std::uint64_t back_base_ = 0;
    std::uint64_t handed_out_ = 0;
    std::size_t removed_bytes_ = 0; // still in front_ or back_

    steady_time now_{};
    steady_time last_sent_{};
    ring<mark> marks_;
    ring<steady_time> ping_times_;
};

} // namespace zooid::session
