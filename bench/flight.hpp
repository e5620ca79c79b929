// Keeps a window of asynchronous operations in flight, for clients that report completions through callbacks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <utility>

namespace zooid::bench {

/// Runs `count` operations: the caller's thread starts the first window, every completion starts one more.
/// The client must report completions one at a time; then no counter needs to be shared between threads.
template <class Start>
class flight {
public:
    /// `start(index, flight)` begins operation number `index` and arranges for landed() to be called when it is done.
    flight(Start start, std::size_t count, std::size_t window)
        : start_{std::move(start)}, count_{count}, next_{std::min(count, window)} {}
    flight(const flight&) = delete;
    flight& operator=(const flight&) = delete;

    /// Blocks until all operations are done; throws if any of them failed.
    void run() {
        const std::size_t first_window = next_;
        for (std::size_t i = 0; i < first_window; ++i) start_(i, *this);
        finished_.acquire();
        if (failed_ != 0) throw std::runtime_error{std::to_string(failed_) + " pipelined operations failed"};
    }

    /// One operation is done. Called where the client runs its callbacks; never blocks.
    void landed(bool succeeded) {
        if (!succeeded) ++failed_;
        ++landed_;
        if (next_ < count_) start_(next_++, *this);
        if (landed_ == count_) finished_.release();
    }

private:
    Start start_;
    const std::size_t count_;
    std::size_t next_;
    std::size_t landed_ = 0;
    std::size_t failed_ = 0;
    std::binary_semaphore finished_{0};
};

/// Counts watch events until as many have come as somebody waits for.
class event_tally {
public:
    /// Prepares for `expected` events; call before the first can come.
    void expect(std::size_t expected) {
        expected_ = expected;
        seen_ = 0;
    }

    /// One more event. Called where the client runs its callbacks; never blocks.
    void event() {
        if (++seen_ == expected_) complete_.release();
    }

    /// Blocks until every expected event has come.
    void wait() { complete_.acquire(); }

private:
    std::size_t expected_ = 0;
    std::size_t seen_ = 0;
    std::binary_semaphore complete_{0};
};

} // namespace zooid::bench
