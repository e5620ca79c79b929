#pragma once

#include "client/parking_spot.hpp"

#include <zooid/detail/operation.hpp>
#include <zooid/error.hpp>

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>

namespace zooid::detail {

/// A thread that waits for an operation.
class blocked_thread final : public receiver {
public:
    /// `in_delivery`: the thread is running the delivery queue, which therefore cannot bring the result.
    explicit blocked_thread(bool in_delivery) : receiver(false, in_delivery), spot_(parking_spot::of_this_thread()) {}

    void ready(operation_base& /*op*/) noexcept override {
        const auto spot = spot_;
        done_.store(true, std::memory_order_release); // the waiting thread destroys all this as soon as it sees it
        spot->wake();
    }
    void run(operation_base& /*op*/) override {}
    void drop() noexcept override {}

    void wait() {
        if (!done_.load(std::memory_order_acquire)) {
            spot_->park_until([this] { return done_.load(std::memory_order_acquire); });
        }
    }

private:
    const std::shared_ptr<parking_spot> spot_;
    std::atomic<bool> done_{false};
};

/// Throws `would_deadlock_error` where waiting could not end.
void require_may_block(const client_core& core, std::string_view operation, std::string_view path);
[[nodiscard]] bool in_delivery(const client_core& core) noexcept;

/// Waits for an operation in the calling thread; gives its error, and its result whether there was one or not.
template <class Result>
error_code await_here(launched<Result> pending, Result& result) {
    operation<Result>& op = pending.op();
    const auto core = pending.core();
    blocked_thread here(core && in_delivery(*core));
    pending.attach(here);
    here.wait();
    const std::unique_ptr<operation<Result>> owned(&op);
    op.settle();
    result = std::move(op.result_);
    return op.error_;
}

/// Throws what an operation has ended with.
[[noreturn]] void throw_outcome(const error_code& ec, opcode op, std::string_view name, std::string_view path);

/// Waits for an operation in the calling thread; throws its error.
template <class Result>
Result await_here(launched<Result> pending, std::string_view name, std::string_view path) {
    const opcode op = pending.op().opcode_;
    Result result{};
    if (const error_code ec = await_here(std::move(pending), result)) {
        throw_outcome(ec, op, name, path);
    }
    return result;
}

} // namespace zooid::detail
