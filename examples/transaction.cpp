// Transactions: several changes that happen all together or not at all, here a transfer between two accounts.

#include "which_server.hpp"

#include <zooid/zooid.hpp>

#include <iostream>

namespace {

void transfer(zooid::client& zk, int amount) {
    const auto from = zk.get("/examples/transaction/anna");
    const auto to = zk.get("/examples/transaction/berta");
    // The versions make sure that nobody has moved money since it was counted.
    zk.transaction()
        .set("/examples/transaction/anna", std::to_string(std::stoi(from.data) - amount), from.stat.version)
        .set("/examples/transaction/berta", std::to_string(std::stoi(to.data) + amount), to.stat.version)
        .commit();
}

std::string balances(zooid::client& zk) {
    return "anna " + zk.get("/examples/transaction/anna").data + ", berta " +
           zk.get("/examples/transaction/berta").data;
}

} // namespace

int main(int argc, char** argv) try {
    zooid::client zk{which_server(argc, argv)};
    zk.start();
    zk.create("/examples/transaction/anna", "100", {.make_path = true});
    zk.create("/examples/transaction/berta", "0");

    transfer(zk, 30);
    std::cout << balances(zk) << '\n';

    // One part fails, so nothing happens.
    try {
        zk.transaction()
            .set("/examples/transaction/anna", "0")
            .check("/examples/transaction/berta", 99)
            .remove("/examples/transaction/berta")
            .commit();
    } catch (const zooid::bad_version_error& problem) {
        std::cout << "refused: " << problem.what() << '\n';
    }
    std::cout << balances(zk) << '\n';

    zk.remove("/examples/transaction", {.recursive = true});
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
