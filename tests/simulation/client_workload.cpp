#include "simulation/client_workload.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>

namespace zooid::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
const std::string counter = "/counter";

/// The errors that trouble with the connection, or other programs, can be the reason of.
bool is_explicable(const error_code& ec) {
    for (const errc known : {errc::connection_loss, errc::operation_timeout, errc::session_expired, errc::closed,
                             errc::closing, errc::no_node, errc::node_exists, errc::bad_version}) {
        if (ec == known) {
            return true;
        }
    }
    return false;
}

} // namespace

const std::vector<std::string>& followed_nodes() {
    static const std::vector<std::string> all{"/k/0", "/k/1", "/k/2", "/r/0", "/r/1", "/r/2"};
    return all;
}

void client_workload::spawn(asio::awaitable<void> program) {
    ++running_;
    asio::co_spawn(world_.sim.executor(), std::move(program), [this](const std::exception_ptr& failure) {
        --running_;
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
}

void client_workload::change_nodes(client zk) { spawn(run_changes(std::move(zk))); }
void client_workload::count_up(client zk) { spawn(run_count(std::move(zk))); }
void client_workload::enqueue(client zk) { spawn(run_queue(std::move(zk))); }

void client_workload::read_in_bulk(client zk) {
    for (int i = 0; i < 4; ++i) {
        ++running_;
        read_next(zk);
    }
}

void client_workload::saw(const error_code& ec, steady_time began, std::chrono::milliseconds limit) {
    successes_ += ec ? 0U : 1U;
    EXPECT_TRUE(!ec || is_explicable(ec)) << ec.message();
    EXPECT_LE((world_.sim.now() - began) / 1us, (limit + grace_) / 1us) << "a call has outlived its deadline";
}

/// Waits a little; false when it is time to end.
asio::awaitable<bool> client_workload::rest(client& zk) {
    const std::chrono::milliseconds delay{1 + draw(300)};
    auto [stopped] = co_await zk.async_retry_wait(delay, std::stop_token{}, awaited);
    co_return !over_ && !stopped;
}

asio::awaitable<error_code> client_workload::change_one(client& zk) {
    const std::chrono::milliseconds limit{500 + draw(9000)};
    const std::string& path = followed_nodes()[draw(followed_nodes().size())];
    const std::string data = std::to_string(draw(1'000'000));
    const steady_time began = world_.sim.now();
    const create_options creating{.timeout = limit};
    const set_options setting{.timeout = limit};
    const remove_options removing{.timeout = limit};
    error_code ec;
    switch (draw(4)) {
    case 0: {
        auto [outcome, made] = co_await zk.async_create(path, data, creating, awaited);
        ec = outcome;
        break;
    }
    case 1: {
        auto [outcome] = co_await zk.async_remove(path, removing, awaited);
        ec = outcome;
        break;
    }
    default: {
        auto [outcome, changed] = co_await zk.async_set(path, data, setting, awaited);
        ec = outcome;
        break;
    }
    }
    saw(ec, began, limit);
    co_return ec;
}

asio::awaitable<void> client_workload::run_changes(client zk) {
    error_code ec;
    do {
        ec = co_await change_one(zk);
    } while (ec != errc::closed && co_await rest(zk));
}

asio::awaitable<void> client_workload::count_one(client& zk, node found) {
    constexpr std::chrono::milliseconds limit{5000};
    const std::string next = std::to_string(std::stoi(found.data) + 1);
    const set_options setting{.version = found.stat.version, .timeout = limit};
    const steady_time began = world_.sim.now();
    auto [ec, changed] = co_await zk.async_set(counter, next, setting, awaited);
    saw(ec, began, limit);
    if (!ec) {
        ++counted_;
        EXPECT_EQ(changed.version, found.stat.version + 1);
    } else if (possible_effect(ec, opcode::set) == effect::unknown) {
        ++perhaps_counted_;
    }
}

// No `continue` here: in a coroutine GCC 12 takes it past a condition that waits.
asio::awaitable<void> client_workload::run_count(client zk) {
    constexpr std::chrono::milliseconds limit{5000};
    constexpr read_options reading{.timeout = limit};
    bool goes_on = true;
    while (goes_on) {
        const steady_time began = world_.sim.now();
        auto [ec, found] = co_await zk.async_get(counter, reading, awaited);
        saw(ec, began, limit);
        if (!ec) {
            co_await count_one(zk, std::move(found));
        }
        goes_on = co_await rest(zk);
    }
}

asio::awaitable<void> client_workload::run_queue(client zk) {
    do {
        const std::chrono::milliseconds limit{1000 + draw(20'000)};
        const create_options creating{.mode = create_mode::persistent_sequential, .protect = true, .timeout = limit};
        const std::string name = "n" + std::to_string(queue_.size()) + "-";
        const std::size_t mine = queue_.size();
        queue_.push_back({name, false});
        const std::string path = "/queue/" + name;
        const steady_time began = world_.sim.now();
        auto [ec, made] = co_await zk.async_create(path, name, creating, awaited);
        saw(ec, began, limit);
        queue_[mine].done = !ec;
        EXPECT_NE(ec, errc::connection_loss) << "it is for the client to find out";
        if (ec == errc::closed) {
            break;
        }
    } while (co_await rest(zk));
}

void client_workload::read_next(const client& zk) {
    const std::chrono::milliseconds limit{200 + draw(4000)};
    const std::string& path = followed_nodes()[draw(followed_nodes().size())];
    auto completions = std::make_shared<int>(0);
    auto next = [this, zk = client{zk}, limit, completions, began = world_.sim.now()](error_code ec,
                                                                                      const auto&...) mutable {
        saw(ec, began, limit);
        EXPECT_EQ(++*completions, 1);
        if (over_ || ec == errc::closed) {
            --running_;
        } else {
            const std::chrono::milliseconds delay{draw(150)};
            zk.async_retry_wait(delay, std::stop_token{}, [this, zk](error_code) { read_next(zk); });
        }
    };
    client handle = zk;
    draw(2) == 0 ? handle.async_get(path, {.timeout = limit}, next)
                 : handle.async_exists(path, {.timeout = limit}, next);
}

void client_workload::check(const scripted_server& server) const {
    const int counted = std::stoi(server.data(counter));
    EXPECT_GE(counted, counted_) << "what was confirmed has happened";
    EXPECT_LE(counted, counted_ + perhaps_counted_) << "what was denied has not";
    const auto names = server.children("/queue");
    for (const auto& [name, done] : queue_) {
        const auto found = std::count_if(names.begin(), names.end(),
                                         [&](const std::string& n) { return n.find("-" + name) != std::string::npos; });
        EXPECT_LE(found, 1) << name << " was put into the queue twice";
        EXPECT_TRUE(found == 1 || !done) << name << " is not in the queue";
    }
}

} // namespace zooid::testing
