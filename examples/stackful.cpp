// Stackful coroutines: `yield` suspends an ordinary function, however deep its calls, until the result is there.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;

// No special return type is needed to wait in here.
std::string read_or(zooid::client& zk, const std::string& path, const std::string& otherwise,
                    asio::yield_context yield) {
    zooid::error_code ec;
    const zooid::node node = zk.async_get(path, yield[ec]); // errors land in ec; without it they are thrown
    return ec == zooid::errc::no_node ? otherwise : node.data;
}

void work(zooid::client& zk, asio::yield_context yield) {
    zk.async_start(yield);
    std::cout << "before: " << read_or(zk, "/examples/stackful", "nothing", yield) << '\n';
    const zooid::stat made = zk.async_upsert("/examples/stackful", "something", yield); // creates it, or sets it
    std::cout << "after: " << read_or(zk, "/examples/stackful", "nothing", yield) << ", " << made.data_length
              << " bytes\n";
    zk.async_remove("/examples/stackful", yield);
    zk.async_stop(yield);
}

int main(int argc, char** argv) try {
    asio::io_context io;
    zooid::client zk{io.get_executor(), which_server(argc, argv)};
    std::exception_ptr failure;
    asio::spawn(
        io, [&](asio::yield_context yield) { work(zk, yield); },
        [&](const std::exception_ptr& problem) { failure = problem; });
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
