// Callbacks: many requests on their way at once, each with a function that takes its result.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <future>
#include <iostream>

int main(int argc, char** argv) try {
    zooid::client zk{which_server(argc, argv)};
    zk.start();

    // A request takes its place in line when its function is called, so none of these waits for the one before, and
    // yet the server executes them in this order. The callbacks run in order too, one at a time, on a thread of the
    // client's.
    std::promise<int> all_done;
    zk.ensure_path("/examples");
    zk.async_create("/examples/callbacks", "0", [](zooid::error_code ec, const std::string& path) {
        std::cout << (ec ? ec.message() : "created " + path) << '\n';
    });
    for (int i = 1; i <= 3; ++i) {
        zk.async_set("/examples/callbacks", std::to_string(i), [i](zooid::error_code ec, const zooid::stat& stat) {
            std::cout << "set to " << i << ": " << (ec ? ec.message() : "version " + std::to_string(stat.version))
                      << '\n';
        });
    }
    zk.async_get("/examples/callbacks", [&all_done](zooid::error_code ec, const zooid::node& node) {
        std::cout << "read: " << (ec ? ec.message() : node.data) << '\n';
        all_done.set_value(node.data == "3" ? 0 : 1);
    });

    const int result = all_done.get_future().get();
    zk.remove("/examples/callbacks");
    return result;
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
