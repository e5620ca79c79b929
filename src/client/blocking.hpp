#pragma once

#include "client/parking_spot.hpp"

#include <zooid/detail/operation.hpp>
#include <zooid/error.hpp>

#include <atomic>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

namespace zooid::detail {

/// How an operation is put in line by a thread that then waits for it.
inline constexpr launch_mode by_caller{flush_by::caller, nullptr};

/// A thread that waits for an operation.
class blocked_thread final : public receiver {
public:
    /// `in_delivery`: the thread is running the delivery queue, which therefore cannot bring the result. `relieved`: who
    /// is to stand aside when the result is there, if anybody.
    blocked_thread(bool in_delivery, runtime::worker* relieved)
        : receiver(false, in_delivery), spot_(parking_spot::of_this_thread()), relieved_(relieved) {}

    void ready(operation_base& /*op*/) noexcept override {
        if (thread_ == std::this_thread::get_id()) { // it has brought the result itself
            done_.store(true, std::memory_order_relaxed);
            return;
        }
        if (relieved_ != nullptr && relieved_->is_current()) {
            relieved_->stand_aside();
        }
        const auto spot = spot_;
        done_ = true; // the waiting thread destroys all this as soon as it sees it
        spot->wake();
    }
    void run(operation_base& /*op*/) override {}
    void drop() noexcept override {}

    // In the thread that this was made by:

    [[nodiscard]] bool is_done() const noexcept { return done_; }
    /// Sleeps until it is done.
    void park() {
        spot_->park_until([this] { return is_done(); });
    }
    /// Runs the context of `io`, which the thread has borrowed, until it is done or nothing is left to run.
    void run(runtime::worker& io) {
        spot_->run_until(io, [this] { return is_done(); });
    }

private:
    const std::shared_ptr<parking_spot> spot_;
    const std::thread::id thread_ = std::this_thread::get_id();
    runtime::worker* const relieved_;
    std::atomic<bool> done_{false};
};

/// Throws `would_deadlock_error` where waiting could not end.
void require_may_block(const client_core& core, std::string_view operation, std::string_view path);
/// The calling thread as a receiver of `op`; without a core the operation is complete.
[[nodiscard]] blocked_thread this_thread_for(const operation_base& op, client_core* core);
/// Waits until the calling thread has what it waits for.
void wait_for(blocked_thread& here, client_core* core);

/// What a blocking call throws, if anything.
struct outcome {
    error_code error;
    effect possible = effect::none;
};

/// Waits for an operation in the calling thread; gives its error, and its result whether there was one or not.
template <class Result>
outcome await_here(launched<Result> pending, Result& result) {
    operation<Result>& op = pending.op();
    const auto core = pending.core();
    blocked_thread here = this_thread_for(op, core.get());
    pending.attach(here);
    wait_for(here, core.get());
    const std::unique_ptr<operation<Result>> owned(&op);
    op.settle();
    result = std::move(op.result_);
    return {op.error_, op.changed_ ? effect::unknown : possible_effect(op.error_, op.opcode_)};
}

/// Throws what an operation has ended with.
[[noreturn]] void throw_outcome(const error_code& ec, effect possible, std::string_view name, std::string_view path);

/// Waits for an operation in the calling thread; throws its error.
template <class Result>
Result await_here(launched<Result> pending, std::string_view name, std::string_view path) {
    Result result{};
    const outcome end = await_here(std::move(pending), result);
    if (end.error) {
        throw_outcome(end.error, end.possible, name, path);
    }
    return result;
}

} // namespace zooid::detail
