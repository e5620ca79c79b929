#pragma once

#include <zooid/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <type_traits>
#include <utility>

namespace zooid {

namespace detail {

template <class Awaitable, bool TakesAttempt, class F>
Awaitable retry_loop(client zk, retry_policy policy, F f, effect if_lost) {
    const steady_time began = zk.retry_clock();
    retry_state state(policy);
    for (;;) {
        std::optional<std::chrono::milliseconds> delay;
        try {
            if constexpr (TakesAttempt) {
                co_return co_await f(state.current());
            } else {
                co_return co_await f();
            }
        } catch (const boost::system::system_error& failure) {
            // A completion token throws the bare code, which does not say whether a write may have happened all the same.
            const auto* const told = dynamic_cast<const error*>(&failure);
            const effect possible = told != nullptr           ? told->possible_effect()
                                    : if_lost == effect::none ? effect::none
                                                              : possible_effect(failure.code(), opcode::multi);
            delay = state.next_delay(failure.code(), possible, zk.retry_clock() - began, zk.retry_random());
            if (!delay) {
                throw;
            }
        }
        // Not in the handler, where a coroutine cannot be suspended.
        co_await zk.async_retry_wait(*delay, policy.interrupt, asio::use_awaitable);
    }
}

} // namespace detail

/// `client::retry` for coroutines: awaits `f()` or `f(attempt)` until it succeeds, by the rules of `policy`; gives what it
/// gave. `f` returns an awaitable that throws on failure (`use_awaitable` without `as_tuple`); it is kept by value, and
/// should be a named variable at the place of the call (GCC 12 destroys temporaries with captures twice there).
/// Errors: the last failure; `interrupted` through the policy's stop token while waiting; `closed` when the client is closed.
/// A failed completion token does not tell whether the operation was a read; `if_lost` does: `effect::none` says that
/// `f` changes nothing, or nothing that matters if it happens twice. Otherwise a lost reply ends the attempts where the
/// policy has `retry_unknown` off. Creates no thread and blocks nobody.
///
///     auto read = [&zk] { return zk.async_get("/a", asio::use_awaitable); };
///     zooid::node n = co_await zooid::async_retry(zk, zooid::client::default_retry(), read, zooid::effect::none);
template <class F>
[[nodiscard]] auto async_retry(client zk, retry_policy policy, F f, effect if_lost = effect::unknown) {
    if constexpr (std::is_invocable_v<F&, const attempt&>) {
        return detail::retry_loop<std::invoke_result_t<F&, const attempt&>, true>(std::move(zk), std::move(policy),
                                                                                  std::move(f), if_lost);
    } else {
        return detail::retry_loop<std::invoke_result_t<F&>, false>(std::move(zk), std::move(policy), std::move(f),
                                                                   if_lost);
    }
}

} // namespace zooid
