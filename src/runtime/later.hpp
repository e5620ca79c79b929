#pragma once

#include <zooid/types.hpp>

#include <chrono>

namespace zooid::runtime {

/// The instant that much later; `steady_time::max()`, which is never, where that lies beyond what can be said.
[[nodiscard]] constexpr steady_time later(steady_time from, std::chrono::milliseconds by) noexcept {
    const auto most = std::chrono::floor<std::chrono::milliseconds>(steady_time::max() - from);
    return by < most ? from + by : steady_time::max();
}

} // namespace zooid::runtime
