#include "runtime/worker.hpp"

#include "runtime/thread.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace zooid::runtime {

namespace {

using steady_clock = std::chrono::steady_clock;

// How long the thread stays after it was missed; more each time in a row.
constexpr std::chrono::milliseconds first_penance{10};
constexpr std::chrono::milliseconds longest_penance{1000};

} // namespace

// Three parties look at each other's flags: who gives the context up stores `nobody` and then looks for claims; who claims
// counts itself and then looks for `nobody`; who wants to be told of the end of a borrowing says so and then tries to take
// the context. Each is a store followed by a load of something else, hence the sequential consistency (the default).
struct worker::state {
    enum class role : std::uint8_t { own, nobody, borrowed };

    void run();
    void stay_away();
    bool wait_for_return();
    [[nodiscard]] bool take(role for_whom) noexcept;
    void call_back() noexcept;

    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{context.get_executor()};
    std::atomic<role> who_runs{role::own};
    std::atomic<std::size_t> claims{0};
    std::atomic<std::uint64_t> borrowings{0};
    std::atomic<bool> announce_end{false}; // of the borrowing that is under way

    void let_end() noexcept {
        if (!ending.exchange(true)) {
            busy.reset();
        }
        call_back();
    }

    std::atomic<bool> ending{false};
    std::mutex joining;
    std::mutex mutex;
    std::condition_variable called_back;
    bool called = false; // guarded by the mutex

    // Of the thread alone, but for the first, which is for whoever runs the context.
    bool stands_aside = false;
    steady_clock::time_point stay_until{};
    std::chrono::milliseconds penance = first_penance;
};

void worker::state::run() {
    while (context.run_one() != 0) {
        if (stands_aside) {
            stands_aside = false;
            if (steady_clock::now() >= stay_until) {
                who_runs = role::nobody;
                stay_away();
            }
        }
    }
}

// The context was given up; comes back with it.
void worker::state::stay_away() {
    const bool unasked = wait_for_return();
    stands_aside = false;
    if (unasked && context.poll_one() != 0) {
        // Something had to wait for this: whoever borrows here waits for things that come from elsewhere, too.
        stay_until = steady_clock::now() + penance;
        penance = std::min(2 * penance, longest_penance);
    } else {
        penance = first_penance;
    }
}

// True if nobody has called.
bool worker::state::wait_for_return() {
    std::unique_lock lock(mutex);
    called = called || claims != 0;
    std::chrono::microseconds until_look = patience;
    for (std::uint64_t seen = borrowings;;) {
        const bool unasked = !called_back.wait_for(lock, until_look, [this] { return called; });
        called = false;
        if (unasked && borrowings != seen) {
            seen = borrowings; // they come one after the other: looking costs as much as some of them
            until_look = std::min(2 * until_look, longest_patience);
            continue;
        }
        if (take(role::own)) {
            return unasked;
        }
        announce_end = true; // it may last
        if (!take(role::own)) {
            called_back.wait(lock, [this] { return called; });
            announce_end = false;
            continue;
        }
        announce_end = false;
        return unasked;
    }
}

bool worker::state::take(role for_whom) noexcept {
    auto expected = role::nobody;
    return who_runs.compare_exchange_strong(expected, for_whom);
}

void worker::state::call_back() noexcept {
    {
        const std::lock_guard lock(mutex);
        called = true;
    }
    called_back.notify_one();
}

worker::worker(const std::string& name, bool aside) : state_(std::make_shared<state>()) {
    if (aside) {
        state_->who_runs = state::role::nobody;
    }
    thread_ = start_thread(name, [state = state_, aside] {
        if (aside) {
            state->stay_away();
        }
        state->run();
    });
}

worker::~worker() {
    state_->let_end();
    if (thread_.joinable()) {
        thread_.detach();
    }
}

boost::asio::io_context::executor_type worker::executor() const noexcept { return state_->context.get_executor(); }

bool worker::is_current() const noexcept { return state_->context.get_executor().running_in_this_thread(); }

void worker::stop() {
    state_->let_end();
    if (is_current()) {
        return;
    }
    const std::lock_guard lock(state_->joining);
    if (thread_.joinable()) {
        thread_.join();
    }
}

void worker::stand_aside() noexcept { state_->stands_aside = true; }

bool worker::borrow() noexcept {
    if (state_->who_runs.load(std::memory_order_relaxed) != state::role::nobody ||
        !state_->take(state::role::borrowed)) {
        return false;
    }
    state_->borrowings.store(state_->borrowings.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

bool worker::run_one() noexcept { return state_->context.run_one() != 0; }

void worker::interrupt() {
    boost::asio::post(executor(), [] {});
}

void worker::give_back(bool needed) noexcept {
    state& s = *state_;
    s.who_runs = state::role::nobody;
    if (needed || s.claims != 0 || s.announce_end) {
        s.call_back();
    }
}

void worker::need(state& in) noexcept { ++in.claims; }

void worker::forgo(state& in) noexcept { --in.claims; }

void worker::call_if_aside(state& in) noexcept {
    if (in.who_runs == state::role::nobody) {
        in.call_back();
    }
}

} // namespace zooid::runtime
