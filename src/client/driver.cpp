// The part of the client that runs on the I/O executor: it carries bytes, time and events between the session and the
// rest, and decides nothing itself.

#include "client/client_core.hpp"
#include "client/step.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace zooid::detail {

void client_core::obey(session::output_batch& outputs, link_orders orders) {
    take_outputs(outputs);
    if (std::exchange(stopped_, false)) {
        settle_stop();
    }
    if (orders.close) {
        close_link();
    }
    if (orders.open) {
        link_ = std::make_shared<link>(*this, std::move(*orders.open));
        link_->open();
    }
    flush();
    rearm_timer();
}

void client_core::take_outputs(session::output_batch& outputs) noexcept {
    taking_outputs_ = true;
    for (const session::output& out : outputs.items) {
        switch (out.what) {
        case session::output::kind::completion:
            take_completion(out);
            break;
        case session::output::kind::watch:
            take_watch(out);
            break;
        case session::output::kind::state:
            take_state(out);
            break;
        case session::output::kind::log:
            log(log_level::info, out.text);
            break;
        }
    }
    latencies_.settle();
    release_watchers(outputs);
    taking_outputs_ = false;
    deliveries_->push(ready_);
    outputs.clear();
}

// A delivery holds its watcher itself. The last of the others has the user's callback destroyed, which is no business of the
// I/O thread.
void client_core::release_watchers(session::output_batch& outputs) noexcept {
    for (session::watcher_ptr& one : outputs.watchers) {
        if (one != nullptr && one->is_held_once()) {
            ready_.push_back({delivery::kind::release, one.detach()});
        }
    }
    outputs.watchers.clear();
}

void client_core::take_completion(const session::output& out) noexcept {
    if (out.completed == nullptr) {
        return;
    }
    auto& op = static_cast<operation_base&>(*out.completed);
    if (op.decode_ != nullptr) {
        op.take({out.err, out.text});
    } else if (out.err != 0) {
        op.error_ = error_code(out.err, error_category());
    }
    if (out.err == taken_back) {
        op.error_ = asio::error::operation_aborted;
    }
    if (ticket_book::owns(op.ticket_)) {
        static_cast<void>(close_ticket(op.ticket_));
    }
    const bool queued = op.is_attached() && op.waiting().queued();
    if (out.sent != steady_time{}) {
        latencies_.record(op.opcode_, step_time_ - out.sent, out.err != 0);
        if (!queued) {
            latencies_.settle(); // whoever gets the result at once shall find it counted
        }
    }
    if (queued) {
        ready_.push_back({delivery::kind::operation, &op});
        return;
    }
    if (op.complete()) {
        deliver_in_step(op);
    }
}

void client_core::deliver_in_step(operation_base& op) noexcept {
    receiver& r = op.waiting();
    if (r.queued() || must_take_its_turn(op)) {
        ready_.push_back({delivery::kind::operation, &op});
    } else {
        r.ready(op);
    }
}

void client_core::finish_in_step(operation_base& op, error_code ec) noexcept {
    op.error_ = ec;
    if (op.complete()) {
        deliver_in_step(op);
    }
}

void client_core::take_watch(const session::output& out) noexcept {
    auto& watcher = static_cast<client_watcher&>(*out.interested);
    watcher.deliver(*this, {out.event, out.keeper, std::string{watcher.client_path(out.text)}, out.zxid});
}

void client_core::deliver_watch(std::unique_ptr<watch_delivery> event) noexcept {
    deliveries_->announce_watch();
    ready_.push_back({delivery::kind::watch, event.release()});
}

void client_core::take_state(const session::output& out) noexcept {
    const error_code cause = out.err == 0 ? error_code{} : error_code(out.err, error_category());
    log_state(out, cause);
    if (options_.read_only) {
        search_.follow(*this, out.keeper);
    }
    if (!listeners_->empty()) {
        // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory there is no way to go on
        ready_.push_back({delivery::kind::state, new state_delivery{listeners_, {out.state, out.keeper, cause}}});
    }
    if (out.state == session_state::connected) {
        settle_start({});
    } else if (out.keeper == keeper_state::closed) {
        stopped_ = true; // settled when the outputs behind this one are dealt with: watches are told before waits end
    } else if (out.keeper == keeper_state::auth_failed) {
        settle_start(errc::auth_failed);
    } else if (out.keeper == keeper_state::expired && !options_.new_session_after_expiry) {
        settle_start(errc::session_expired);
    }
}

void client_core::log_state(const session::output& out, const error_code& cause) {
    const log_level level = out.state == session_state::connected ? log_level::info : log_level::warning;
    if (!logs(level)) {
        return;
    }
    std::array<char, 40> id{};
    std::int64_t session_id = 0;
    {
        const std::lock_guard lock(mutex_);
        session_id = session_.credentials().id;
    }
    std::snprintf(id.data(), id.size(), "session 0x%llx ", static_cast<unsigned long long>(session_id));
    std::string line = id.data();
    line += to_string(out.keeper);
    if (out.state == session_state::connected) {
        line += " to " + server();
    }
    if (cause) {
        line += ": " + cause.message();
    }
    log(level, line);
}

// ---- Time ----

void client_core::rearm_timer() {
    steady_time next;
    {
        const std::lock_guard lock(mutex_);
        next = std::min(session_.next_deadline(), tickets_.next_deadline());
        if (next == steady_time::max()) {
            armed_for_ = next;
        } else if (next < armed_for_) {
            armed_for_ = next;
        } else {
            return; // it will wake early, look again and arm anew: cheaper than arming at every message
        }
    }
    if (next == steady_time::max()) {
        timer_->disarm();
        return;
    }
    timer_->arm(next, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->on_timer();
        }
    });
}

void client_core::post_rearm() {
    on_io([](client_core& self) { self.rearm_timer(); });
}

void client_core::on_timer() {
    const steady_time due = now();
    {
        const std::lock_guard lock(mutex_);
        armed_for_ = steady_time::max();
    }
    for (;;) {
        ticket_book::abort_function abort;
        {
            const std::lock_guard lock(mutex_);
            abort = tickets_.take_due(due);
        }
        if (!abort) {
            break;
        }
        abort(errc::operation_timeout);
    }
    step([](session::session& s, steady_time at) { s.tick(at); });
}

// ---- Bytes out ----

void client_core::post_flush() {
    on_io([](client_core& self) { self.flush(); });
}

// With the mutex held, when nobody writes and there is a stream.
std::string_view client_core::begin_write_from_caller(operation_base& op) {
    const steady_time at = now();
    op.in_series_ = continues_series(at);
    session_.outbox().set_time(at);
    const std::string_view bytes = session_.outbox().begin_write();
    caller_writing_ = !bytes.empty();
    return bytes;
}

// With the mutex held: true if the blocking call that is being made is likely to be followed by another.
bool client_core::continues_series(steady_time at) noexcept {
    constexpr std::uint32_t enough = 8;
    const bool soon = at - step_time_ <= runtime::worker::patience; // the last one ended with a step
    in_series_ = soon ? std::min(in_series_ + 1, enough) : 0;
    return in_series_ == enough;
}

void client_core::write_from_caller(std::string_view bytes) {
    error_code ec; // an error shows at the next read or write of the driver as well
    const std::size_t n = stream_->try_write(std::as_bytes(std::span(bytes)), ec);
    const steady_time at = now();
    bool flush = false;
    {
        const std::lock_guard lock(mutex_);
        caller_writing_ = false;
        session_.wrote(n, at);
        if (driver_waits_) {
            caller_wrote_.notify_all();
        }
        flush = wants_flush();
    }
    if (flush) {
        post_flush();
    }
}

void client_core::flush() {
    for (;;) {
        std::unique_lock lock(mutex_);
        flush_requested_ = false;
        driver_busy_ = false;
        if (stream_ == nullptr || driver_writing_ || caller_writing_ || !session_.may_write()) {
            return;
        }
        if (!session_.outbox().has_pending()) {
            return;
        }
        session_.outbox().set_time(now());
        const std::string_view bytes = session_.outbox().begin_write();
        if (bytes.empty()) {
            return;
        }
        const auto stream = stream_;
        lock.unlock();
        error_code ec;
        const std::size_t n = stream->try_write(std::as_bytes(std::span(bytes)), ec);
        if (ec || n == 0) {
            write_later(bytes);
            return;
        }
        const steady_time at = now();
        lock.lock();
        session_.wrote(n, at);
    }
}

void client_core::write_later(std::string_view bytes) {
    driver_writing_ = true;
    stream_->async_write(std::as_bytes(std::span(bytes)),
                         [self = shared_from_this(), on = link_](error_code ec, std::size_t n) {
                             self->driver_writing_ = false;
                             {
                                 const std::lock_guard lock(self->mutex_);
                                 self->session_.wrote(n, self->now());
                             }
                             if (ec && on == self->link_) {
                                 self->on_link_down(ec);
                             } else {
                                 self->flush();
                             }
                         });
}

// ---- The link ----

void client_core::close_link() {
    {
        std::unique_lock lock(mutex_);
        driver_waits_ = true;
        caller_wrote_.wait(lock, [this] { return !caller_writing_; });
        driver_waits_ = false;
        stream_.reset();
    }
    if (const auto closed = std::exchange(link_, nullptr)) {
        closed->close();
    }
}

void client_core::on_link_up() {
    {
        const std::lock_guard lock(mutex_);
        stream_ = link_->stream();
    }
    step([](session::session& s, steady_time at) { s.link_up(at); });
}

void client_core::on_link_down(error_code why) {
    log(log_level::debug, "connection to a server ended: " + why.message());
    close_link();
    step([why](session::session& s, steady_time at) { s.link_down(why, at); });
}

void client_core::on_received(std::string_view bytes) {
    step([bytes](session::session& s, steady_time at) { s.received(bytes, at); });
}

} // namespace zooid::detail
