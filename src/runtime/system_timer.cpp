#include "runtime/system_timer.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace zooid::runtime {

class system_timer::state : public std::enable_shared_from_this<state> {
public:
    explicit state(const asio::any_io_executor& executor) : timer_(executor) {}

    void arm(steady_time at, std::function<void()> wake) {
        due_ = at;
        wake_ = std::move(wake);
        if (!waiting_ || at < timer_.expiry()) {
            wait();
        }
    }

    void disarm() noexcept {
        wake_ = nullptr;
        if (waiting_) {
            // Cancelled and not merely forgotten: a wait keeps its context running.
            waiting_ = false;
            ++round_;
            timer_.cancel();
        }
    }

private:
    void wait() {
        waiting_ = true;
        timer_.expires_at(due_);
        timer_.async_wait([self = shared_from_this(), round = ++round_](const error_code&) {
            if (self->round_ == round) {
                self->expired();
            }
        });
    }

    void expired() {
        waiting_ = false;
        if (std::chrono::steady_clock::now() < due_) {
            wait();
            return;
        }
        const auto wake = std::exchange(wake_, nullptr);
        wake();
    }

    asio::steady_timer timer_;
    steady_time due_;
    std::function<void()> wake_; // set while `waiting_`
    bool waiting_ = false;
    std::uint64_t round_ = 0; // tells the current wait from one that was replaced after it had expired
};

system_timer::system_timer(const asio::any_io_executor& executor) : state_(std::make_shared<state>(executor)) {}

system_timer::~system_timer() { state_->disarm(); }

void system_timer::arm(steady_time at, std::function<void()> wake) { state_->arm(at, std::move(wake)); }

void system_timer::disarm() noexcept { state_->disarm(); }

} // namespace zooid::runtime
