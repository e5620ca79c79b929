#include "integration/every_operation.hpp"

#include "support/eventually.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <typeinfo>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class every_operation_test : public server_test {};
ZOOID_ON_EVERY_VERSION(every_operation_test);

TEST_P(every_operation_test, calls_its_callback_once) {
    auto zk = connect();
    const auto called = std::make_shared<std::atomic<std::size_t>>(0);
    const auto make = [called] {
        return [called, owned = std::make_unique<int>(1)](error_code, auto&&...) {
            *called += static_cast<unsigned>(*owned);
        };
    };
    const auto count = start_every_operation(zk, make, [](auto& start) { start(); });
    EXPECT_TRUE(eventually([&] { return *called >= count; }));
    zk.close();
    EXPECT_EQ(*called, count);
}

TEST_P(every_operation_test, fulfils_its_future) {
    auto zk = connect();
    std::vector<std::function<bool()>> ready;
    start_every_operation(
        zk, [] { return asio::use_future; },
        [&](auto& start) {
            auto future = std::make_shared<decltype(start())>(start());
            ready.emplace_back([future] { return future->wait_for(scaled(20s)) == std::future_status::ready; });
        });
    for (std::size_t i = 0; i < ready.size(); ++i) {
        EXPECT_TRUE(ready[i]()) << "operation number " << i;
    }
}

TEST_P(every_operation_test, may_be_detached) {
    auto zk = connect();
    start_every_operation(
        zk, [] { return asio::detached; }, [](auto& start) { start(); });
    EXPECT_TRUE(eventually([&] { return zk.metrics().queue_depth == 0; }));
    EXPECT_TRUE(admin().exists(root()));
}

TEST_P(every_operation_test, may_be_deferred_and_dropped) {
    auto zk = connect();
    start_every_operation(
        zk, [] { return asio::deferred; }, [](auto& start) { [[maybe_unused]] auto dropped = start(); });
    EXPECT_TRUE(eventually([&] { return zk.metrics().queue_depth == 0; }));
    EXPECT_NO_THROW(zk.retry([&] { zk.sync("/"); })); // servers hang up over what they do not know
}

// That these compile is the test; what they do is seen with representative operations in tokens_test.cpp.
TEST_P(every_operation_test, takes_the_coroutine_tokens) {
    auto zk = connect();
    const auto type_only = [](auto& start) { [[maybe_unused]] const std::type_info& made = typeid(decltype(start())); };
    const auto tuples = start_every_operation(
        zk, [] { return asio::as_tuple(asio::use_awaitable); }, type_only);
    const auto plain = start_every_operation(
        zk, [] { return asio::use_awaitable; }, type_only);
    const asio::yield_context* const nobody = nullptr; // never asked: nothing is started
    const auto stackful = start_every_operation(
        zk, [nobody]() -> asio::yield_context { return *nobody; }, type_only);
    EXPECT_EQ(tuples, plain);
    EXPECT_EQ(tuples, stackful);
}

} // namespace
} // namespace zooid::test
