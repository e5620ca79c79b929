#pragma once

#include "wire/codec.hpp"

#include <cstdint>
#include <string_view>

namespace zooid::wire {

/// What happened to a watched node; travels behind a reply header with `xids::notification`.
struct watcher_event {
    static constexpr std::size_t field_count = 3;

    std::int32_t type = 0;   ///< 1 created, 2 deleted, 3 data changed, 4 children changed
    std::int32_t state = 3;  ///< always 3, "connected"
    std::string_view path{}; ///< as the server knows it
    friend bool operator==(const watcher_event&, const watcher_event&) = default;
};

} // namespace zooid::wire
