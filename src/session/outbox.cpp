#include "session/outbox.hpp"

#include "wire/frame.hpp"

#include <cstring>

namespace zooid::session {
namespace {

// A removed request stays in its buffer with this bit of its length set, to be skipped when its turn comes.
constexpr unsigned char removed_bit = 0x80;

} // namespace

std::size_t outbox::frame_size(const wire::buffer& in, std::size_t at) noexcept {
    const std::int32_t length = wire::load_i32(in.data() + at) & 0x7fffffff;
    return wire::frame_prefix_size + static_cast<std::size_t>(length);
}

bool outbox::is_removed(const wire::buffer& in, std::size_t at) noexcept {
    return (static_cast<unsigned char>(in.data()[at]) & removed_bit) != 0;
}

std::string_view outbox::choose() {
    const bool begun = front_at_ < chunk_end_; // a write stopped inside of a frame, which has to be finished
    if (control_front_at_ < control_front_.size() || !control_.empty()) {
        return begun ? hand_out_requests() : hand_out_control();
    }
    if (!gate_open_) {
        return {};
    }
    if (!begun) {
        choose_chunk();
    }
    extend_chunk();
    return front_at_ < chunk_end_ ? hand_out_requests() : std::string_view{};
}

std::string_view outbox::hand_out_control() {
    if (control_front_at_ == control_front_.size()) {
        if (ping_queued_) {
            ping_times_.push() = now_;
            ping_queued_ = false;
        }
        control_front_.recycle();
        control_front_at_ = 0;
        control_front_.swap(control_);
        if (std::exchange(control_keeps_alive_, false)) {
            last_sent_ = now_;
        }
    }
    writing_ = source::control;
    return control_front_.view().substr(control_front_at_);
}

std::string_view outbox::hand_out_requests() {
    const std::uint64_t end = front_base_ + chunk_end_;
    if (marks_.empty() || marks_.back().time != now_) {
        marks_.push() = {end, now_};
    } else {
        marks_.back().end = end;
    }
    writing_ = source::requests;
    last_sent_ = now_;
    handed_out_ = end;
    return front_.view().substr(front_at_, chunk_end_ - front_at_);
}

// Puts the next chunk at the first request that is to be written.
void outbox::choose_chunk() noexcept {
    for (;;) {
        if (front_at_ == front_.size()) {
            front_.recycle();
            front_.swap(back_);
            front_base_ = std::exchange(back_base_, back_base_ + front_.size());
            front_at_ = 0;
        }
        while (removed_bytes_ != 0 && front_at_ < front_.size() && is_removed(front_, front_at_)) {
            const std::size_t size = frame_size(front_, front_at_);
            removed_bytes_ -= size;
            front_at_ += size;
        }
        if (front_at_ < front_.size() || back_.empty()) {
            break;
        }
    }
    chunk_begin_ = chunk_end_ = front_at_;
}

// Lets the chunk reach as far as there is something, unless that is much or contains removed requests.
void outbox::extend_chunk() noexcept {
    if (removed_bytes_ == 0 && front_.size() - front_at_ <= chunk_size) [[likely]] {
        chunk_end_ = front_.size();
        return;
    }
    while (chunk_end_ < front_.size() && chunk_end_ - front_at_ < chunk_size && !is_removed(front_, chunk_end_)) {
        chunk_end_ += frame_size(front_, chunk_end_);
    }
}

// What is left of a write that stopped short: the rest of the frame it stopped in. The frames behind it are free again.
void outbox::cut_chunk() noexcept {
    std::size_t boundary = chunk_begin_;
    while (boundary < front_at_) {
        boundary += frame_size(front_, boundary);
    }
    chunk_end_ = boundary;
}

void outbox::end_write(std::size_t n) noexcept {
    switch (std::exchange(writing_, source::nothing)) {
    case source::nothing:
        break;
    case source::control:
        control_front_at_ += n;
        break;
    case source::requests:
        front_at_ += n;
        if (front_at_ < chunk_end_) {
            handed_out_ = front_base_ + front_at_;
            marks_.back().end = handed_out_;
            cut_chunk();
        }
        break;
    case source::abandoned:
        control_front_.recycle();
        control_front_at_ = 0;
        front_.recycle();
        front_at_ = chunk_begin_ = chunk_end_ = 0;
        break;
    }
}

void outbox::link_down(std::uint64_t keep_from) {
    if (keep_from > back_base_) {
        back_.erase_front(static_cast<std::size_t>(keep_from - back_base_));
    } else if (keep_from < back_base_) {
        wire::buffer kept;
        kept.append(front_.view().substr(static_cast<std::size_t>(keep_from - front_base_)));
        kept.append(back_.view());
        back_.swap(kept);
    }
    back_base_ = keep_from;
    handed_out_ = keep_from;
    if (std::exchange(removed_bytes_, 0) != 0) { // some of them may have been in front_
        for (std::size_t at = 0; at < back_.size(); at += frame_size(back_, at)) {
            removed_bytes_ += is_removed(back_, at) ? frame_size(back_, at) : 0;
        }
    }
    linked_ = gate_open_ = control_keeps_alive_ = ping_queued_ = false;
    control_.recycle();
    marks_.clear();
    ping_times_.clear();
    if (std::exchange(writing_, source::abandoned) == source::nothing) {
        end_write(0);
    }
}

void outbox::add_ping() {
    if (!ping_queued_) {
        wire::put_request(control(true), wire::xids::ping, opcode::ping);
        ping_queued_ = true;
    }
}

void outbox::remove(std::uint64_t at) noexcept {
    const bool in_back = at >= back_base_;
    wire::buffer& home = in_back ? back_ : front_;
    const auto position = static_cast<std::size_t>(at - (in_back ? back_base_ : front_base_));
    removed_bytes_ += frame_size(home, position);
    home.data()[position] = static_cast<char>(static_cast<unsigned char>(home.data()[position]) | removed_bit);
}

// Moves the requests that are left in back_ together; returns how many bytes they are.
std::size_t outbox::squeeze() noexcept {
    std::size_t to = 0;
    for (std::size_t from = 0, size = 0; from < back_.size(); from += size) {
        size = frame_size(back_, from);
        if (!is_removed(back_, from)) {
            std::memmove(back_.data() + to, back_.data() + from, size);
            to += size;
        }
    }
    back_.truncate(to);
    removed_bytes_ = 0;
    return to;
}

} // namespace zooid::session
