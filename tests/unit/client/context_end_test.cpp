#include <zooid/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp> // nondeterminism: a test of what may be given to a client
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <utility>

// A client on an execution context that is destroyed while something waits for it: nothing is left over, also where what
// waits owns the client.

namespace zooid {
namespace {

using asio::use_awaitable;

class client_whose_context_ends : public ::testing::Test {
protected:
    client make() {
        client_options how;
        how.log = [held = mark](log_level, std::string_view) {};
        return client{context->get_executor(), "127.0.0.1:1", how}; // nobody listens there
    }
    /// Has a coroutine that owns the client wait for `begin(client)`.
    template <class Begin>
    void wait_for(Begin begin) {
        const auto wait = [](client zk, Begin what) -> asio::awaitable<void> {
            co_await what(zk);
            ADD_FAILURE() << "there is nothing to come back with";
        };
        asio::co_spawn(*context, wait(make(), std::move(begin)), asio::detached);
    }
    void run() {
        context->poll();
        EXPECT_GT(mark.use_count(), 1) << "nothing waits";
    }
    void end() {
        context.reset();
        EXPECT_EQ(mark.use_count(), 1) << "something still holds what belongs to the client";
    }

    std::shared_ptr<int> mark = std::make_shared<int>(0);
    std::optional<asio::io_context> context{std::in_place};
};

TEST_F(client_whose_context_ends, lets_go_of_who_waits_for_a_request) {
    wait_for([](client& zk) {
        zk.async_start([](error_code) {});
        return zk.async_get("/a", use_awaitable);
    });
    run();
    end();
}

TEST_F(client_whose_context_ends, lets_go_of_who_waits_for_the_connection) {
    wait_for([](client& zk) { return zk.async_start(use_awaitable); });
    run();
    end();
}

TEST_F(client_whose_context_ends, lets_go_of_who_waits_for_several_requests) {
    wait_for([](client& zk) {
        zk.async_start([](error_code) {});
        return zk.async_ensure_path("/a/b/c", use_awaitable);
    });
    run();
    end();
}

TEST_F(client_whose_context_ends, lets_go_of_who_waits_for_what_has_not_begun) {
    client zk = make();
    zk.async_start([zk](error_code) { ADD_FAILURE(); });
    zk.async_ensure_path("/a/b", [zk](error_code, auto&&...) { ADD_FAILURE(); });
    zk.async_stop([zk](error_code) { ADD_FAILURE(); });
    { const client gone = std::move(zk); }
    end();
}

TEST_F(client_whose_context_ends, drops_callbacks_that_own_it) {
    {
        client zk = make();
        zk.async_start([zk](error_code) { ADD_FAILURE(); });
        zk.async_get("/a", [zk](error_code, const node&) { ADD_FAILURE(); });
        zk.async_get("no path", [zk](error_code, const node&) { ADD_FAILURE(); });
    }
    end();
}

TEST_F(client_whose_context_ends, tells_who_waits_elsewhere) {
    asio::io_context elsewhere;
    std::optional<error_code> told;
    auto zk = std::make_optional(make());
    zk->async_start([](error_code) {});
    zk->async_get("/a", asio::bind_executor(elsewhere.get_executor(), [&](error_code ec, const node&) { told = ec; }));
    std::future<node> waiting = zk->async_get("/b", asio::use_future);
    run();
    zk.reset();
    end();
    elsewhere.run();
    EXPECT_EQ(told, errc::closed);
    EXPECT_THROW(waiting.get(), boost::system::system_error);
}

TEST_F(client_whose_context_ends, may_outlive_it) {
    client zk = make();
    zk.async_start([](error_code) {});
    run();
    context.reset();
    EXPECT_EQ(zk.state(), session_state::lost);
    EXPECT_THROW(zk.async_get("/a", asio::use_future).get(), boost::system::system_error);
}

TEST_F(client_whose_context_ends, may_be_on_a_pool) {
    {
        asio::thread_pool pool(1);
        client_options how;
        how.log = [held = mark](log_level, std::string_view) {};
        std::promise<void> begun;
        const auto wait = [](client zk, std::promise<void>& waits) -> asio::awaitable<void> {
            zk.async_start([](error_code) {});
            auto pending = zk.async_get("/a", use_awaitable);
            waits.set_value();
            co_await std::move(pending);
        };
        asio::co_spawn(pool, wait(client{pool.get_executor(), "127.0.0.1:1", how}, begun), asio::detached);
        begun.get_future().get();
        pool.stop();
        pool.join();
    }
    EXPECT_EQ(mark.use_count(), 1);
}

} // namespace
} // namespace zooid
