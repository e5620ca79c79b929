#pragma once

#include "runtime/listener.hpp"
#include "runtime/stream.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zooid::runtime {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;
using resolve_handler = asio::any_completion_handler<void(error_code, std::vector<endpoint>)>;

/// One timer. Used on the executor it was made with.
class timer {
public:
    timer() = default;
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;
    /// Disarms.
    virtual ~timer() = default;

    /// Runs `wake` once on the timer's executor when `at` has come; replaces an earlier arming. `wake` is not run after
    /// a later `arm`, a `disarm` or the destruction of the timer.
    virtual void arm(steady_time at, std::function<void()> wake) = 0;
    /// Forgets the arming, if any.
    virtual void disarm() noexcept = 0;
};

/// The one door to everything that is not deterministic: clocks, timers, random numbers, names, the network, threads.
/// The simulator replaces it as a whole.
class environment {
public:
    environment() = default;
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    virtual ~environment() = default;

    /// Monotonic time. Any thread.
    [[nodiscard]] virtual steady_time now() const noexcept = 0;
    /// Wall-clock time. Any thread.
    [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
    /// A random number, uniform over all values. Any thread.
    [[nodiscard]] virtual std::uint64_t random() = 0;

    /// A timer whose callbacks run on `executor`.
    [[nodiscard]] virtual std::unique_ptr<timer> make_timer(asio::any_io_executor executor) = 0;
    /// A stream that is not connected yet, to be used on `executor`.
    [[nodiscard]] virtual std::unique_ptr<stream> make_stream(asio::any_io_executor executor) = 0;
    /// Listens at `at` (port 0: any free one). Where that is impossible it sets `ec` (`address_in_use`, say) and returns
    /// null.
    [[nodiscard]] virtual std::unique_ptr<listener> listen(asio::any_io_executor executor, const endpoint& at,
                                                           error_code& ec) = 0;

    /// Resolves a host name, or parses an address literal, to all its addresses, each once. The handler runs on
    /// `executor`, never inside this call. Cancelling through the handler's slot (on `executor`, any kind) completes at
    /// once with `operation_aborted`; the lookup is left to end by itself. Errors: `asio::error::host_not_found`,
    /// `host_not_found_try_again`, `no_recovery`, or the system's.
    virtual void async_resolve(asio::any_io_executor executor, std::string host, std::uint16_t port,
                               resolve_handler handler) = 0;
};

/// The operating system's clocks, random numbers and network. Lives until the process ends.
[[nodiscard]] const std::shared_ptr<environment>& operating_system();

} // namespace zooid::runtime
