#include "client/delivery_queue.hpp"

#include "client/listener_list.hpp"
#include "client/watchers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <exception>

namespace zooid::detail {
namespace {

thread_local const delivery_queue* running_queue = nullptr;

/// Marks the current thread as running a queue.
class running_mark {
public:
    explicit running_mark(const delivery_queue* queue) noexcept : before_(running_queue) { running_queue = queue; }
    running_mark(const running_mark&) = delete;
    running_mark& operator=(const running_mark&) = delete;
    ~running_mark() { running_queue = before_; }

private:
    const delivery_queue* before_;
};

void discard(const delivery& item) noexcept {
    switch (item.what) {
    case delivery::kind::operation:
        static_cast<operation_base*>(item.object)->discard();
        break;
    case delivery::kind::watch:
        delete static_cast<watch_delivery*>(item.object);
        break;
    case delivery::kind::state:
        delete static_cast<state_delivery*>(item.object);
        break;
    case delivery::kind::log:
        delete static_cast<log_delivery*>(item.object);
        break;
    case delivery::kind::release:
        intrusive_ptr_release(static_cast<session::watcher*>(item.object));
        break;
    }
}

} // namespace

void deliver_without_client(operation_base& op) noexcept {
    receiver& r = op.waiting();
    if (r.queued()) {
        asio::post(asio::system_executor(), posted_run(op));
    } else {
        r.ready(op);
    }
}

delivery_queue::delivery_queue(asio::any_io_executor executor, clock now, log_sink log, thrown by_user_code)
    : executor_(std::move(executor)), now_(std::move(now)), log_(std::move(log)), by_user_code_(by_user_code) {}

delivery_queue::~delivery_queue() { std::for_each(waiting_.begin(), waiting_.end(), discard); }

void delivery_queue::push(std::vector<delivery>& batch) {
    if (batch.empty()) {
        return;
    }
    std::unique_lock lock(mutex_);
    if (ended_) {
        const orphans what = orphans_;
        lock.unlock();
        for (const delivery& one : batch) {
            give_up(one, what);
        }
        batch.clear();
        return;
    }
    if (waiting_.empty()) {
        waiting_since_ = now_();
        waiting_.swap(batch);
    } else {
        waiting_.insert(waiting_.end(), batch.begin(), batch.end());
    }
    batch.clear();
    schedule();
}

void delivery_queue::push(delivery one) {
    std::unique_lock lock(mutex_);
    if (ended_) {
        const orphans what = orphans_;
        lock.unlock();
        give_up(one, what);
        return;
    }
    if (waiting_.empty()) {
        waiting_since_ = now_();
    }
    waiting_.push_back(one);
    schedule();
}

void delivery_queue::give_up(const delivery& item, orphans what) noexcept {
    if (item.what == delivery::kind::watch) {
        waiting_watches_.fetch_sub(1, std::memory_order_acq_rel);
    }
    if (item.what != delivery::kind::operation) {
        discard(item);
        return;
    }
    auto& op = *static_cast<operation_base*>(item.object);
    if (op.waiting().queued() && what == orphans::freed) {
        op.discard();
    } else {
        deliver_without_client(op);
    }
}

void delivery_queue::end(orphans what) noexcept {
    std::vector<delivery> left;
    {
        const std::lock_guard lock(mutex_);
        mark_ended(what);
        left.swap(waiting_);
    }
    for (const delivery& one : left) {
        give_up(one, what);
    }
}

void delivery_queue::end_when_empty(orphans what) noexcept {
    const std::lock_guard lock(mutex_);
    if (ended_) {
        return;
    }
    if (scheduled_) {
        ends_when_empty_ = true;
        orphans_ = what;
    } else {
        mark_ended(what);
    }
}

void delivery_queue::mark_ended(orphans what) noexcept {
    ended_ = true;
    orphans_ = what;
    executor_ = asio::system_executor(); // never used again, but destroyed when its context may be no more
}

void delivery_queue::schedule() {
    if (!scheduled_) {
        scheduled_ = true;
        asio::post(executor_, [self = shared_from_this()] { self->drain(); });
    }
}

void delivery_queue::drain() {
    std::vector<delivery> batch;
    {
        const std::lock_guard lock(mutex_);
        batch.swap(waiting_);
        running_since_ = waiting_since_;
    }
    const running_mark mark(this);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        try {
            run(batch[i]);
        } catch (const std::exception& failure) {
            if (by_user_code_ == thrown::rethrown) {
                put_back(batch, i + 1);
                throw;
            }
            report(failure.what());
        } catch (...) {
            if (by_user_code_ == thrown::rethrown) {
                put_back(batch, i + 1);
                throw;
            }
            report("an exception that is no std::exception");
        }
    }
    batch.clear();
    put_back(batch, 0);
}

void delivery_queue::put_back(std::vector<delivery>& batch, std::size_t from) {
    const std::lock_guard lock(mutex_);
    running_since_ = steady_time::max();
    if (from < batch.size()) {
        if (waiting_.empty()) {
            waiting_since_ = now_();
        }
        waiting_.insert(waiting_.begin(), batch.begin() + static_cast<std::ptrdiff_t>(from), batch.end());
    }
    scheduled_ = false;
    if (!waiting_.empty()) {
        schedule();
    } else if (ends_when_empty_) {
        mark_ended(orphans_);
    } else if (waiting_.capacity() == 0) {
        batch.clear();
        waiting_.swap(batch); // keep the memory for the next batch
    }
}

void delivery_queue::run(delivery& item) {
    switch (item.what) {
    case delivery::kind::operation: {
        auto& op = *static_cast<operation_base*>(item.object);
        receiver& r = op.waiting();
        r.queued() ? r.run(op) : r.ready(op);
        break;
    }
    case delivery::kind::watch: {
        const std::unique_ptr<watch_delivery> owned(static_cast<watch_delivery*>(item.object));
        waiting_watches_.fetch_sub(1, std::memory_order_acq_rel);
        owned->watcher->call(owned->event);
        break;
    }
    case delivery::kind::state: {
        const std::unique_ptr<state_delivery> owned(static_cast<state_delivery*>(item.object));
        owned->listeners->call(owned->change);
        break;
    }
    case delivery::kind::log: {
        const std::unique_ptr<log_delivery> owned(static_cast<log_delivery*>(item.object));
        write(owned->level, owned->line);
        break;
    }
    case delivery::kind::release:
        discard(item);
        break;
    }
}

void delivery_queue::report(const char* what) noexcept {
    if (log_) {
        write(log_level::error, std::string{"a callback threw: "} + what);
    }
}

void delivery_queue::write(log_level level, std::string_view line) noexcept {
    try {
        log_(level, line);
    } catch (...) { // NOLINT(bugprone-empty-catch): a log sink that fails must not stop the client
    }
}

bool delivery_queue::is_current() const noexcept { return running_queue == this; }

std::chrono::nanoseconds delivery_queue::age() const {
    const std::lock_guard lock(mutex_);
    if (running_since_ != steady_time::max()) {
        return now_() - running_since_;
    }
    return waiting_.empty() ? std::chrono::nanoseconds{0} : now_() - waiting_since_;
}

} // namespace zooid::detail
