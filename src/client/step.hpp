#pragma once

#include "client/client_core.hpp"

#include <utility>

// Bodies of the templates of client_core.

namespace zooid::detail {

template <class F>
void client_core::step(F&& f) {
    session::output_batch outputs = std::exchange(spare_outputs_, {});
    link_orders orders;
    {
        const std::lock_guard lock(mutex_);
        step_time_ = environment_->now();
        driver_busy_ = true; // whatever is submitted from now on goes out with the flush at the end
        f(session_, step_time_);
        publish_state();
        if (obeying_) {
            step_inside_ = true;
            return;
        }
        orders = take_orders(outputs);
    }
    obeying_ = true;
    obey(outputs, std::move(orders));
    while (std::exchange(step_inside_, false)) {
        {
            const std::lock_guard lock(mutex_);
            orders = take_orders(outputs);
        }
        obey(outputs, std::move(orders));
    }
    obeying_ = false;
    spare_outputs_ = std::move(outputs);
}

// With the mutex held.
inline client_core::link_orders client_core::take_orders(session::output_batch& outputs) {
    std::swap(outputs, session_.outputs());
    const bool close = session_.take_close();
    return {close, session_.take_open()};
}

template <class Result, class Record>
launched<Result> client_core::submit(const std::shared_ptr<client_core>& self,
                                     std::unique_ptr<operation<Result>>&& pending, const Record& record,
                                     steady_time deadline, flush_by who, session::watch_request* watch) {
    operation<Result>* const op = pending.get();
    const bool attached = op->is_attached(); // then it may be over, and gone, as soon as it is in line
    if (const std::int32_t err = self->put_in_line(pending, record, deadline, who, watch)) [[unlikely]] {
        op->take({err, {}}); // a result that holds a watch loses it
        self->finish(*pending.release(), op->error_);
    }
    return attached ? launched<Result>{} : launched<Result>{self, op};
}

template <class Result, class Record>
std::int32_t client_core::put_in_line(std::unique_ptr<operation<Result>>& pending, const Record& record,
                                      steady_time deadline, flush_by who, session::watch_request* watch) {
    operation_base* const op = pending.get();
    bool rearm = false;
    bool flush = false;
    std::string_view bytes; // for this thread to write
    {
        const std::lock_guard lock(mutex_);
        const bool first = who == flush_by::caller && session_.nothing_ahead();
        const std::int32_t err = session_.submit(op->opcode_, record, op, deadline, watch, steady_time::min());
        if (err != 0) [[unlikely]] {
            return err;
        }
        static_cast<void>(pending.release());
        op->ticket_ = op->line();
        rearm = deadline < armed_for_;
        if (first && stream_ != nullptr) {
            bytes = begin_write_from_caller(*op);
        } else {
            in_series_ = 0;
            flush = wants_flush();
        }
    }
    if (rearm) {
        post_rearm();
    }
    if (!bytes.empty()) {
        write_from_caller(bytes);
    } else if (flush) {
        post_flush();
    }
    return 0;
}

// With the mutex held: true if a flush must be posted, and none is under way.
inline bool client_core::wants_flush() noexcept {
    if (driver_busy_ || flush_requested_ || stream_ == nullptr || !session_.may_write()) {
        return false;
    }
    flush_requested_ = true;
    return true;
}

} // namespace zooid::detail
