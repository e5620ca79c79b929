#include "server/server_clock.hpp"

#include <algorithm>
#include <utility>

namespace zooid::server {

server_clock::server_clock(std::shared_ptr<runtime::environment> environment, bool stands_still)
    : environment_(std::move(environment)),
      stands_still_(stands_still),
      last_{environment_->now(), environment_->wall_now()} {}

moment server_clock::now() noexcept {
    if (!stands_still_) {
        last_.now = std::max(last_.now, environment_->now());
        last_.wall = std::max(last_.wall, environment_->wall_now() + ahead_);
    }
    return last_;
}

moment server_clock::start() noexcept {
    const server_time before = last_.wall;
    if (now().wall <= before) {
        ++ahead_;
        last_.wall = before + std::chrono::milliseconds{1};
    }
    return last_;
}

void server_clock::move_to(steady_time at) noexcept {
    if (at > last_.now) {
        // Whole milliseconds of the difference to the beginning, lest small steps add up to less.
        const auto since = [](steady_time t) {
            return std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch());
        };
        last_.wall += since(at) - since(last_.now);
        last_.now = at;
    }
}

} // namespace zooid::server
