// Futures: requests are sent first and waited for later; `get` returns the result or throws the error.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <boost/asio/use_future.hpp>

#include <future>
#include <iostream>
#include <vector>

int main(int argc, char** argv) try {
    const auto& as_future = boost::asio::use_future;
    zooid::client zk{which_server(argc, argv)};
    zk.async_start(as_future).get();
    zk.ensure_path("/examples/futures");

    std::vector<std::future<std::string>> paths;
    for (int i = 0; i < 5; ++i) {
        const zooid::create_options numbered{.mode = zooid::create_mode::ephemeral_sequential};
        paths.push_back(zk.async_create("/examples/futures/item-", std::to_string(i), numbered, as_future));
    }
    auto children = zk.async_get_children("/examples/futures", as_future); // behind the creations in line

    for (auto& path : paths) {
        std::cout << "created " << path.get() << '\n';
    }
    std::cout << "children: " << children.get().size() << '\n';

    auto missing = zk.async_get("/examples/futures/missing", as_future);
    try {
        missing.get();
    } catch (const boost::system::system_error& problem) {
        std::cout << "as expected: " << problem.code().message() << '\n';
    }
    zk.remove("/examples/futures", {.recursive = true});
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
