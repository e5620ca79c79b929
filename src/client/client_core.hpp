#pragma once

#include "client/blocking.hpp"
#include "client/closing_gate.hpp"
#include "client/context_members.hpp"
#include "client/delivery_queue.hpp"
#include "client/latency.hpp"
#include "client/link.hpp"
#include "client/listener_list.hpp"
#include "client/read_write_search.hpp"
#include "client/ticket_book.hpp"
#include "client/watchers.hpp"
#include "runtime/environment.hpp"
#include "runtime/worker.hpp"
#include "session/session.hpp"

#include <zooid/client.hpp>
#include <zooid/detail/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::detail {

/// What the session is told to complete a cancelled request with; becomes `asio::error::operation_aborted`.
inline constexpr std::int32_t taken_back = std::numeric_limits<std::int32_t>::min();

/// When an operation must be over, from a per-operation timeout and the client's default.
[[nodiscard]] steady_time deadline_after(steady_time now, std::chrono::milliseconds timeout) noexcept;

/// An operation that something posted is to finish. If that is freed instead, because its executor has ended, the operation
/// has failed with `closed`.
class owed_operation {
public:
    explicit owed_operation(operation_base& op) noexcept : op_(&op) {}
    owed_operation(owed_operation&& other) noexcept : op_(std::exchange(other.op_, nullptr)) {}
    owed_operation& operator=(owed_operation&&) = delete;
    ~owed_operation();

    /// It is being seen to.
    void settle() noexcept { op_ = nullptr; }

private:
    operation_base* op_;
};

/// One client: a session, the link it talks through, and the delivery of what comes back.
///
/// The session and the tickets are guarded by `mutex_`; nothing is called out to while it is held. Everything that makes
/// outputs of the session runs on the I/O executor; submitting does not, and may happen on any thread.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    /// Without an executor the core makes its own two threads.
    static std::shared_ptr<client_core> make(std::optional<asio::any_io_executor> executor, std::string_view hosts,
                                             client_options options, std::shared_ptr<runtime::environment> environment,
                                             std::string& chroot);
    client_core(std::optional<asio::any_io_executor> executor, session::session_config config, session::host_list hosts,
                client_options options, std::shared_ptr<runtime::environment> environment);
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;
    ~client_core();

    // ---- Submitting; any thread ----

    /// Encodes a request and gives it its place in line; fails at once where the session's state or the size forbid it.
    template <class Result, class Record>
    [[nodiscard]] static launched<Result> submit(const std::shared_ptr<client_core>& self,
                                                 std::unique_ptr<operation<Result>>&& pending, const Record& record,
                                                 steady_time deadline, flush_by who,
                                                 session::watch_request* watch = nullptr);
    /// An operation that has failed before it was sent.
    template <class Result>
    [[nodiscard]] launched<Result> refuse(opcode op, error_code why) {
        auto* failed = new operation<Result>(nullptr);
        failed->opcode_ = op;
        failed->error_ = why;
        static_cast<void>(failed->complete());
        return {shared_from_this(), failed};
    }
    /// Completes an operation that is not in the session's line; any thread, without the mutex.
    void finish(operation_base& op, error_code ec) noexcept;
    /// The same for the driver: delivered after what the present step has delivered before.
    void finish_in_step(operation_base& op, error_code ec) noexcept;
    /// Delivers a completed operation to whoever waits for it; any thread.
    void deliver(operation_base& op) noexcept;
    void cancel(std::uint64_t ticket) noexcept;

    // ---- Blocking; any thread ----

    /// Blocks the calling thread until it has what it waits for. Meanwhile it runs the I/O, if nobody else does.
    void wait_for(blocked_thread& here);
    /// Who shall leave the I/O to the next blocking call, when `op` is over: the I/O thread, if that call is likely to come
    /// soon and to be alone.
    [[nodiscard]] runtime::worker* relieved_by(const operation_base& op) noexcept;
    /// Something was given to the I/O executor directly: has it run soon.
    void attend_to_io() {
        if (io_worker_) { // any other executor is run by its owner
            on_io([](client_core&) {});
        }
    }

    [[nodiscard]] steady_time now() const noexcept { return environment_->now(); }
    [[nodiscard]] steady_time deadline_for(std::chrono::milliseconds timeout) const noexcept {
        const std::chrono::milliseconds limit = timeout.count() != 0 ? timeout : options_.request_timeout;
        return limit.count() == 0 ? steady_time::max() : deadline_after(now(), limit);
    }

    // ---- Tickets: waits that are not requests; any thread ----

    std::uint64_t open_ticket(steady_time deadline, ticket_book::abort_function abort, flush_by who = flush_by::driver);
    [[nodiscard]] bool ticket_is_open(std::uint64_t ticket);
    /// False if it was gone: then its abort function has been or is being called.
    bool close_ticket(std::uint64_t ticket) noexcept;

    // ---- Life; any thread ----

    void start(operation<nothing>& done, std::chrono::milliseconds timeout, flush_by who);
    void stop(operation<nothing>& done, bool keep_session, flush_by who);
    /// Driver only: completes `done` when the session is connected, or can no more be.
    void await_connected(operation<nothing>& done, steady_time deadline);
    /// The last handle is gone.
    void abandon() noexcept;
    /// Driver only. After a stop that has kept the session, or not: lets nothing begin any more.
    void seal(bool keep_session);
    /// After a stop: lets nothing begin any more, ends the client's threads and waits for them, as far as they are not
    /// the calling one.
    void end(bool keep_session);
    /// The caller's context, on which this client runs, is being destroyed: lets go of whatever waits.
    void context_ended() noexcept;
    /// What is begun when this client is closed for good, or the context it ran on has ended, is refused.
    [[nodiscard]] closing_gate& gate() noexcept { return gate_; }
    /// True when this client's threads, or the context it ran on, have ended: nothing posted to them will ever run.
    [[nodiscard]] bool threads_ended() const noexcept { return threads_ended_.load(std::memory_order_acquire); }

    void add_auth(operation<nothing>& done, std::string scheme, std::string credentials, steady_time deadline);
    /// Throws `invalid_hosts`.
    void set_hosts(std::string_view hosts);
    /// Leaves a read-only server for that host, if it is (still) one of the list.
    void move_to(session::host server);
    void unsubscribe(session::watcher& watcher) noexcept;
    /// Driver only: puts a watch event among what is delivered after this step.
    void deliver_watch(std::unique_ptr<watch_delivery> event) noexcept;

    // ---- Facts; any thread ----

    [[nodiscard]] session_state state() const noexcept { return state_.load(std::memory_order_acquire); }
    [[nodiscard]] keeper_state keeper() const noexcept { return keeper_.load(std::memory_order_acquire); }
    /// Runs `f(session)` with the mutex held.
    template <class F>
    auto inspect(F&& f) {
        const std::lock_guard lock(mutex_);
        return f(session_);
    }
    [[nodiscard]] const client_options& options() const noexcept { return options_; }
    [[nodiscard]] runtime::environment& environment() const noexcept { return *environment_; }
    [[nodiscard]] const asio::any_io_executor& io() const noexcept { return io_; }
    [[nodiscard]] const asio::any_io_executor& default_executor() const noexcept { return handlers_; }
    [[nodiscard]] delivery_queue& deliveries() const noexcept { return *deliveries_; }
    [[nodiscard]] listener_list& listeners() noexcept { return *listeners_; }
    [[nodiscard]] metrics_snapshot metrics();
    /// True where a blocking call could only wait for itself.
    [[nodiscard]] bool would_deadlock() const noexcept;
    /// True on the thread that runs what is delivered: while it waits, nothing can be delivered.
    [[nodiscard]] bool holds_up_deliveries() const noexcept;
    [[nodiscard]] bool owns_threads() const noexcept { return io_worker_.has_value(); }
    [[nodiscard]] std::string server() const;

    /// Whether such a line is wanted.
    [[nodiscard]] bool logs(log_level level) const noexcept { return options_.log && level >= options_.level; }
    /// Driver only: has a line delivered to the log sink, if it is wanted, in order with what else is delivered.
    void log(log_level level, std::string_view line) noexcept;

private:
    friend class link;

    // Returns what `session::submit` does, and takes the operation if that is 0.
    template <class Result, class Record>
    std::int32_t put_in_line(std::unique_ptr<operation<Result>>& pending, const Record& record, steady_time deadline,
                             flush_by who, session::watch_request* watch);

    // True if a watch callback that has not begun might tell of what `op` has seen already.
    [[nodiscard]] bool must_take_its_turn(const operation_base& op) const noexcept {
        return deliveries_->watch_is_waiting() && !op.of_errand_ && !op.waiting().blocks_queue();
    }

    // Has `f` run on the I/O executor; soon, or where it is the caller's affair, when that comes to wait.
    template <class F>
    void post(F f, flush_by who = flush_by::driver) {
        if (io_worker_ && who == flush_by::driver) {
            io_worker_->post(std::move(f));
        } else {
            asio::post(io_, std::move(f));
        }
    }
    // Has `f(*this)` run on the I/O executor. What is posted keeps the client only while somebody else does: threads that
    // have ended would keep it for ever.
    template <class F>
    void on_io(F f) {
        if (threads_ended()) {
            return;
        }
        post([weak = weak_from_this(), f = std::move(f)]() mutable {
            if (const auto self = weak.lock()) {
                f(*self);
            }
        });
    }

    /// What the session wants done about its link, in this order.
    struct link_orders {
        bool close = false;
        std::optional<session::session::open_link> open;
    };

    // The driver; on the I/O executor. `step` runs `f(session, now)` under the mutex and obeys what comes of it. A step
    // inside of what another one has to obey leaves the rest to that one, lest its link be opened or closed in between.
    template <class F>
    void step(F&& f);
    [[nodiscard]] link_orders take_orders(session::output_batch& outputs);
    void obey(session::output_batch& outputs, link_orders orders);
    void take_outputs(session::output_batch& outputs) noexcept;
    void take_completion(const session::output& out) noexcept;
    void deliver_in_step(operation_base& op) noexcept;
    void release_watchers(session::output_batch& outputs) noexcept;
    void take_watch(const session::output& out) noexcept;
    void take_state(const session::output& out) noexcept;
    /// With the mutex held: what others may read of the state without it.
    void publish_state() noexcept {
        state_.store(session_.state(), std::memory_order_release);
        keeper_.store(session_.keeper(), std::memory_order_release);
    }
    std::uint64_t open_start_ticket(operation<nothing>& done, steady_time deadline, bool close_if_late, flush_by who);
    void settle_start(error_code ec) noexcept;
    void settle_stop() noexcept;
    void close_session(bool keep) noexcept;
    void log_state(const session::output& out, const error_code& cause);
    void rearm_timer();
    void post_rearm();
    void on_timer();
    void flush();
    void write_later(std::string_view bytes);
    [[nodiscard]] std::string_view begin_write_from_caller(operation_base& op);
    [[nodiscard]] bool continues_series(steady_time at) noexcept;
    void write_from_caller(std::string_view bytes);
    [[nodiscard]] bool wants_flush() noexcept;
    void post_flush();
    void close_link();

    // What the link reports.
    void on_link_up();
    void on_link_down(error_code why);
    void on_received(std::string_view bytes);

    const client_options options_;
    const std::shared_ptr<runtime::environment> environment_;
    std::optional<runtime::worker> io_worker_;
    std::optional<runtime::worker> handler_worker_;
    asio::any_io_executor io_;
    asio::any_io_executor handlers_;
    const std::shared_ptr<context_members> siblings_; // null if the threads are the client's own
    const std::shared_ptr<delivery_queue> deliveries_;
    const std::shared_ptr<listener_list> listeners_;

    mutable std::mutex mutex_;
    std::condition_variable caller_wrote_;
    session::session session_;
    ticket_book tickets_;
    bool caller_writing_ = false; // a submitting thread is in a system call on the stream
    bool driver_waits_ = false;   // … and the driver waits for it to come out
    bool driver_busy_ = false;    // a step is under way, which ends with a flush
    bool flush_requested_ = false;
    std::uint32_t in_series_ = 0; // blocking calls, one soon after the other, each with nothing else in flight
    steady_time step_time_{};
    steady_time armed_for_ = steady_time::max();
    std::shared_ptr<runtime::stream>
        stream_; // set and cleared by the driver, under the mutex and while no caller writes

    // Driver only.
    std::shared_ptr<link> link_;
    std::unique_ptr<runtime::timer> timer_;
    read_write_search search_;
    session::output_batch spare_outputs_;
    std::vector<delivery> ready_; // what this step has delivered to the queue so far
    bool driver_writing_ = false;
    bool stopped_ = false;
    bool taking_outputs_ = false;
    bool obeying_ = false;
    bool step_inside_ = false;
    std::vector<operation<nothing>*> starting_;
    std::vector<operation<nothing>*> stopping_;

    closing_gate gate_;
    std::atomic<bool> threads_ended_{false};
    std::atomic<session_state> state_{session_state::lost};
    std::atomic<keeper_state> keeper_{keeper_state::closed};
    latency_table latencies_;
};

} // namespace zooid::detail
