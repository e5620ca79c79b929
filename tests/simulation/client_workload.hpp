#pragma once

#include "simulation/client_world.hpp"

#include <boost/asio/awaitable.hpp>

#include <random>
#include <string>
#include <vector>

namespace zooid::testing {

/// The nodes that the mirrors of a random run follow.
[[nodiscard]] const std::vector<std::string>& followed_nodes();

/// Programs that keep a client busy and check what they are told. Each ends after `wind_up`, or when its client is
/// closed. Outlives the client's work.
class client_workload {
public:
    client_workload(client_world& world, std::uint64_t seed) : world_(world), chance_(seed) {}
    client_workload(const client_workload&) = delete;
    client_workload& operator=(const client_workload&) = delete;

    /// Creates, sets and removes the nodes that somebody follows.
    void change_nodes(client zk);
    /// Counts a node up, by expected versions.
    void count_up(client zk);
    /// Puts protected sequential nodes into a queue.
    void enqueue(client zk);
    /// Reads, with callbacks, several at once.
    void read_in_bulk(client zk);

    void wind_up() noexcept { over_ = true; }
    /// Programs that have not ended.
    [[nodiscard]] int running() const noexcept { return running_; }
    /// How long calls may take beyond their limit; 0 unless the client's machine stands still now and then.
    void allow(simulation::duration grace) noexcept { grace_ = grace; }

    /// Checks the nodes against what the programs were told.
    void check(const scripted_server& server) const;
    /// Calls that ended without an error.
    [[nodiscard]] std::size_t successes() const noexcept { return successes_; }

private:
    [[nodiscard]] asio::awaitable<void> run_changes(client zk);
    [[nodiscard]] asio::awaitable<void> run_count(client zk);
    [[nodiscard]] asio::awaitable<void> run_queue(client zk);
    [[nodiscard]] asio::awaitable<error_code> change_one(client& zk);
    [[nodiscard]] asio::awaitable<void> count_one(client& zk, node found);
    [[nodiscard]] asio::awaitable<bool> rest(client& zk);
    void spawn(asio::awaitable<void> program);
    void read_next(const client& zk);
    void saw(const error_code& ec, steady_time began, std::chrono::milliseconds limit);
    [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return chance_() % below; }

    struct enqueued {
        std::string name;
        bool done = false; // the client says so
    };

    client_world& world_;
    std::mt19937_64 chance_;
    bool over_ = false;
    int running_ = 0;
    simulation::duration grace_{0};
    std::size_t successes_ = 0;
    int counted_ = 0;
    int perhaps_counted_ = 0;
    std::vector<enqueued> queue_;
};

} // namespace zooid::testing
