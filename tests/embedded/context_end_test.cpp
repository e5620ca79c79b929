#include "embedded/embedded_test.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstddef>
#include <optional>
#include <thread>

// A connected client on an execution context that is destroyed while somebody elsewhere waits for it.

namespace zooid::test {
namespace {

TEST(context_end, is_told_to_threads_that_block_although_a_watch_callback_would_come_first) {
    embedded_server server;
    asio::io_context elsewhere;
    std::optional<asio::io_context> context{std::in_place};
    client zk{context->get_executor(), server.address()};
    auto work = asio::make_work_guard(*context);
    std::thread runner([&context] { context->run(); });
    zk.start({.timeout = 60s});
    EXPECT_TRUE(zk.exists("/", [](const watch_event&) {})); // its session's end would be told here
    ASSERT_TRUE(server.freeze(zk.client_id().id));
    const auto sent = zk.metrics().bytes_sent;
    auto asked = std::async(std::launch::async, [&zk] { zk.get("/"); });
    auto future = zk.async_get("/", asio::use_future);
    std::optional<error_code> told;
    zk.async_get("/",
                 asio::bind_executor(elsewhere.get_executor(), [&told](error_code ec, const node&) { told = ec; }));
    constexpr std::size_t request = 18; // bytes: length, xid, opcode, the length of "/" and itself, no watch
    EXPECT_TRUE(eventually([&zk, sent] { return zk.metrics().bytes_sent >= sent + 3 * request; }));
    context->stop();
    runner.join();
    work.reset();
    context.reset();
    EXPECT_EQ(code_of(asked), errc::connection_loss);
    EXPECT_EQ(code_of(future), errc::connection_loss);
    elsewhere.run();
    EXPECT_EQ(told, error_code{errc::connection_loss});
}

} // namespace
} // namespace zooid::test
