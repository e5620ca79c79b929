#pragma once

#include <zooid/detail/operation.hpp>
#include <zooid/watch_event.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace zooid {

/// A move-only callable that takes one watch event; callables of up to one pointer are stored in place.
class watch_callback {
public:
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, watch_callback> &&
                 std::invocable<std::remove_cvref_t<F>&, const watch_event&>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): any callable is a callback
    watch_callback(F&& f) {
        using callable = std::remove_cvref_t<F>;
        if constexpr (sizeof(callable) <= sizeof(void*) && alignof(callable) <= alignof(void*) &&
                      std::is_nothrow_move_constructible_v<callable>) {
            new (storage_) callable(std::forward<F>(f));
            actions_ = &inline_actions<callable>;
        } else {
            *reinterpret_cast<callable**>(storage_) = new callable(std::forward<F>(f));
            actions_ = &heap_actions<callable>;
        }
    }
    watch_callback(watch_callback&& other) noexcept : actions_(std::exchange(other.actions_, nullptr)) {
        if (actions_ != nullptr) {
            actions_->move(storage_, other.storage_);
        }
    }
    watch_callback& operator=(watch_callback&&) = delete;
    ~watch_callback() {
        if (actions_ != nullptr) {
            actions_->destroy(storage_);
        }
    }

    /// Calls it; only one that has not been moved from.
    void operator()(const watch_event& event) { actions_->call(storage_, event); }

private:
    struct actions {
        void (*call)(void* self, const watch_event& event);
        void (*move)(void* to, void* from) noexcept;
        void (*destroy)(void* self) noexcept;
    };
    template <class F>
    static constexpr actions inline_actions{
        [](void* self, const watch_event& event) { (*static_cast<F*>(self))(event); },
        [](void* to, void* from) noexcept {
            new (to) F(std::move(*static_cast<F*>(from)));
            static_cast<F*>(from)->~F();
        },
        [](void* self) noexcept { static_cast<F*>(self)->~F(); }};
    template <class F>
    static constexpr actions heap_actions{
        [](void* self, const watch_event& event) { (**static_cast<F**>(self))(event); },
        [](void* to, void* from) noexcept { *static_cast<F**>(to) = *static_cast<F**>(from); },
        [](void* self) noexcept { delete *static_cast<F**>(self); }};

    const actions* actions_;
    alignas(void*) unsigned char storage_[sizeof(void*)]{};
};

namespace detail {
class subscription;
}

/// A subscription to a watch: move-only, awaitable. When the last one on a path is destroyed the server's watch is
/// removed, unless something else on that path still needs it. (A server before 3.5 cannot do that, and hangs up on the
/// first attempt; there is no second.) Events are kept, in order and without bound, until taken. A one-shot watch ends
/// after its event, every watch after `event_type::session`, which tells that the session is gone, and after its removal.
///
/// Thread safety: one thread at a time, except that it may be destroyed anywhere.
class watch {
public:
    /// A subscription to nothing.
    watch() noexcept;
    explicit watch(std::shared_ptr<detail::subscription> subscription) noexcept;
    watch(watch&&) noexcept;
    watch& operator=(watch&&) noexcept;
    ~watch();

    /// Waits for the next event. Handler signature: `void(error_code, watch_event)`.
    /// Errors: `no_watcher` when the watch has ended and every event was taken; `operation_timeout`;
    /// `operation_aborted` when cancelled or when this object is destroyed. One wait at a time.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_next(Token&& token = {}) {
        return detail::finish_with(start_next(std::chrono::milliseconds{0}), std::forward<Token>(token));
    }
    /// The same for at most `timeout`; zero waits as long as it takes.
    template <class Rep, class Period, class Token = asio::deferred_t>
    [[nodiscard]] auto async_next(std::chrono::duration<Rep, Period> timeout, Token&& token = {}) {
        return detail::finish_with(start_next(std::chrono::ceil<std::chrono::milliseconds>(timeout)),
                                   std::forward<Token>(token));
    }
    /// Waits in the calling thread; a zero timeout waits as long as it takes. Throws what `async_next` reports.
    watch_event next(std::chrono::milliseconds timeout = std::chrono::milliseconds{0});
    /// An event that is there already.
    [[nodiscard]] std::optional<watch_event> try_next();

    /// The path it was set on, as the client that set it names it; empty for a subscription to nothing.
    [[nodiscard]] const std::string& path() const noexcept;
    /// What is watched there.
    [[nodiscard]] watch_kind kind() const noexcept;
    /// False once the watch has ended: no event will be added.
    [[nodiscard]] bool active() const noexcept;
    /// False for a subscription to nothing.
    [[nodiscard]] explicit operator bool() const noexcept { return subscription_ != nullptr; }

    /// Ends the subscription as the destructor does.
    void reset() noexcept;

private:
    [[nodiscard]] detail::launched<watch_event> start_next(std::chrono::milliseconds timeout);

    std::shared_ptr<detail::subscription> subscription_;
};

/// One line of the client's watch registry.
struct registered_watch {
    std::string path; ///< as the server knows it
    watch_kind kind = watch_kind::data;
    std::size_t watchers = 0; ///< callbacks and subscriptions that share it
};

/// What `get_and_watch` gives.
struct watched_node {
    std::string data;
    zooid::stat stat;
    zooid::watch watch;
};

/// What `exists_and_watch` gives.
struct watched_stat {
    std::optional<zooid::stat> stat;
    zooid::watch watch;
};

/// What `get_children_and_watch` gives.
struct watched_children {
    std::vector<std::string> names;
    zooid::stat stat;
    zooid::watch watch;
};

/// How far an added watch reaches; the values are the wire's (`AddWatchMode`).
enum class watch_mode : std::int32_t {
    persistent = 0, ///< data and children of the node itself (`watch_kind::persistent`)
    recursive = 1,  ///< the node and all its descendants (`watch_kind::recursive`)
};

/// Which watches `remove_watches` takes away; the values are the wire's (`WatcherType`).
enum class watch_selection : std::int32_t {
    children = 1, ///< the one-shot ones of `get_children`
    data = 2,     ///< the one-shot ones of `get` and `exists`
    any = 3,      ///< all of them, persistent and recursive ones included
};

} // namespace zooid
