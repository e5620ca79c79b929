#include "client/blocking.hpp"
#include "client/client_core.hpp"
#include "client/step.hpp"
#include "client/transaction_state.hpp"

#include <zooid/client.hpp>
#include <zooid/path.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace zooid {

client::client(std::string_view hosts, client_options options)
    : core_(detail::client_core::make(std::nullopt, hosts, std::move(options), nullptr, chroot_)) {}

client::client(asio::any_io_executor executor, std::string_view hosts, client_options options)
    : core_(detail::client_core::make(std::move(executor), hosts, std::move(options), nullptr, chroot_)) {}

client::client(asio::any_io_executor executor, std::string_view hosts, client_options options,
               std::shared_ptr<runtime::environment> environment)
    : core_(
          detail::client_core::make(std::move(executor), hosts, std::move(options), std::move(environment), chroot_)) {}

client::client(std::shared_ptr<detail::client_core> core, std::string chroot) noexcept
    : chroot_(std::move(chroot)), core_(std::move(core)) {}

client::client(const client&) = default;
client::client(client&&) noexcept = default;
client& client::operator=(const client&) = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

// ---- Life ----

namespace {

detail::launched<detail::nothing> begin_start(detail::client_core& core, const start_options& options,
                                              detail::launch_mode how) {
    auto* op = new detail::operation<detail::nothing>(nullptr);
    detail::launched<detail::nothing> pending(core.shared_from_this(), op);
    core.start(*op, options.timeout, how.who);
    return pending;
}

detail::launched<detail::nothing> begin_stop(detail::client_core& core, const close_options& options,
                                             detail::launch_mode how) {
    auto* op = new detail::operation<detail::nothing>(nullptr);
    detail::launched<detail::nothing> pending(core.shared_from_this(), op);
    core.stop(*op, options.keep_session, how.who);
    return pending;
}

} // namespace

detail::launched<detail::nothing> client::start_start(const start_options& options, launch how) {
    return begin_start(*core_, options, how);
}

detail::launched<detail::nothing> client::start_stop(const close_options& options, launch how) {
    return begin_stop(*core_, options, how);
}

void client::start(const start_options& options) {
    detail::require_may_block(*core_, "start", {});
    static_cast<void>(detail::await_here(start_start(options, detail::by_caller), "start", {}));
}

void client::stop(const close_options& options) {
    detail::require_may_block(*core_, "stop", {});
    static_cast<void>(detail::await_here(start_stop(options, detail::by_caller), "stop", {}));
}

namespace {

asio::awaitable<error_code> finished(detail::launched<detail::nothing> step) {
    step.op().of_errand_ = true; // else it might wait for a callback that waits for the whole
    const auto [ec] = co_await detail::finish_with(std::move(step), asio::as_tuple(asio::use_awaitable));
    co_return ec;
}

/// Stops, and then runs `rest() -> awaitable<error_code>` on the I/O executor; unlike an errand it isn't ended by the stop.
/// Each step is bounded, so it can't be cancelled. If the client is closed already it ends with `if_closed`. Holds the client,
/// but not open: when the last handle goes, nothing can be started any more.
template <class Rest>
detail::launched<detail::nothing> stop_and_then(detail::client_core& core, const close_options& how,
                                                error_code if_closed, Rest rest) {
    auto* op = new detail::operation<detail::nothing>(nullptr);
    detail::launched<detail::nothing> pending(core.shared_from_this(), op);
    const detail::closing_gate::passage open(core.gate());
    if (!open) {
        core.finish(*op, if_closed);
        return pending;
    }
    auto coroutine = [self = core.shared_from_this(), op, stopping = begin_stop(core, how, {}), run = std::move(rest),
                      owed = detail::owed_operation(*op)]() mutable -> asio::awaitable<void> {
        static_cast<void>(co_await finished(std::move(stopping)));
        const error_code ec = co_await run(*self);
        owed.settle();
        self->finish(*op, ec);
    };
    asio::co_spawn(core.io(), std::move(coroutine), [](std::exception_ptr) {});
    core.attend_to_io();
    return pending;
}

} // namespace

detail::launched<detail::nothing> client::start_restart(const close_options& how, const start_options& options) {
    return stop_and_then(*core_, how, errc::closed,
                         [options](detail::client_core& core) { return finished(begin_start(core, options, {})); });
}

detail::launched<detail::nothing> client::start_close(const close_options& options) {
    return stop_and_then(*core_, options, {},
                         [keep = options.keep_session](detail::client_core& core) -> asio::awaitable<error_code> {
                             core.seal(keep);
                             co_return error_code{};
                         });
}

void client::restart(const close_options& how, const start_options& options) {
    stop(how);
    start(options);
}

void client::close(const close_options& options) {
    stop(options);
    core_->end(options.keep_session);
}

// ---- State ----

session_state client::state() const noexcept { return core_->state(); }

keeper_state client::detailed_state() const noexcept { return core_->keeper(); }

session_credentials client::client_id() const {
    return core_->inspect([](session::session& s) { return s.credentials(); });
}

std::chrono::milliseconds client::session_timeout() const noexcept {
    return core_->inspect([](session::session& s) { return s.negotiated_timeout(); });
}

steady_time client::safe_until() const noexcept {
    return core_->inspect([](session::session& s) { return s.safe_until(); });
}

std::int64_t client::last_zxid() const noexcept {
    return core_->inspect([](session::session& s) { return s.last_zxid(); });
}

std::string client::server() const { return core_->server(); }

listener_id client::add_listener(std::function<void(const state_change&)> listener) {
    return core_->listeners().add(std::move(listener));
}

void client::remove_listener(listener_id id) noexcept { core_->listeners().remove(id); }

void client::set_hosts(std::string_view hosts) { core_->set_hosts(hosts); }

client client::chroot(std::string_view path) const {
    if (const auto problem = path_problem(path)) {
        throw_error(errc::invalid_path, "chroot", path, *problem);
    }
    return {core_, wire::path_ref(chroot_, path == "/" && chroot_.empty() ? std::string_view{} : path).to_string()};
}

asio::any_io_executor client::get_executor() const { return core_->default_executor(); }

metrics_snapshot client::metrics() const { return core_->metrics(); }

std::vector<registered_watch> client::watches() const {
    return core_->inspect([](session::session& s) {
        std::vector<registered_watch> all;
        s.watches().list([&](std::string_view path, watch_kind kind, std::size_t watchers) {
            all.push_back({std::string{path}, kind, watchers});
        });
        return all;
    });
}

// ---- Many at once ----

zooid::transaction client::transaction() const {
    return zooid::transaction(std::make_unique<zooid::transaction::state>(core_, chroot_));
}

zooid::multi_read client::multi_read() const {
    return zooid::multi_read(std::make_unique<zooid::multi_read::state>(core_, chroot_));
}

// ---- Trying again ----

retry_policy client::default_retry() {
    retry_policy policy;
    policy.max_tries = 10;
    policy.deadline = std::chrono::seconds{60};
    policy.max_delay = std::chrono::seconds{5};
    return policy;
}

steady_time client::retry_clock() const noexcept { return core_->now(); }

std::uint64_t client::retry_random() const { return core_->environment().random(); }

namespace {

/// Ends a wait when the caller's stop token says so.
struct interruption {
    std::weak_ptr<detail::client_core> core;
    detail::operation<detail::nothing>* wait;
    std::uint64_t ticket;

    void operator()() const {
        const auto alive = core.lock();
        auto* const interrupted = wait; // closing the ticket destroys this object
        if (alive && alive->close_ticket(ticket)) {
            alive->finish(*interrupted, errc::interrupted);
        }
    }
};
using interruption_callback = std::stop_callback<interruption>;

} // namespace

detail::launched<detail::nothing> client::start_retry_wait(std::chrono::milliseconds delay,
                                                           const std::stop_token& interrupt) {
    auto* wait = new detail::operation<detail::nothing>(nullptr);
    detail::launched<detail::nothing> pending(core_->shared_from_this(), wait);
    const detail::closing_gate::passage open(core_->gate());
    if (!open) {
        core_->finish(*wait, errc::closed);
        return pending;
    }
    // The interruption is made when the ticket is known, and goes with the ticket.
    const auto stopping = std::make_shared<std::optional<interruption_callback>>();
    // For a deadline zero means never, for a delay at once.
    const steady_time until = delay.count() > 0 ? detail::deadline_after(core_->now(), delay) : core_->now();
    wait->ticket_ = core_->open_ticket(until, [core = core_.get(), wait, stopping](error_code why) {
        core->finish(*wait, why == errc::operation_timeout ? error_code{} : why);
    });
    if (interrupt.stop_possible()) {
        stopping->emplace(interrupt, interruption{core_->weak_from_this(), wait, wait->ticket_});
    }
    return pending;
}

void client::retry_wait(std::chrono::milliseconds delay, const std::stop_token& interrupt) {
    detail::require_may_block(*core_, "retry", {});
    static_cast<void>(detail::await_here(start_retry_wait(delay, interrupt), "retry", {}));
}

} // namespace zooid
