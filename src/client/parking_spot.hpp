#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

namespace zooid::detail {

/// Where one thread sleeps until it is told that something has changed. Shared with whoever still wakes it, so that the
/// sleeper may go on, and end, before the waking call has returned.
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

    /// Wakes the sleeper after the change. Woken with the mutex free: it would only run into it.
    void wake() {
        { const std::lock_guard lock(mutex_); } // it has not begun to sleep, or sleeps
        changed_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
};

} // namespace zooid::detail
