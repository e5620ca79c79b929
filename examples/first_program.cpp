// The shortest useful program: connect, create a node, read it, change it only if nobody else did, delete it.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <iostream>

int main(int argc, char** argv) try {
    zooid::client zk{which_server(argc, argv)};
    zk.start(); // waits until connected, or throws

    zk.create("/examples/first_program", "hello", {.make_path = true});
    const auto [data, stat] = zk.get("/examples/first_program");
    std::cout << data << ", version " << stat.version << '\n';

    zk.set("/examples/first_program", "hi", {.version = stat.version});
    try {
        zk.set("/examples/first_program", "good day", {.version = stat.version});
    } catch (const zooid::bad_version_error&) {
        std::cout << "the node has changed since it was read\n";
    }

    zk.remove("/examples/first_program");
    std::cout << (zk.exists("/examples/first_program") ? "still there\n" : "gone\n");
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
