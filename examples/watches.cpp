// Watches: being told once by a callback, waiting for one change, and following a whole subtree.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <future>
#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
    zooid::client zk{which_server(argc, argv)};
    zk.start();
    zk.create("/examples/watches", "red", {.make_path = true});

    // A callback, called once: with the change, or with event_type::session if the session ends first.
    std::promise<zooid::watch_event> told;
    zk.get("/examples/watches", [&told](const zooid::watch_event& event) { told.set_value(event); });
    zk.set("/examples/watches", "green");
    std::cout << "callback: " << to_string(told.get_future().get().type) << '\n';

    // The same as an object: the watch ends with it.
    {
        auto [data, stat, change] = zk.get_and_watch("/examples/watches");
        zk.set("/examples/watches", "blue");
        std::cout << "was " << data << ", then " << to_string(change.next(10s).type) << '\n';
    }

    // A subtree, until the object is destroyed (servers since 3.6). Events are kept until they are taken.
    auto below = zk.add_watch("/examples/watches", zooid::watch_mode::recursive);
    zk.create("/examples/watches/a");
    zk.create("/examples/watches/a/b");
    zk.remove("/examples/watches/a", {.recursive = true});
    for (int i = 0; i < 4; ++i) {
        const zooid::watch_event event = below.next(10s);
        std::cout << to_string(event.type) << ' ' << event.path << '\n';
    }
    zk.remove("/examples/watches");
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
