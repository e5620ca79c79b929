#include "client/client_core.hpp"

#include "client/session_config.hpp"
#include "client/step.hpp"
#include "runtime/later.hpp"
#include "wire/requests.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp> // nondeterminism: asked whether it runs here, never started

#include <algorithm>
#include <cstdio>

namespace zooid::detail {
namespace {

/// True if `executor` is one of an io_context, with whatever properties, that runs in this thread.
template <std::size_t... Properties>
bool runs_here(const asio::any_io_executor& executor, std::index_sequence<Properties...> /*all*/) {
    const auto is_it = [](const auto* one) { return one != nullptr && one->running_in_this_thread(); };
    return (
        is_it(executor
                  .target<asio::io_context::basic_executor_type<std::allocator<void>, std::uintptr_t{Properties}>>()) ||
        ...);
}

bool runs_here(const asio::any_io_executor& executor) {
    using context_executor = asio::io_context::executor_type;
    using pool_executor = asio::thread_pool::executor_type;   // nondeterminism: see above
    if (runs_here(executor, std::make_index_sequence<8>{})) { // never blocking, a continuation, tracked: three bits
        return true;
    }
    if (const auto* strand = executor.target<asio::strand<context_executor>>()) {
        return strand->running_in_this_thread();
    }
    if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>()) {
        return strand->running_in_this_thread();
    }
    if (const auto* strand = executor.target<asio::strand<pool_executor>>()) {
        return strand->running_in_this_thread();
    }
    if (const auto* pool = executor.target<pool_executor>()) {
        return pool->running_in_this_thread();
    }
    return false;
}

} // namespace

owed_operation::~owed_operation() {
    if (op_ == nullptr) {
        return;
    }
    op_->error_ = errc::closed;
    if (op_->complete()) {
        receiver& r = op_->waiting();
        if (r.queued()) {
            op_->discard(); // the queue is where it should have run
        } else {
            r.ready(*op_);
        }
    }
}

steady_time deadline_after(steady_time now, std::chrono::milliseconds timeout) noexcept {
    return timeout <= std::chrono::milliseconds{0} ? steady_time::max() : runtime::later(now, timeout);
}

std::shared_ptr<client_core> client_core::make(std::optional<asio::any_io_executor> executor, std::string_view hosts,
                                               client_options options,
                                               std::shared_ptr<runtime::environment> environment, std::string& chroot) {
    if (!environment) {
        environment = runtime::operating_system();
    }
    std::string problem;
    auto parsed = session::parse_connect_string(hosts, problem);
    if (!parsed) {
        throw_error(errc::invalid_hosts, "client", {}, problem);
    }
    chroot = std::move(parsed->chroot);
    session::session_config config = session_config_of(options);
    auto core = std::make_shared<client_core>(std::move(executor), std::move(config),
                                              session::host_list(std::move(parsed->hosts)), std::move(options),
                                              std::move(environment));
    if (core->siblings_) {
        core->siblings_->add(core);
    }
    // What handles share is a second owner, whose end closes the client.
    return {core.get(), [core](client_core* c) { c->abandon(); }};
}

client_core::client_core(std::optional<asio::any_io_executor> executor, session::session_config config,
                         session::host_list hosts, client_options options,
                         std::shared_ptr<runtime::environment> environment)
    : options_(std::move(options)),
      environment_(std::move(environment)),
      io_worker_(executor ? std::nullopt : std::optional<runtime::worker>(std::in_place, "zooid-io", true)),
      handler_worker_(executor ? std::nullopt : std::optional<runtime::worker>(std::in_place, "zooid-handlers")),
      io_(executor ? asio::any_io_executor(asio::make_strand(*executor))
                   : asio::any_io_executor(io_worker_->executor())),
      handlers_(executor ? *executor : asio::any_io_executor(handler_worker_->executor())),
      siblings_(executor ? context_members::of(*executor) : nullptr),
      deliveries_(std::make_shared<delivery_queue>(
          handlers_, [environment = environment_] { return environment->now(); }, options_.log,
          executor ? thrown::rethrown : thrown::logged)),
      listeners_(std::make_shared<listener_list>()),
      session_(std::move(config), std::move(hosts), environment_->random()),
      timer_(environment_->make_timer(io_)) {}

client_core::~client_core() {
    if (siblings_) {
        siblings_->remove(this);
    }
    // Whatever is still outstanding has nobody left to complete it: free it.
    session_.close(true, environment_->now());
    for (const session::output& out : session_.outputs().items) {
        if (out.what == session::output::kind::completion && out.completed != nullptr) {
            auto* op = static_cast<operation_base*>(out.completed);
            if (op->complete()) {
                op->discard();
            }
        }
    }
}

void client_core::log(log_level level, std::string_view line) noexcept {
    if (!logs(level)) {
        return;
    }
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory there is no way to go on
    const delivery one{delivery::kind::log, new log_delivery{level, std::string{line}}};
    if (taking_outputs_) {
        ready_.push_back(one);
    } else {
        deliveries_->push(one);
    }
}

// What is posted to the callback thread is run there without being in the queue.
bool client_core::holds_up_deliveries() const noexcept {
    return deliveries_->is_current() || (handler_worker_ && handler_worker_->is_current());
}

bool client_core::would_deadlock() const noexcept {
    if (owns_threads()) {
        return io_worker_->is_current();
    }
    return deliveries_->is_current() || runs_here(handlers_) || runs_here(io_);
}

std::string client_core::server() const {
    const std::lock_guard lock(mutex_);
    const std::size_t here = session_.current_host();
    if (session_.state() != session_state::connected || here >= session_.hosts().size()) {
        return {}; // while it says goodbye, the host may have gone from the list
    }
    return to_string(session_.hosts()[here]);
}

metrics_snapshot client_core::metrics() {
    metrics_snapshot m;
    m.state = state();
    {
        const std::lock_guard lock(mutex_);
        const session::session_counters& c = session_.counters();
        m.requests = c.requests;
        m.replies = c.replies;
        m.notifications = c.notifications;
        m.bytes_sent = c.bytes_sent;
        m.bytes_received = c.bytes_received;
        m.connects = c.connects;
        m.reconnects = c.connects > 0 ? c.connects - 1 : 0;
        m.expirations = c.expirations;
        m.queue_depth = session_.queue_depth();
        m.watches = session_.watches().size();
    }
    m.handler_queue_age = deliveries_->age();
    m.latencies = latencies_.snapshot();
    return m;
}

// ---- Tickets ----

std::uint64_t client_core::open_ticket(steady_time deadline, ticket_book::abort_function abort, flush_by who) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = tickets_.add(deadline, std::move(abort));
    if (deadline < armed_for_ && who == flush_by::driver) { // else the caller's next step does it
        lock.unlock();
        post_rearm();
    }
    return ticket;
}

bool client_core::ticket_is_open(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    return tickets_.contains(ticket);
}

bool client_core::close_ticket(std::uint64_t ticket) noexcept {
    ticket_book::abort_function forgotten; // destroyed without the lock
    const std::lock_guard lock(mutex_);
    forgotten = tickets_.remove(ticket);
    return static_cast<bool>(forgotten);
}

void client_core::cancel(std::uint64_t ticket) noexcept {
    on_io([ticket](client_core& self) {
        if (!ticket_book::owns(ticket)) {
            self.step([ticket](session::session& s, steady_time) { static_cast<void>(s.cancel(ticket, taken_back)); });
            return;
        }
        ticket_book::abort_function abort;
        {
            const std::lock_guard lock(self.mutex_);
            abort = self.tickets_.remove(ticket);
        }
        if (abort) {
            abort(asio::error::operation_aborted);
        }
    });
}

// ---- Delivery ----

void client_core::finish(operation_base& op, error_code ec) noexcept {
    op.error_ = ec;
    if (op.complete()) {
        deliver(op);
    }
}

void client_core::deliver(operation_base& op) noexcept {
    if (threads_ended()) {
        deliver_without_client(op);
        return;
    }
    receiver& r = op.waiting();
    if (r.queued() || must_take_its_turn(op)) {
        deliveries_->push({delivery::kind::operation, &op});
    } else {
        r.ready(op);
    }
}

void deliver(client_core& core, operation_base& op) noexcept { core.deliver(op); }

void cancel_operation(client_core& core, std::uint64_t ticket) noexcept { core.cancel(ticket); }

// ---- Blocking ----

void client_core::wait_for(blocked_thread& here) {
    if (!io_worker_) {
        here.park();
        return;
    }
    if (io_worker_->borrow()) {
        here.run(*io_worker_);
        io_worker_->give_back(inspect([](session::session& s) { return !s.nothing_ahead(); }));
    }
    if (!here.is_done()) {
        const runtime::worker::claim claim(*io_worker_);
        here.park();
    }
}

runtime::worker* client_core::relieved_by(const operation_base& op) noexcept {
    return op.in_series_ && io_worker_ ? &*io_worker_ : nullptr;
}

// ---- Life ----

std::uint64_t client_core::open_start_ticket(operation<nothing>& done, steady_time deadline, bool close_if_late,
                                             flush_by who) {
    const auto abort = [this, &done, close_if_late](error_code why) {
        const auto here = std::find(starting_.begin(), starting_.end(), &done);
        if (here == starting_.end()) {
            done.error_ = why; // for when it gets here
            return;
        }
        starting_.erase(here);
        if (close_if_late) {
            step([](session::session& s, steady_time at) { s.close(false, at); });
        }
        finish(done, why);
    };
    return open_ticket(deadline, abort, who);
}

void client_core::start(operation<nothing>& done, std::chrono::milliseconds timeout, flush_by who) {
    const closing_gate::passage open(gate_);
    if (!open) {
        finish(done, errc::closed);
        return;
    }
    done.ticket_ = open_start_ticket(done, deadline_after(now(), timeout), true, who);
    {
        // Here and not in the driver: requests made from now on shall wait for the connection.
        const std::lock_guard lock(mutex_);
        session_.start(now());
        publish_state();
    }
    auto go_on = [self = shared_from_this(), &done, owed = owed_operation(done)]() mutable {
        owed.settle();
        if (!self->ticket_is_open(done.ticket_)) { // its time was over, or the client stopped, on the way here
            const error_code why = done.error_;
            if (self->keeper() != keeper_state::closed) {
                self->step([](session::session& s, steady_time at) { s.close(false, at); });
            }
            self->finish(done, why);
            return;
        }
        self->starting_.push_back(&done);
        if (self->state() == session_state::connected && self->stopping_.empty()) { // else it is saying goodbye
            self->settle_start({});
        }
        self->step([](session::session&, steady_time) {}); // does what the session wants since it was started
    };
    post(std::move(go_on), who);
}

void client_core::await_connected(operation<nothing>& done, steady_time deadline) {
    done.ticket_ = open_start_ticket(done, deadline, false, flush_by::driver);
    starting_.push_back(&done);
    if (state() == session_state::connected) {
        settle_start({});
    } else if (keeper() == keeper_state::closed || keeper() == keeper_state::auth_failed) {
        settle_start(keeper() == keeper_state::closed ? errc::closed : errc::auth_failed);
    } else if (keeper() == keeper_state::expired && !options_.new_session_after_expiry) {
        settle_start(errc::session_expired);
    }
}

void client_core::settle_start(error_code ec) noexcept {
    for (operation<nothing>* op : std::exchange(starting_, {})) {
        static_cast<void>(close_ticket(op->ticket_));
        taking_outputs_ ? finish_in_step(*op, ec) : finish(*op, ec);
    }
}

void client_core::stop(operation<nothing>& done, bool keep_session, flush_by who) {
    const closing_gate::passage open(gate_);
    if (!open) {
        finish(done, {});
        return;
    }
    auto go_on = [self = shared_from_this(), &done, keep_session, owed = owed_operation(done)]() mutable {
        owed.settle();
        self->stopping_.push_back(&done);
        self->close_session(keep_session);
    };
    post(std::move(go_on), who);
}

void client_core::settle_stop() noexcept {
    for (;;) {
        ticket_book::abort_function abort;
        {
            const std::lock_guard lock(mutex_);
            abort = tickets_.take_any();
        }
        if (!abort) {
            break;
        }
        abort(errc::closed);
    }
    settle_start(errc::closed);
    for (operation<nothing>* op : std::exchange(stopping_, {})) {
        finish(*op, {});
    }
}

void client_core::close_session(bool keep) noexcept {
    bool over = false;
    step([&over, keep](session::session& s, steady_time now) {
        over = s.keeper() == keeper_state::closed;
        s.close(keep, now);
    });
    if (over) { // then nothing has come out that would settle it; asked afterwards, it may have been started again
        settle_stop();
    }
}

void client_core::abandon() noexcept {
    if (!gate_.is_shut()) {    // else it is closed already
        gate_.let_nobody_in(); // what is under way must not start it again
        post([self = shared_from_this()] { self->close_session(false); });
    }
}

void client_core::seal(bool keep_session) {
    gate_.shut();
    close_session(keep_session); // for what began after the session was closed
}

void client_core::end(bool keep_session) {
    gate_.shut();
    on_io([keep_session](client_core& self) { self.close_session(keep_session); }); // for what began after that
    if (!io_worker_) {
        return; // the caller's executor brings the rest to its end
    }
    io_worker_->stop(); // what is under way comes to its end, and is delivered as usual
    threads_ended_.store(true, std::memory_order_release);
    handler_worker_->stop();
    if (handler_worker_->is_current()) {
        deliveries_->end_when_empty(orphans::run_elsewhere);
    } else {
        deliveries_->end(orphans::run_elsewhere);
    }
}

void client_core::context_ended() noexcept {
    gate_.shut();
    close_session(true);
    threads_ended_.store(true, std::memory_order_release);
    deliveries_->end(orphans::freed);
    // Handles may live on; what belongs to the context may not.
    timer_.reset();
    handlers_ = io_ = asio::system_executor();
}

void client_core::add_auth(operation<nothing>& done, std::string scheme, std::string credentials,
                           steady_time deadline) {
    const closing_gate::passage open(gate_);
    if (!open) {
        finish(done, errc::closed);
        return;
    }
    done.ticket_ = open_ticket(deadline, [this, &done](error_code why) {
        const std::int32_t err = why == errc::operation_timeout ? why.value() : taken_back;
        step([&done, err](session::session& s, steady_time) { static_cast<void>(s.cancel(done.line(), err)); });
    });
    std::uint64_t line = 0;
    bool late = false;
    {
        // Here and not in the driver: requests made from now on shall find it in force.
        const std::lock_guard lock(mutex_);
        session_.add_auth(session::auth_data{std::move(scheme), std::move(credentials)}, &done, now());
        line = done.line();
        late = !tickets_.contains(done.ticket_);
    }
    on_io([line, late](client_core& self) {
        self.step([line, late](session::session& s, steady_time) { // takes what came of it
            if (late) {
                static_cast<void>(s.cancel(line, static_cast<std::int32_t>(errc::operation_timeout)));
            }
        });
    });
}

void client_core::set_hosts(std::string_view hosts) {
    std::string problem;
    auto parsed = session::parse_connect_string(hosts, problem);
    if (parsed && !parsed->chroot.empty()) {
        problem = "a new host list cannot have a chroot";
    }
    if (!problem.empty()) {
        throw_error(errc::invalid_hosts, "set_hosts", {}, problem);
    }
    on_io([list = session::host_list(std::move(parsed->hosts))](client_core& self) mutable {
        self.step([&](session::session& s, steady_time at) { s.set_hosts(std::move(list), at); });
    });
}

void client_core::move_to(session::host server) {
    log(log_level::info, "leaving a read-only server for " + to_string(server));
    post([self = shared_from_this(), to = std::move(server)] {
        self->step([&to](session::session& s, steady_time at) {
            const std::size_t index = s.hosts().find(to);
            if (s.keeper() == keeper_state::connected_read_only && index != session::host_list::nowhere) {
                s.reconnect(index, at);
            }
        });
    });
}

void client_core::unsubscribe(session::watcher& watcher) noexcept {
    bool flush = false;
    {
        const std::lock_guard lock(mutex_);
        session_.stop_watching(watcher);
        flush = wants_flush();
    }
    if (flush) {
        post_flush();
    }
}

} // namespace zooid::detail
