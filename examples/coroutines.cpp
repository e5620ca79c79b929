// Coroutines: the client runs on the program's own executor and creates no thread; results are awaited.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> work(zooid::client zk) {
    co_await zk.async_start(); // operations can be awaited as they are

    co_await zk.async_ensure_path("/examples");
    const std::string path = co_await zk.async_create("/examples/coroutines", "hello",
                                                      {.mode = zooid::create_mode::ephemeral}, asio::use_awaitable);
    auto [data, stat] = co_await zk.async_get(path, {.timeout = 5s}, asio::use_awaitable);
    std::cout << path << ": " << data << '\n';

    // as_tuple gives the error as a value instead of throwing it.
    const auto [error, ignored] =
        co_await zk.async_set(path, "hi", {.version = stat.version + 7}, asio::as_tuple(asio::use_awaitable));
    std::cout << "a set with the wrong version: " << error.message() << '\n';

    // Several at once: both requests are in line before the first result is waited for.
    auto first = zk.async_get(path);
    auto second = zk.async_get_children("/examples");
    const zooid::node node = co_await std::move(first);
    const std::vector<std::string> names = co_await std::move(second);
    std::cout << "still " << node.data << ", among " << (names.empty() ? "none" : "some") << '\n';

    co_await zk.async_stop();
}

int main(int argc, char** argv) try {
    asio::io_context io;
    zooid::client zk{io.get_executor(), which_server(argc, argv)};
    std::exception_ptr failure;
    asio::co_spawn(io, work(zk), [&](const std::exception_ptr& problem) { failure = problem; });
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
