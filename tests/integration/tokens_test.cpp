#include "support/recorder.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class tokens_test : public server_test {
protected:
    // Runs a coroutine on a loop of its own and rethrows what it threw.
    static void run(asio::io_context& loop, asio::awaitable<void> work) {
        std::exception_ptr failure;
        bool finished = false;
        asio::co_spawn(loop, std::move(work), [&](std::exception_ptr e) {
            failure = e;
            finished = true;
        });
        loop.run();
        ASSERT_TRUE(finished) << "the loop ran out of work before the coroutine had finished";
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
};
ZOOID_ON_EVERY_VERSION(tokens_test);

TEST_P(tokens_test, callbacks) {
    auto zk = connect();
    std::promise<std::string> created;
    zk.async_create("/a", "x", [&](error_code ec, std::string path) {
        EXPECT_FALSE(ec);
        created.set_value(std::move(path));
    });
    EXPECT_EQ(created.get_future().get(), "/a");

    std::promise<error_code> failed;
    zk.async_get("/none", [&](error_code ec, const node& n) {
        EXPECT_EQ(n.data, "");
        failed.set_value(ec);
    });
    EXPECT_EQ(failed.get_future().get(), errc::no_node);
}

TEST_P(tokens_test, handlers_that_can_only_be_moved) {
    auto zk = connect();
    std::promise<int> done;
    zk.async_exists("/", [&done, owned = std::make_unique<int>(7)](error_code ec, std::optional<stat> s) {
        EXPECT_FALSE(ec);
        EXPECT_TRUE(s.has_value());
        done.set_value(*owned);
    });
    EXPECT_EQ(done.get_future().get(), 7);
}

TEST_P(tokens_test, handlers_that_their_owner_keeps) {
    auto zk = connect();
    const recorder<error_code> outcomes;
    zk.async_ensure_path("/a", outcomes);
    ASSERT_TRUE(outcomes.wait_for(1));
    zk.async_stop(outcomes);
    ASSERT_TRUE(outcomes.wait_for(2));
    zk.async_start(outcomes);
    ASSERT_TRUE(outcomes.wait_for(3));
    EXPECT_EQ(outcomes.all(), (std::vector<error_code>{{}, {}, {}}));
}

TEST_P(tokens_test, futures) {
    auto zk = connect();
    std::future<std::string> created = zk.async_create("/a", "x", asio::use_future);
    EXPECT_EQ(created.get(), "/a");
    std::future<node> read = zk.async_get("/a", asio::use_future);
    EXPECT_EQ(read.get().data, "x");
    std::future<void> synced = zk.async_sync("/a", asio::use_future);
    EXPECT_NO_THROW(synced.get());
}

TEST_P(tokens_test, detached) {
    auto zk = connect();
    zk.async_create("/a", "x", asio::detached);
    EXPECT_EQ(zk.get("/a").data, "x") << "requests are executed in order";
}

TEST_P(tokens_test, deferred_takes_its_place_at_the_call) {
    auto zk = connect();
    zk.create("/a", "0");
    auto first = zk.async_set("/a", "1", asio::deferred);
    EXPECT_EQ(zk.set("/a", "2").version, 2) << "the deferred set was called before";
    std::promise<stat> result;
    std::move(first)([&](error_code ec, const stat& s) {
        EXPECT_FALSE(ec);
        result.set_value(s);
    });
    EXPECT_EQ(result.get_future().get().version, 1);
    EXPECT_EQ(zk.get("/a").data, "2");
}

TEST_P(tokens_test, a_dropped_deferred_is_executed_all_the_same) {
    auto zk = connect();
    zk.create("/a", "0");
    { [[maybe_unused]] auto dropped = zk.async_set("/a", "1"); }
    const auto now = zk.get("/a");
    EXPECT_EQ(now.data, "1");
    EXPECT_EQ(now.stat.version, 1);
}

TEST_P(tokens_test, arguments_need_not_outlive_the_call) {
    auto zk = connect();
    auto path = std::make_unique<std::string>("/short-lived");
    auto data = std::make_unique<std::string>("gone soon");
    auto pending = zk.async_create(*path, *data, asio::deferred);
    path->assign(path->size(), '#');
    data->assign(data->size(), '#');
    path.reset();
    data.reset();
    EXPECT_EQ(std::move(pending)(asio::use_future).get(), "/short-lived");
    EXPECT_EQ(zk.get("/short-lived").data, "gone soon");
}

asio::awaitable<void> use_everything_once(client zk) {
    co_await zk.async_start({.timeout = 60s}, asio::use_awaitable);
    EXPECT_TRUE(zk.connected());
    const std::string path = co_await zk.async_create("/a", "x", {.mode = create_mode::ephemeral}, asio::use_awaitable);
    EXPECT_EQ(path, "/a");
    const auto [data, stat] = co_await zk.async_get("/a", asio::use_awaitable);
    EXPECT_EQ(data, "x");
    // The default token can be awaited as well.
    const auto again = co_await zk.async_set("/a", "y", {.version = stat.version});
    EXPECT_EQ(again.version, 1);
    auto [ec, missing] = co_await zk.async_get("/none", {.timeout = 20s}, asio::as_tuple(asio::use_awaitable));
    EXPECT_EQ(ec, errc::no_node);
    bool thrown = false;
    try {
        co_await zk.async_get("/none", asio::use_awaitable);
    } catch (const boost::system::system_error& e) {
        thrown = e.code() == errc::no_node;
    }
    EXPECT_TRUE(thrown);

    auto watched = co_await zk.async_get_and_watch("/a", asio::use_awaitable);
    EXPECT_EQ(watched.data, "y");
    co_await zk.async_set("/a", "z", asio::use_awaitable);
    const watch_event event = co_await watched.watch.async_next(asio::use_awaitable);
    EXPECT_EQ(event.type, event_type::data_changed);
    EXPECT_EQ(event.path, "/a");

    auto transaction = zk.transaction();
    transaction.set("/a", "t").remove("/a");
    const auto results = co_await transaction.async_commit(asio::use_awaitable);
    EXPECT_EQ(results.size(), 2U);
    co_await zk.async_stop(asio::use_awaitable);
    EXPECT_FALSE(zk.connected());
}

TEST_P(tokens_test, coroutines_on_the_callers_loop) {
    asio::io_context loop;
    run(loop, use_everything_once(client{loop.get_executor(), hosts()}));
}

TEST_P(tokens_test, coroutines_on_another_loop_than_the_clients) {
    asio::io_context loop;
    client zk{hosts()};
    run(loop, use_everything_once(zk));
    zk.close(); // its thread may not have come back from the loop yet
}

TEST_P(tokens_test, stackful_coroutines) {
    asio::io_context loop;
    client zk{loop.get_executor(), hosts()};
    bool finished = false;
    asio::spawn(
        loop,
        [&](asio::yield_context yield) {
            zk.async_start(yield);
            EXPECT_EQ(zk.async_create("/a", "x", yield), "/a");
            EXPECT_EQ(zk.async_get("/a", yield).data, "x");
            error_code ec;
            (void)zk.async_get("/none", yield[ec]);
            EXPECT_EQ(ec, errc::no_node);
            EXPECT_THROW((void)zk.async_get("/none", yield), boost::system::system_error);
            const auto results = zk.transaction().set("/a", "y").async_commit(yield);
            EXPECT_EQ(results.at(0).stat.value().version, 1);
            zk.async_stop(yield);
            finished = true;
        },
        [](std::exception_ptr e) {
            if (e) {
                std::rethrow_exception(e);
            }
        });
    loop.run();
    EXPECT_TRUE(finished);
}

asio::awaitable<void> pipeline(client zk, int count) {
    co_await zk.async_start(asio::use_awaitable);
    co_await zk.async_create("/a", "", asio::use_awaitable);
    using pending_set = decltype(zk.async_set("/a", ""));
    std::vector<pending_set> pending;
    for (int i = 0; i < count; ++i) {
        pending.push_back(zk.async_set("/a", std::to_string(i)));
    }
    for (int i = 0; i < count; ++i) {
        auto one = std::move(pending[static_cast<std::size_t>(i)]);
        const stat s = co_await std::move(one)(asio::use_awaitable);
        EXPECT_EQ(s.version, i + 1);
    }
    co_await zk.async_stop(asio::use_awaitable);
}

TEST_P(tokens_test, deferred_operations_make_a_pipeline_in_a_coroutine) {
    asio::io_context loop;
    run(loop, pipeline(client{loop.get_executor(), hosts()}, 100));
}

} // namespace
} // namespace zooid::test
