#pragma once

#include "client/client_core.hpp"
#include "client/operations.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

// Operations that take several requests are errands: coroutines on the I/O executor, each run for one `operation` that the
// caller waits for. They never throw; a request of theirs ends early when the errand is cancelled or its time is over.

namespace zooid::detail {

/// What an errand needs while it runs.
class errand {
public:
    errand(std::shared_ptr<client_core> core, std::string chroot, steady_time deadline)
        : core_(std::move(core)), chroot_(std::move(chroot)), deadline_(deadline) {}
    errand(const errand&) = delete;
    errand& operator=(const errand&) = delete;

    [[nodiscard]] client_core& core() const noexcept { return *core_; }
    [[nodiscard]] steady_time deadline() const noexcept { return deadline_; }
    [[nodiscard]] const std::string& chroot() const noexcept { return chroot_; }
    /// Where the errand's own requests are asked for.
    [[nodiscard]] call_site site() const noexcept { return {core_, chroot_, flush_by::driver, nullptr}; }
    /// The same without the chroot.
    [[nodiscard]] call_site whole_tree() const noexcept { return {core_, {}, flush_by::driver, nullptr}; }

    /// Waits for a request of this errand.
    template <class Result>
    asio::awaitable<std::tuple<error_code, Result>> finish(launched<Result> pending) {
        if (aborted_) {
            co_return std::tuple<error_code, Result>(aborted_, Result{});
        }
        waits_for(pending.op());
        auto outcome = co_await finish_with(std::move(pending), asio::as_tuple(asio::use_awaitable));
        waiting_for_ = 0;
        if (aborted_) {
            std::get<0>(outcome) = aborted_;
        }
        co_return outcome;
    }
    asio::awaitable<error_code> finish(launched<nothing> pending) {
        if (aborted_) {
            co_return aborted_;
        }
        waits_for(pending.op());
        const auto [ec] = co_await finish_with(std::move(pending), asio::as_tuple(asio::use_awaitable));
        waiting_for_ = 0;
        co_return aborted_ ? aborted_ : ec;
    }
    /// Waits until the client is connected (again), or can no more be.
    asio::awaitable<error_code> connected();
    /// Waits.
    asio::awaitable<error_code> pause(std::chrono::milliseconds duration);

    /// Ends the errand at its next wait, and the wait it is in.
    void abort(error_code why) noexcept {
        aborted_ = why;
        if (waiting_for_ != 0) {
            core_->cancel(waiting_for_);
        }
    }
    [[nodiscard]] const error_code& aborted() const noexcept { return aborted_; }

    /// A request of the errand has changed something: should the whole fail, that shall be known.
    void note_change() noexcept { changed_ = true; }
    [[nodiscard]] bool has_changed() const noexcept { return changed_; }

private:
    void waits_for(operation_base& op) noexcept {
        waiting_for_ = op.ticket_;
        op.of_errand_ = true; // else it might wait for a callback that waits for this errand
    }

    const std::shared_ptr<client_core> core_;
    const std::string chroot_;
    const steady_time deadline_;
    std::uint64_t waiting_for_ = 0;
    error_code aborted_;
    bool changed_ = false;
};

/// Starts `body(errand&, Result&) -> awaitable<error_code>`; what it stores and returns becomes the outcome of the operation.
template <class Result, class Body>
launched<Result> run_errand(const call_site& site, opcode op, std::chrono::milliseconds timeout, Body body) {
    const closing_gate::passage open(site.core->gate());
    if (!open) {
        return site.core->refuse<Result>(op, errc::closed);
    }
    auto work =
        std::make_shared<errand>(site.core->shared_from_this(), std::string{site.chroot}, site.deadline(timeout));
    auto* pending = new operation<Result>(nullptr);
    pending->opcode_ = op;
    pending->ticket_ = work->core().open_ticket(work->deadline(), [weak = std::weak_ptr<errand>(work)](error_code why) {
        if (const auto running = weak.lock()) {
            running->abort(why);
        }
    });
    auto coroutine = [work, pending, run = std::move(body),
                      owed = owed_operation(*pending)]() mutable -> asio::awaitable<void> {
        error_code ec;
        try {
            ec = co_await run(*work, pending->result_);
        } catch (const boost::system::system_error& failure) {
            ec = failure.code();
        } catch (const std::exception&) {
            ec = errc::system_error;
        }
        static_cast<void>(work->core().close_ticket(pending->ticket_));
        owed.settle();
        pending->changed_ = work->has_changed();
        work->core().finish(*pending, ec);
    };
    launched<Result> handle(work->core().shared_from_this(), pending);
    asio::co_spawn(work->core().io(), std::move(coroutine), [](std::exception_ptr) {});
    work->core().attend_to_io();
    return handle;
}

} // namespace zooid::detail
