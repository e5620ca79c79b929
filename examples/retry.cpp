// Trying again: a read that survives lost connections, and a counter that is safe to retry because it checks versions.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <iostream>

using namespace std::chrono_literals;

namespace {

/// Adds one, whoever else does so at the same time, and never twice.
int increment(zooid::client& zk, const std::string& path) {
    for (;;) {
        const auto [data, stat] = zk.get(path);
        const int next = std::stoi(data) + 1;
        try {
            zk.set(path, std::to_string(next), {.version = stat.version});
            return next;
        } catch (const zooid::bad_version_error&) {
            continue; // somebody else was faster: count again
        }
    }
}

} // namespace

int main(int argc, char** argv) try {
    zooid::client zk{which_server(argc, argv)};
    zk.start();

    // The default policy lasts through a server's restart. Errors that trying again cannot cure are thrown at once.
    zk.retry([&] { zk.upsert("/examples/retry", "41"); });
    const auto node = zk.retry([&] { return zk.get("/examples/retry"); });
    std::cout << "read " << node.data << '\n';

    // A policy of one's own: three retries within five seconds, and only where nothing can have been changed yet.
    const zooid::retry_policy careful{.max_tries = 3, .deadline = 5s, .retry_unknown = false};
    const int count = zk.retry(careful, [&](const zooid::attempt& attempt) {
        std::cout << "attempt " << attempt.number << '\n';
        return increment(zk, "/examples/retry");
    });
    std::cout << "counted to " << count << '\n';

    zk.remove("/examples/retry");
    return count == 42 ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
