#pragma once

#include "client/client_core.hpp"

#include <utility>

// Bodies of the templates of client_core.

namespace zooid::detail {

template <class F>
void client_core::step(F&& f) {
    session::output_batch outputs = std::exchange(spare_outputs_, {});
    std::optional<session::session::open_link> open;
    bool close = false;
    {
        const std::lock_guard lock(mutex_);
        step_time_ = environment_->now();
        driver_busy_ = true; // whatever is submitted from now on goes out with the flush at the end
        f(session_, step_time_);
        publish_state();
        std::swap(outputs, session_.outputs());
        close = session_.take_close();
        open = session_.take_open();
    }
    obey(outputs, std::move(open), close);
    spare_outputs_ = std::move(outputs);
}

template <class Result, class Record>
launched<Result> client_core::submit(const std::shared_ptr<client_core>& self,
                                     std::unique_ptr<operation<Result>> pending, const Record& record,
                                     steady_time deadline, flush_by who, session::watch_request* watch) {
    return {self, self->put_in_line(std::move(pending), record, deadline, who, watch)};
}

template <class Result, class Record>
operation<Result>* client_core::put_in_line(std::unique_ptr<operation<Result>> pending, const Record& record,
                                            steady_time deadline, flush_by who, session::watch_request* watch) {
    const opcode op = pending->opcode_;
    std::unique_lock lock(mutex_);
    const bool first = who == flush_by::caller && session_.nothing_ahead();
    const std::int32_t err = session_.submit(op, record, pending.get(), deadline, watch, steady_time::min());
    if (err != 0) {
        lock.unlock();
        pending->error_ = error_code(err, error_category());
        static_cast<void>(pending->complete());
        return pending.release();
    }
    pending->ticket_ = pending->line();
    pending->alone_ = first;
    operation<Result>* const in_line = pending.release();
    if (deadline < armed_for_) {
        asio::post(io_, [self = shared_from_this()] { self->rearm_timer(); });
    }
    if (first && stream_ != nullptr && session_.may_write() && !caller_writing_) {
        write_from_caller(lock);
    } else {
        request_flush(lock);
    }
    return in_line;
}

} // namespace zooid::detail
