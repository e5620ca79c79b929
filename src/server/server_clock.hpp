#pragma once

#include "runtime/environment.hpp"
#include "server/server_core.hpp"

#include <memory>

namespace zooid::server {

/// What time it is for a server: the environment's, or one that stands still unless it is moved.
class server_clock {
public:
    server_clock(std::shared_ptr<runtime::environment> environment, bool stands_still);

    /// Neither part ever runs backwards.
    [[nodiscard]] moment now() noexcept;
    /// Moves the wall clock a little forward if that is needed to make this instant later than the last start; then a
    /// server that starts from it has ids of its own.
    [[nodiscard]] moment start() noexcept;

    /// True if time moves by `move_to` only.
    [[nodiscard]] bool stands_still() const noexcept { return stands_still_; }
    /// Moves a clock that stands still; never backwards.
    void move_to(steady_time at) noexcept;

private:
    const std::shared_ptr<runtime::environment> environment_;
    const bool stands_still_;
    const moment first_;
    moment last_;
    server_time last_start_ = server_time::min();
    std::chrono::milliseconds ahead_{0}; // of the environment's wall clock
};

} // namespace zooid::server
