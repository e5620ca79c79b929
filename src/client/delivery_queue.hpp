#pragma once

#include "session/watcher.hpp"

#include <zooid/client.hpp>
#include <zooid/detail/operation.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::detail {

class callback_watcher;

/// A watch event on its way to a callback.
struct watch_delivery {
    boost::intrusive_ptr<callback_watcher> watcher;
    watch_event event;
};

/// A change of state on its way to the listeners.
struct state_delivery {
    std::shared_ptr<class listener_list> listeners;
    state_change change;
};

/// A line on its way to the log sink.
struct log_delivery {
    log_level level;
    std::string line;
};

/// One thing to run in the delivery queue; owns what it points to. `release` is a watcher that nobody needs any more: with it
/// goes the user's callback, and what that holds.
struct delivery {
    enum class kind : std::uintptr_t { operation, watch, state, log, release };
    kind what;
    void* object;
};

/// What becomes of an exception that a handler, a watch callback or a listener has thrown.
enum class thrown : std::uint8_t {
    logged,  ///< it ends here
    rethrown ///< it leaves through the executor, and the rest is run later
};

/// What becomes of handlers that are to run in the queue, once nothing can run there.
enum class orphans : std::uint8_t {
    freed,        ///< without having been called
    run_elsewhere ///< in a thread of Asio's
};

/// Runs handlers, watch callbacks, listeners and the log sink one after the other, in order, on one executor; whole batches
/// are posted at once. Thread-safe. Everything pushed is run, or freed when its executor has ended.
class delivery_queue : public std::enable_shared_from_this<delivery_queue> {
public:
    using clock = std::function<steady_time()>;

    /// An exception of `log` itself ends here in any case. Without a sink nothing of kind `log` may be pushed.
    delivery_queue(asio::any_io_executor executor, clock now, log_sink log, thrown by_user_code);
    ~delivery_queue();
    delivery_queue(const delivery_queue&) = delete;
    delivery_queue& operator=(const delivery_queue&) = delete;

    /// Takes the batch over.
    void push(std::vector<delivery>& batch);
    void push(delivery one);
    /// The executor will run nothing any more: of what is left, and of whatever is pushed from now on, waiting threads and
    /// handlers with executors of their own are told, other handlers treated as `what` says, and the rest is freed.
    void end(orphans what) noexcept;
    /// The same once what has been pushed has run. For the thread that runs it.
    void end_when_empty(orphans what) noexcept;

    /// A watch callback is about to be pushed: from now on replies must not overtake it.
    void announce_watch() noexcept { waiting_watches_.fetch_add(1, std::memory_order_acq_rel); }
    /// True while a watch callback has not begun; replies must then go through the queue.
    [[nodiscard]] bool watch_is_waiting() const noexcept {
        return waiting_watches_.load(std::memory_order_acquire) != 0;
    }
    /// True inside of what this queue runs.
    [[nodiscard]] bool is_current() const noexcept;
    /// How long the oldest delivery that has not been finished with has waited.
    [[nodiscard]] std::chrono::nanoseconds age() const;

private:
    void schedule();
    void drain();
    void run(delivery& item);
    void report(const char* what) noexcept;
    void write(log_level level, std::string_view line) noexcept;
    void put_back(std::vector<delivery>& batch, std::size_t from);
    void give_up(const delivery& item, orphans what) noexcept;
    void mark_ended(orphans what) noexcept;

    asio::any_io_executor executor_;
    const clock now_;
    const log_sink log_;
    const thrown by_user_code_;
    mutable std::mutex mutex_;
    std::vector<delivery> waiting_;
    steady_time waiting_since_{};
    steady_time running_since_ = steady_time::max();
    bool scheduled_ = false;
    bool ended_ = false;
    bool ends_when_empty_ = false;
    orphans orphans_ = orphans::freed; // if it has ended, or will
    std::atomic<std::size_t> waiting_watches_{0};
};

} // namespace zooid::detail
