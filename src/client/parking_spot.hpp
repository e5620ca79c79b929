#pragma once

#include "runtime/worker.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>

namespace zooid::detail {

/// Where one thread waits until it is told that something has changed: asleep, or running what brings the change about.
/// Shared with whoever still wakes it, so that the waiting thread may go on, and end, before the waking call has returned.
class parking_spot {
public:
    /// The calling thread's own.
    [[nodiscard]] static const std::shared_ptr<parking_spot>& of_this_thread();

    /// Sleeps until `changed()`, which is looked at after every waking.
    template <class Predicate>
    void park_until(const Predicate& changed) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, changed);
    }

    /// Runs the context of `io`, which the thread has borrowed, until `changed()` or nothing is left to run.
    template <class Predicate>
    void run_until(runtime::worker& io, const Predicate& changed) {
        running(&io);
        while (!changed() && io.run_one()) {}
        running(nullptr);
    }

    /// Wakes the waiting thread after the change. Woken with the mutex free: it would only run into it.
    void wake() {
        {
            const std::lock_guard lock(mutex_); // it has not begun to wait, or waits
            if (running_ != nullptr) {
                running_->interrupt();
                return;
            }
        }
        changed_.notify_one();
    }

private:
    void running(runtime::worker* io) {
        const std::lock_guard lock(mutex_);
        running_ = io;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    runtime::worker* running_ = nullptr;
};

} // namespace zooid::detail
