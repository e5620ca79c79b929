#include "server/server_clock.hpp"

#include <algorithm>
#include <utility>

namespace zooid::server {

server_clock::server_clock(std::shared_ptr<runtime::environment> environment, bool stands_still)
    : environment_(std::move(environment)),
      stands_still_(stands_still),
      first_{environment_->now(), environment_->wall_now()},
      last_(first_) {}

moment server_clock::now() noexcept {
    if (!stands_still_) {
        last_.now = std::max(last_.now, environment_->now());
        last_.wall = std::max(last_.wall, environment_->wall_now() + ahead_);
    }
    return last_;
}

moment server_clock::start() noexcept {
    if (now().wall == last_start_) { // it is never below
        ++ahead_;
        ++last_.wall;
    }
    last_start_ = last_.wall;
    return last_;
}

void server_clock::move_to(steady_time at) noexcept {
    if (at > last_.now) {
        last_.now = at;
        // From the beginning on, lest small steps add up to less, or to more.
        last_.wall = first_.wall + ahead_ + std::chrono::floor<std::chrono::milliseconds>(at - first_.now);
    }
}

} // namespace zooid::server
