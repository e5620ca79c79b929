#include "integration/every_operation_test.hpp"

#include "integration/outcome.hpp"
#include "support/eventually.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

ZOOID_ON_EVERY_VERSION(every_operation_test);

/// The outcome of an operation that `start` begins with the callback it is given, which can only be moved.
template <class Start>
std::string called_back(Start&& start) {
    const auto told = std::make_shared<std::promise<std::string>>(); // may come late
    start([told, owned = std::make_unique<int>(1)](error_code ec, const auto&... result) {
        told->set_value(outcome(ec, result...)); // which throws the second time
    });
    auto text = told->get_future();
    return text.wait_for(scaled(60s)) == std::future_status::ready ? text.get() : "no end";
}

template <class T>
std::string fulfilled(std::future<T> result) {
    if (result.wait_for(scaled(60s)) != std::future_status::ready) {
        return "no end";
    }
    try {
        if constexpr (std::is_void_v<T>) {
            result.get();
            return outcome({});
        } else {
            return outcome({}, result.get());
        }
    } catch (const boost::system::system_error& e) {
        return outcome(e.code());
    }
}

TEST_P(every_operation_test, calls_its_callback) {
    client zk(hosts_of_tried());
    expect_same_as_blocking(
        outcomes_of(zk, [](auto& start) { return called_back([&](auto&& handler) { start(std::move(handler)); }); }));
}

TEST_P(every_operation_test, fulfils_its_future) {
    client zk(hosts_of_tried());
    expect_same_as_blocking(outcomes_of(zk, [](auto& start) { return fulfilled(start(asio::use_future)); }));
}

TEST_P(every_operation_test, may_be_deferred) {
    client zk(hosts_of_tried());
    expect_same_as_blocking(outcomes_of(zk, [](auto& start) {
        auto operation = start(asio::deferred);
        return called_back([&](auto&& handler) { std::move(operation)(std::move(handler)); });
    }));
}

TEST_P(every_operation_test, calls_every_callback_once_when_all_are_under_way) {
    auto zk = connect();
    const auto called = std::make_shared<std::atomic<int>>(0);
    int count = 0;
    start_every_operation(zk, server_age::since_3_7, [&](const std::string&, auto&& start) {
        ++count;
        start([called, owned = std::make_unique<int>(1)](error_code, auto&&...) { *called += *owned; });
    });
    EXPECT_TRUE(eventually([&] { return *called >= count; }));
    zk.close();
    EXPECT_EQ(*called, count);
}

/// Between the stop and the start of a restart it can be started.
bool is_closed_for_good(client& zk) {
    return zk.detailed_state() == keeper_state::closed &&
           error_of([&] { zk.start({.timeout = scaled(20s)}); }) == errc::closed;
}

TEST_P(every_operation_test, may_be_detached) {
    auto zk = connect();
    start_every_operation(zk, server_age::since_3_7, [](const std::string&, auto&& start) { start(asio::detached); });
    EXPECT_TRUE(eventually([&] { return is_closed_for_good(zk); })) << "the last ones were to close";
    EXPECT_TRUE(admin().exists(root()));
}

TEST_P(every_operation_test, may_be_deferred_and_dropped) {
    auto zk = connect();
    start_every_operation(zk, server_age::since_3_7, [](const std::string&, auto&& start) {
        [[maybe_unused]] auto dropped = start(asio::deferred);
    });
    EXPECT_TRUE(eventually([&] { return is_closed_for_good(zk); })) << "the last ones were to close";
    EXPECT_TRUE(admin().exists(root()));
}

} // namespace
} // namespace zooid::test
