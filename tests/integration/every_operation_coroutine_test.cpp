#include "integration/every_operation_test.hpp"
#include "integration/outcome.hpp"
#include "support/eventually.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

/// The client runs on the test's own loop, as do its coroutines.
class every_operation_coroutine_test : public every_operation_test {
protected:
    /// Runs the loop until the work is done.
    std::string run(asio::awaitable<std::string> work) {
        std::string outcome = "no end";
        bool done = false;
        asio::co_spawn(loop_, std::move(work), [&](const std::exception_ptr& e, const std::string& text) {
            outcome = e ? "threw" : text;
            done = true;
        });
        run_until(done);
        return outcome;
    }
    void run_until(const bool& done) {
        const auto limit = std::chrono::steady_clock::now() + scaled(60s);
        loop_.restart();
        while (!done && std::chrono::steady_clock::now() < limit) {
            loop_.run_one_for(scaled(1s));
        }
        ASSERT_TRUE(done);
    }

    asio::io_context loop_;
};
ZOOID_ON_EVERY_VERSION(every_operation_coroutine_test);

template <class Start>
asio::awaitable<std::string> awaited(Start& start) {
    error_code failed;
    try {
        if constexpr (std::is_same_v<decltype(start(asio::use_awaitable)), asio::awaitable<void>>) {
            co_await start(asio::use_awaitable);
            co_return outcome({});
        } else {
            const auto result = co_await start(asio::use_awaitable);
            co_return outcome({}, result);
        }
    } catch (const boost::system::system_error& e) {
        failed = e.code();
    }
    co_return outcome(failed);
}

template <class Start>
asio::awaitable<std::string> awaited_as_tuple(Start& start) {
    const auto result = co_await start(asio::as_tuple(asio::use_awaitable));
    co_return std::apply([](error_code ec, const auto&... values) { return outcome(ec, values...); }, result);
}

template <class Start>
std::string yielded(Start& start, const asio::yield_context& yield) {
    error_code ec;
    if constexpr (std::is_void_v<decltype(start(yield))>) {
        start(yield[ec]);
        return outcome(ec);
    } else {
        const auto result = start(yield[ec]);
        return outcome(ec, result);
    }
}

TEST_P(every_operation_coroutine_test, can_be_awaited) {
    client zk(loop_.get_executor(), hosts_of_tried());
    expect_same_as_blocking(outcomes_of(zk, [&](auto& start) { return run(awaited(start)); }));
}

TEST_P(every_operation_coroutine_test, can_be_awaited_without_exceptions) {
    client zk(loop_.get_executor(), hosts_of_tried());
    expect_same_as_blocking(outcomes_of(zk, [&](auto& start) { return run(awaited_as_tuple(start)); }));
}

TEST_P(every_operation_coroutine_test, stackful_coroutines_can_wait_for_it) {
    client zk(loop_.get_executor(), hosts_of_tried());
    std::vector<std::string> outcomes;
    bool done = false;
    asio::spawn(
        loop_,
        [&](const asio::yield_context& yield) {
            outcomes = outcomes_of(zk, [&](auto& start) { return yielded(start, yield); });
        },
        [&](const std::exception_ptr& e) {
            EXPECT_FALSE(e);
            done = true;
        });
    run_until(done);
    expect_same_as_blocking(outcomes);
}

} // namespace
} // namespace zooid::test
