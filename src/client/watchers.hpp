#pragma once

#include "session/watcher.hpp"

#include <zooid/detail/operation.hpp>
#include <zooid/watch.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::detail {

class client_core;

/// A watcher that hands its events to user code. What the registry of the session holds are always these.
class client_watcher : public session::watcher {
public:
    using session::watcher::watcher;

    /// Takes one event; called by the driver, without a lock, in order.
    virtual void deliver(client_core& core, watch_event event) noexcept = 0;
};

/// A watcher that calls a function, in the delivery queue.
class callback_watcher final : public client_watcher {
public:
    callback_watcher(std::uint32_t chroot_length, watch_callback callback)
        : client_watcher(chroot_length), callback_(std::move(callback)) {}

    void deliver(client_core& core, watch_event event) noexcept override;
    void call(const watch_event& event) { callback_(event); }

private:
    watch_callback callback_;
};

/// A watcher that keeps its events until they are taken.
class subscription_watcher final : public client_watcher {
public:
    subscription_watcher(std::uint32_t chroot_length, std::string path)
        : client_watcher(chroot_length), path_(std::move(path)) {}

    void deliver(client_core& core, watch_event event) noexcept override;

    [[nodiscard]] std::optional<watch_event> try_take();
    /// The number of a wait that is about to begin.
    [[nodiscard]] std::uint64_t new_wait() noexcept;
    /// Stores the outcome of a wait that is over at once, because there is an event or can be none; else false.
    [[nodiscard]] bool settle(operation<watch_event>& op);
    /// Parks `op` until there is an event, unless it can be settled: then false.
    [[nodiscard]] bool park(operation<watch_event>& op, std::uint64_t wait);
    /// Takes the parked operation back, if there is one.
    [[nodiscard]] operation<watch_event>* unpark() noexcept;
    /// Takes that of this wait back; null if it is not parked any more. (Its address would not name it: that of the next may
    /// be the same.)
    [[nodiscard]] operation<watch_event>* unpark(std::uint64_t wait) noexcept;

    [[nodiscard]] bool ended() const;
    /// Nobody listens any more: no event will be added.
    void end() noexcept;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] watch_kind subscribed_kind() const noexcept { return kind_; }
    void set_subscribed_kind(watch_kind kind) noexcept { kind_ = kind; }

private:
    bool settle_locked(operation<watch_event>& op);

    mutable std::mutex mutex_;
    std::deque<watch_event> events_;
    operation<watch_event>* parked_ = nullptr;
    std::uint64_t parked_wait_ = 0;
    std::uint64_t last_wait_ = 0;
    bool ended_ = false;
    watch_kind kind_ = watch_kind::data;
    const std::string path_;
};

/// What a `zooid::watch` holds: ends the watch when it goes. Does not keep the client open.
class subscription {
public:
    subscription(std::weak_ptr<client_core> core, boost::intrusive_ptr<subscription_watcher> watcher) noexcept
        : core_(std::move(core)), watcher_(std::move(watcher)) {}
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;
    ~subscription();

    [[nodiscard]] std::shared_ptr<client_core> core() const noexcept { return core_.lock(); }
    [[nodiscard]] subscription_watcher& watcher() const noexcept { return *watcher_; }

private:
    std::weak_ptr<client_core> core_;
    boost::intrusive_ptr<subscription_watcher> watcher_;
};

} // namespace zooid::detail
