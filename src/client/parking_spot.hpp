#pragma once

#include "runtime/worker.hpp"

#include <semaphore.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace zooid::detail {

/// Where one thread waits until it is told that something has changed: asleep, or running what brings the change about.
/// Shared with whoever still wakes it, so that the waiting thread may go on, and end, before the waking call has returned.
class parking_spot {
public:
    parking_spot() noexcept { ::sem_init(&changes_, 0, 0); }
    parking_spot(const parking_spot&) = delete;
    parking_spot& operator=(const parking_spot&) = delete;
    ~parking_spot() { ::sem_destroy(&changes_); }

    /// The calling thread's own.
    [[nodiscard]] static const std::shared_ptr<parking_spot>& of_this_thread();

    /// Sleeps until `changed()`, which is looked at after every waking.
    template <class Predicate>
    void park_until(const Predicate& changed) {
        while (!changed()) {
            ::sem_wait(&changes_); // a signal may end it as well
        }
    }

    /// Runs the context of `io`, which the thread has borrowed, until `changed()` or nothing is left to run.
    template <class Predicate>
    void run_until(runtime::worker& io, const Predicate& changed) {
        running(&io);
        while (!changed() && io.run_one()) {}
        running(nullptr);
    }

    /// Wakes the waiting thread after the change.
    void wake() {
        // The change and this look at `running_`, and `running(&io)` and the look at the change: either party sees the other.
        if (running_ != nullptr) {
            const std::lock_guard lock(mutex_); // keeps the borrower, and so the worker, until it is interrupted
            if (runtime::worker* const io = running_) {
                io->interrupt();
                return;
            }
        }
        ::sem_post(&changes_);
    }

private:
    void running(runtime::worker* io) {
        const std::lock_guard lock(mutex_);
        running_ = io;
    }

    // Not a condition variable: glibc's has the woken thread take its mutex as if others wanted it, which costs one more
    // system call for each waking. A token left over from a change that was seen at once only ends one sleep early.
    ::sem_t changes_{};
    std::mutex mutex_;
    std::atomic<runtime::worker*> running_{nullptr};
};

} // namespace zooid::detail
