#include "runtime/thread.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace zooid::runtime {

namespace {

/// Blocks all signals for its lifetime; a thread inherits the mask of the thread that starts it.
class signal_blocker {
public:
    signal_blocker() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    signal_blocker(const signal_blocker&) = delete;
    signal_blocker& operator=(const signal_blocker&) = delete;
    ~signal_blocker() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

} // namespace

std::thread start_thread(const std::string& name, std::function<void()> body) {
    const signal_blocker blocker;
    return std::thread{[name = name.substr(0, 15), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.c_str());
        body();
    }};
}

} // namespace zooid::runtime
