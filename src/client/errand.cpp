#include "client/errand.hpp"

namespace zooid::detail {

// Both waits are tickets: an operation that only its time, the errand's end or the client's state completes.

asio::awaitable<error_code> errand::pause(std::chrono::milliseconds duration) {
    auto* wait = new operation<nothing>(nullptr);
    const steady_time until = std::min(deadline_after(core_->now(), duration), deadline_);
    wait->ticket_ = core_->open_ticket(until, [core = core_.get(), wait](error_code why) { core->finish(*wait, why); });
    launched<nothing> pending(core_, wait);
    const error_code ec = co_await finish(std::move(pending));
    const bool in_time = core_->now() < deadline_;
    co_return ec == errc::operation_timeout&& in_time ? error_code{} : ec;
}

asio::awaitable<error_code> errand::connected() {
    auto* wait = new operation<nothing>(nullptr);
    launched<nothing> pending(core_, wait);
    core_->await_connected(*wait, deadline_);
    co_return co_await finish(std::move(pending));
}

} // namespace zooid::detail
