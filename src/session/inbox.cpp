#include "session/inbox.hpp"

#include <algorithm>

namespace zooid::session {
void inbox::reset(std::size_t limit) noexcept {
    in_ = {};
    tail_.clear();
    skip_ = 0;
    limit_ = std::clamp(limit, shown, static_cast<std::size_t>(longest_frame));
}

void inbox::feed(std::string_view in) noexcept {
    in_ = in;
    whole_.recycle();
    const std::size_t skipped = std::min(skip_, in_.size());
    in_.remove_prefix(skipped);
    skip_ -= skipped;
}

inbox::result inbox::next_slowly(std::string_view& frame) {
    const std::size_t skipped = std::min(skip_, in_.size()); // of an oversized frame that began in these bytes
    in_.remove_prefix(skipped);
    skip_ -= skipped;
    if (!tail_.empty()) {
        return next_from_tail(frame);
    }
    if (in_.size() >= prefix) {
        const std::int32_t length = wire::load_i32(in_.data());
        if (length < 0 || length > longest_frame) {
            return result::malformed;
        }
        const auto size = static_cast<std::size_t>(length);
        if (size > limit_ && in_.size() >= prefix + shown) {
            frame = in_.substr(prefix, shown);
            in_.remove_prefix(prefix + shown);
            skip_ = size - shown;
            return result::oversized;
        }
        if (size <= limit_ && in_.size() - prefix >= size) {
            frame = in_.substr(prefix, size);
            in_.remove_prefix(prefix + size);
            return result::frame;
        }
    }
    tail_.append(in_);
    in_ = {};
    return result::more;
}

inbox::result inbox::next_from_tail(std::string_view& frame) {
    if (!fill_tail(prefix)) {
        return result::more;
    }
    const std::int32_t length = wire::load_i32(tail_.data());
    if (length < 0 || length > longest_frame) {
        return result::malformed;
    }
    const auto size = static_cast<std::size_t>(length);
    const bool oversized = size > limit_;
    if (!fill_tail(prefix + (oversized ? shown : size))) {
        return result::more;
    }
    whole_.swap(tail_);
    tail_.clear();
    frame = whole_.view().substr(prefix);
    skip_ = oversized ? size - shown : 0;
    return oversized ? result::oversized : result::frame;
}

bool inbox::fill_tail(std::size_t size) {
    if (tail_.size() < size) {
        const std::size_t taken = std::min(size - tail_.size(), in_.size());
        tail_.append(in_.substr(0, taken));
        in_.remove_prefix(taken);
    }
    return tail_.size() >= size;
}

} // namespace zooid::session
