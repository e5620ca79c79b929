#pragma once

#include "runtime/environment.hpp"

namespace zooid::runtime {

/// A timer on the system's monotonic clock.
///
/// Deadlines of a session move later with every message; such a re-arming costs no system call: the wait under way is
/// kept and extended when it ends.
class system_timer final : public timer {
public:
    explicit system_timer(const asio::any_io_executor& executor);
    ~system_timer() override;

    void arm(steady_time at, std::function<void()> wake) override;
    void disarm() noexcept override;

private:
    class state;
    std::shared_ptr<state> state_; // shared with the wait under way
};

} // namespace zooid::runtime
