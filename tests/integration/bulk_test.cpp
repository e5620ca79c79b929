#include "support/eventually.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool instrumented = true;
#elif defined(__has_feature)
constexpr bool instrumented = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool instrumented = false;
#endif

class bulk_test : public server_test {
protected:
    // Creates "<prefix>0" … and waits; all in the pipeline at once.
    static void create_many(client& zk, const std::string& prefix, int count) {
        const auto failures = std::make_shared<std::atomic<int>>(0);
        for (int i = 0; i < count; ++i) {
            zk.async_create(prefix + std::to_string(i), "",
                            [failures](error_code ec, const std::string&) { *failures += ec ? 1 : 0; });
        }
        zk.sync("/");
        ASSERT_EQ(*failures, 0);
    }
};
ZOOID_ON_EVERY_VERSION(bulk_test);

TEST_P(bulk_test, ten_thousand_nodes_are_removed_in_a_pipeline) {
    constexpr int groups = 10;
    constexpr int each = 1000;
    auto builder = connect();
    builder.create("/tree");
    create_many(builder, "/tree/group-", groups);
    for (int g = 0; g < groups; ++g) {
        create_many(builder, "/tree/group-" + std::to_string(g) + "/node-", each - 1);
    }

    // A link that stands still now and then shows how much is asked for before an answer is needed.
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    const auto before = zk.metrics();
    std::size_t deepest = 0;
    auto removed = zk.async_remove("/tree", {.recursive = true}, asio::use_future);
    while (removed.wait_for(0ms) != std::future_status::ready) {
        link.freeze();
        deepest = std::max(deepest, zk.metrics().queue_depth);
        link.restore();
        yield_briefly();
    }
    EXPECT_NO_THROW(removed.get());
    EXPECT_FALSE(zk.exists("/tree"));
    const auto after = zk.metrics();
    const auto requests = after.requests - before.requests;
    EXPECT_GT(deepest, 20U) << "so many requests were under way at once, at most";
    EXPECT_LE(requests, 2U * (groups * each + 1U) + 10U) << "a listing and a removal for each node at most";
}

TEST_P(bulk_test, nodes_that_vanish_during_a_recursive_removal_do_no_harm) {
    auto zk = connect();
    auto other = connect();
    zk.create("/tree");
    create_many(zk, "/tree/node-", 2000);
    auto one = zk.async_remove("/tree", {.recursive = true}, asio::use_future);
    auto two = other.async_remove("/tree", {.recursive = true, .quiet = true}, asio::use_future);
    EXPECT_NO_THROW(two.get());
    try {
        one.get();
    } catch (const boost::system::system_error& e) {
        EXPECT_EQ(e.code(), errc::no_node) << "the other may have removed the top";
    }
    EXPECT_FALSE(zk.exists("/tree"));
}

TEST_P(bulk_test, a_guaranteed_removal_is_made_good_after_a_failure) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    auto observer = connect();
    zk.create("/a");
    link.freeze();
    const auto before = zk.metrics().bytes_sent;
    auto removed = zk.async_remove("/a", {.guaranteed = true}, asio::use_future);
    ASSERT_TRUE(eventually([&] { return zk.metrics().bytes_sent > before; }));
    link.cut();
    try {
        removed.get();
        ADD_FAILURE() << "the frozen link can't have carried it";
    } catch (const boost::system::system_error& e) {
        EXPECT_EQ(e.code(), errc::connection_loss) << "the call reports what it knows";
    }
    EXPECT_TRUE(observer.exists("/a"));
    link.restore();
    EXPECT_TRUE(eventually([&] { return !observer.exists("/a"); }));
}

TEST_P(bulk_test, thousands_of_requests_wait_for_the_connection_in_order) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    zk.create("/a", "");
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    constexpr int count = 5000;
    const auto order = std::make_shared<std::vector<int>>();
    std::promise<void> all_delivered;
    for (int i = 0; i < count; ++i) {
        zk.async_set("/a", std::to_string(i), [order, &all_delivered](error_code ec, const stat& s) {
            EXPECT_FALSE(ec) << ec.message();
            order->push_back(s.version);
            if (order->size() == static_cast<std::size_t>(count)) {
                all_delivered.set_value();
            }
        });
    }
    EXPECT_GE(zk.metrics().queue_depth, static_cast<std::size_t>(count));
    link.restore();
    ASSERT_EQ(all_delivered.get_future().wait_for(60s), std::future_status::ready);
    ASSERT_EQ(order->size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        ASSERT_EQ((*order)[static_cast<std::size_t>(i)], i + 1);
    }
    EXPECT_EQ(zk.get("/a").data, std::to_string(count - 1));
}

TEST_P(bulk_test, hundreds_of_thousands_of_watches_survive_a_reconnection) {
    if (GetParam() != "3.8.0" && GetParam() != embedded) {
        GTEST_SKIP() << "one version shows it";
    }
    const int count = instrumented ? 20'000 : 200'000;
    relay link(server().port());
    client_options options;
    options.session_timeout = 30s;
    client zk{link.address() + root(), options};
    zk.start({.timeout = 60s});
    auto other = connect();
    const auto fired = std::make_shared<std::atomic<int>>(0);
    const auto failures = std::make_shared<std::atomic<int>>(0);
    // Watches on missing nodes: as many as wanted, without creating anything.
    for (int i = 0; i < count; ++i) {
        zk.async_exists(
            "/node-" + std::to_string(i), [fired](const watch_event&) { ++*fired; },
            [failures](error_code ec, const std::optional<stat>&) { *failures += ec ? 1 : 0; });
    }
    zk.sync("/");
    ASSERT_EQ(*failures, 0);
    ASSERT_EQ(zk.watches().size(), static_cast<std::size_t>(count));
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    other.create("/node-7");
    other.create("/node-" + std::to_string(count - 1));
    link.restore();
    zk.sync("/");
    EXPECT_EQ(zk.metrics().reconnects, 1U);
    EXPECT_EQ(*fired, 2) << "what happened meanwhile";
    EXPECT_EQ(zk.watches().size(), static_cast<std::size_t>(count) - 2);
    EXPECT_EQ(server().watch_count(), count - 2);
    other.create("/node-100");
    EXPECT_TRUE(eventually([&] { return *fired == 3; }));
}

TEST_P(bulk_test, long_running_load_from_several_threads) {
    auto zk = connect();
    zk.create("/counter", "0");
    std::vector<std::thread> threads;
    std::atomic<int> wins{0};
    constexpr int per_thread = 50;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < per_thread;) {
                const auto [data, stat] = zk.get("/counter");
                try {
                    zk.set("/counter", std::to_string(std::stoi(data) + 1), {.version = stat.version});
                    ++i;
                    ++wins;
                } catch (const bad_version_error&) {
                    continue; // somebody else was quicker
                }
            }
        });
    }
    for (auto& t : threads) {
        t.join();
    }
    EXPECT_EQ(wins, 4 * per_thread);
    EXPECT_EQ(zk.get("/counter").data, std::to_string(4 * per_thread));
}

} // namespace
} // namespace zooid::test
