#include "client/watchers.hpp"

#include "client/client_core.hpp"

namespace zooid::detail {

void callback_watcher::deliver(client_core& core, watch_event event) noexcept {
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory there is no way to go on
    core.deliver_watch(std::make_unique<watch_delivery>(
        watch_delivery{boost::intrusive_ptr<callback_watcher>(this), std::move(event)}));
}

namespace {

bool is_last(const watch_event& event, watch_kind kind) noexcept {
    const bool one_shot = kind != watch_kind::persistent && kind != watch_kind::recursive;
    return one_shot || event.type == event_type::session || event.type == event_type::data_watch_removed ||
           event.type == event_type::child_watch_removed || event.type == event_type::persistent_watch_removed;
}

} // namespace

void subscription_watcher::deliver(client_core& core, watch_event event) noexcept {
    operation<watch_event>* waiting = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (ended_) {
            return;
        }
        ended_ = is_last(event, kind_);
        waiting = std::exchange(parked_, nullptr);
        if (waiting == nullptr) {
            events_.push_back(std::move(event));
            return;
        }
        waiting->result_ = std::move(event);
    }
    static_cast<void>(core.close_ticket(waiting->ticket_));
    core.finish_in_step(*waiting, {});
}

std::optional<watch_event> subscription_watcher::try_take() {
    const std::lock_guard lock(mutex_);
    if (events_.empty()) {
        return std::nullopt;
    }
    std::optional<watch_event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
}

bool subscription_watcher::settle_locked(operation<watch_event>& op) {
    if (!events_.empty()) {
        op.result_ = std::move(events_.front());
        events_.pop_front();
        return true;
    }
    if (ended_ || parked_ != nullptr) {
        op.error_ = ended_ ? errc::no_watcher : errc::invalid_state;
        return true;
    }
    return false;
}

bool subscription_watcher::settle(operation<watch_event>& op) {
    const std::lock_guard lock(mutex_);
    return settle_locked(op);
}

bool subscription_watcher::park(operation<watch_event>& op, std::uint64_t wait) {
    const std::lock_guard lock(mutex_);
    if (settle_locked(op)) {
        return false;
    }
    parked_ = &op;
    parked_wait_ = wait;
    return true;
}

std::uint64_t subscription_watcher::new_wait() noexcept {
    const std::lock_guard lock(mutex_);
    return ++last_wait_;
}

operation<watch_event>* subscription_watcher::unpark() noexcept {
    const std::lock_guard lock(mutex_);
    return std::exchange(parked_, nullptr);
}

operation<watch_event>* subscription_watcher::unpark(std::uint64_t wait) noexcept {
    const std::lock_guard lock(mutex_);
    return parked_wait_ == wait ? std::exchange(parked_, nullptr) : nullptr;
}

bool subscription_watcher::ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
}

void subscription_watcher::end() noexcept {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    events_.clear();
}

subscription::~subscription() {
    watcher_->end();
    if (const auto core = core_.lock()) {
        core->unsubscribe(*watcher_);
        if (auto* waiting = watcher_->unpark()) {
            static_cast<void>(core->close_ticket(waiting->ticket_));
            core->finish(*waiting, asio::error::operation_aborted);
        }
    }
}

} // namespace zooid::detail

namespace zooid {

using detail::client_core;

watch::watch() noexcept = default;
watch::watch(std::shared_ptr<detail::subscription> subscription) noexcept : subscription_(std::move(subscription)) {}
watch::watch(watch&&) noexcept = default;
watch& watch::operator=(watch&&) noexcept = default;
watch::~watch() = default;

void watch::reset() noexcept { subscription_.reset(); }

detail::launched<watch_event> watch::start_next(std::chrono::milliseconds timeout) {
    const std::shared_ptr<client_core> core = subscription_ ? subscription_->core() : nullptr;
    auto* op = new detail::operation<watch_event>(nullptr);
    if (!core) {
        // The client is gone, and has told its watches so before it went.
        auto last = try_next();
        op->error_ = last ? error_code{} : errc::no_watcher;
        op->result_ = std::move(last).value_or(watch_event{});
        static_cast<void>(op->complete());
        return {nullptr, op};
    }
    const boost::intrusive_ptr<detail::subscription_watcher> watcher(&subscription_->watcher());
    if (watcher->settle(*op)) { // without a ticket: its timer might outlive a client that is being closed
        static_cast<void>(op->complete());
        return {core, op};
    }
    const std::uint64_t wait = watcher->new_wait();
    op->ticket_ = core->open_ticket(detail::deadline_after(core->now(), timeout),
                                    [core = core.get(), watcher, wait](error_code why) {
                                        if (auto* const waiting = watcher->unpark(wait)) {
                                            core->finish(*waiting, why);
                                        }
                                    });
    const std::uint64_t ticket = op->ticket_;
    if (!watcher->park(*op, wait)) {
        static_cast<void>(core->close_ticket(ticket));
        static_cast<void>(op->complete());
    } else if (!core->ticket_is_open(ticket) && watcher->unpark(wait) != nullptr) {
        core->finish(*op, errc::operation_timeout); // its time was over before it was parked
    }
    return {core, op};
}

watch_event watch::next(std::chrono::milliseconds timeout) {
    if (!subscription_) {
        throw_error(errc::no_watcher, "watch", {});
    }
    if (auto event = try_next()) {
        return std::move(*event);
    }
    if (const auto core = subscription_->core()) {
        detail::require_may_block(*core, "watch", path());
    }
    // This object, and its path with it, may be gone when the wait is over.
    const boost::intrusive_ptr<detail::subscription_watcher> watcher(&subscription_->watcher());
    return detail::await_here(start_next(timeout), "watch", watcher->path());
}

std::optional<watch_event> watch::try_next() {
    return subscription_ ? subscription_->watcher().try_take() : std::nullopt;
}

const std::string& watch::path() const noexcept {
    static const std::string none;
    return subscription_ ? subscription_->watcher().path() : none;
}

watch_kind watch::kind() const noexcept {
    return subscription_ ? subscription_->watcher().subscribed_kind() : watch_kind::data;
}

bool watch::active() const noexcept { return subscription_ && !subscription_->watcher().ended(); }

} // namespace zooid
