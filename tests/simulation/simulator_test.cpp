#include "simulation/simulator_fixture.hpp"
#include "testing/simulation/coroutine.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

// ---- time -----------------------------------------------------------------------------------------------------------

TEST_F(simulator, timers_wake_in_order_at_exactly_their_time) {
    const auto host = sim.environment();
    const auto start = sim.now();
    std::vector<std::pair<int, steady_time::duration>> woken;
    std::vector<std::unique_ptr<runtime::timer>> timers;
    for (const int minutes : {30, 10, 20, 10}) {
        timers.push_back(host->make_timer(sim.executor()));
        timers.back()->arm(start + std::chrono::minutes{minutes},
                           [&, id = static_cast<int>(timers.size())] { woken.emplace_back(id, sim.now() - start); });
    }
    const auto wall = host->wall_now();
    EXPECT_TRUE(sim.run_until_idle(1h));
    EXPECT_EQ(woken,
              (std::vector<std::pair<int, steady_time::duration>>{{2, 10min}, {4, 10min}, {3, 20min}, {1, 30min}}));
    EXPECT_EQ(host->wall_now() - wall, 30min);
}

TEST_F(simulator, a_timer_that_is_replaced_or_disarmed_does_not_wake) {
    const auto first = sim.environment()->make_timer(sim.executor());
    auto second = sim.environment()->make_timer(sim.executor());
    int woken = 0;
    first->arm(sim.now() + 1s, [] { ADD_FAILURE() << "was replaced"; });
    first->arm(sim.now() + 2s, [&] {
        ++woken;
        second.reset();
    });
    second->arm(sim.now() + 2s, [] { ADD_FAILURE() << "was destroyed while its expiry waited"; });
    EXPECT_TRUE(sim.run_until_idle());
    first->arm(sim.now() + 1s, [] { ADD_FAILURE() << "was disarmed"; });
    first->disarm();
    EXPECT_TRUE(sim.run_until_idle());
    EXPECT_EQ(woken, 1);
}

TEST_F(simulator, run_for_takes_exactly_that_long) {
    const auto start = sim.now();
    sim.run_for(5s);
    EXPECT_EQ(sim.now() - start, 5s);
}

TEST_F(simulator, the_wall_clock_can_jump_while_the_steady_one_does_not) {
    const auto host = sim.host("client");
    const auto wall = host->wall_now();
    const auto steady = host->now();
    host->step_wall_clock(-1h);
    EXPECT_EQ(host->wall_now() - wall, -1h);
    EXPECT_EQ(host->now(), steady);
}

TEST_F(simulator, a_deadlock_is_seen_at_once_and_told) {
    connect();
    const collector reader{*client};
    const auto start = sim.now();
    EXPECT_FALSE(sim.run_until([] { return false; }, 24h));
    EXPECT_LT(sim.now() - start, 1s) << "nothing can happen: no use in waiting";
    const auto report = sim.report();
    EXPECT_NE(report.find("deadlock"), std::string::npos) << report;
    EXPECT_NE(report.find("seed 42"), std::string::npos) << report;
    EXPECT_NE(report.find("being read"), std::string::npos) << report;
}

TEST_F(simulator, a_time_limit_is_told_with_what_is_scheduled) {
    const auto timer = sim.environment()->make_timer(sim.executor());
    timer->arm(sim.now() + 1h, [] {});
    EXPECT_FALSE(sim.run_until([] { return false; }, 1min));
    const auto report = sim.report();
    EXPECT_NE(report.find("time limit"), std::string::npos) << report;
    EXPECT_NE(report.find("in 3540000.000 ms: timer at client"), std::string::npos) << report;
}

TEST_F(simulator, handlers_that_post_each_other_for_ever_are_stopped) {
    std::function<void()> again = [&] { asio::post(sim.executor(), again); };
    again();
    EXPECT_THROW(static_cast<void>(sim.run_until([] { return false; })), std::runtime_error);
}

TEST_F(simulator, runs_coroutines) {
    const auto timer = sim.environment()->make_timer(sim.executor());
    const auto task = [&]() -> asio::awaitable<int> {
        auto wait = [&](auto handler) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            timer->arm(sim.now() + 3s, [shared] { std::move (*shared)(); });
        };
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(wait, asio::use_awaitable);
        co_return 7;
    };
    EXPECT_EQ(run(sim, task()), 7);
    const auto stuck = [&]() -> asio::awaitable<int> {
        auto forever = [](auto) {};
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(forever, asio::use_awaitable);
        co_return 0;
    };
    EXPECT_THROW(run(sim, stuck()), std::exception);
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

TEST_F(simulator, carries_bytes_both_ways_in_order) {
    connect();
    EXPECT_EQ(client->peer(), where);
    EXPECT_EQ(server->peer().address, sim.host("client")->address());
    const collector at_server{*server};
    const collector at_client{*client};
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        send(*client, std::to_string(i));
        expected += std::to_string(i);
        if (i % 10 == 0) {
            sim.run_for(300us);
        }
    }
    send(*server, "and back");
    EXPECT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_server.text, expected);
    EXPECT_EQ(at_client.text, "and back");
}

TEST_F(simulator, latency_stays_within_its_bounds) {
    sim.network().set_quality({.min_latency = 10ms, .max_latency = 20ms});
    connect();
    for (int i = 0; i < 50; ++i) {
        const collector at_server{*server};
        const auto start = sim.now();
        send(*client, "x");
        ASSERT_TRUE(sim.run_until([&] { return at_server.text == "x"; }));
        EXPECT_GE(sim.now() - start, 10ms);
        EXPECT_LE(sim.now() - start, 20ms);
        server->close();
        client->close();
        ASSERT_TRUE(sim.run_until_idle());
        connect();
    }
}

TEST_F(simulator, connections_overtake_each_other_though_bytes_within_one_do_not) {
    sim.network().set_quality({.min_latency = 1ms, .max_latency = 50ms});
    std::vector<std::unique_ptr<runtime::stream>> clients;
    std::vector<std::unique_ptr<runtime::stream>> servers;
    for (int i = 0; i < 8; ++i) {
        connect();
        clients.push_back(std::move(client));
        servers.push_back(std::move(server));
    }
    std::vector<std::unique_ptr<collector>> readers;
    for (auto& s : servers) {
        readers.push_back(std::make_unique<collector>(*s));
    }
    std::vector<std::size_t> arrival;
    for (auto& c : clients) {
        send(*c, "x");
    }
    const auto all_arrived = [&] {
        for (std::size_t i = 0; i < readers.size(); ++i) {
            if (!readers[i]->text.empty() && std::find(arrival.begin(), arrival.end(), i) == arrival.end()) {
                arrival.push_back(i);
            }
        }
        return arrival.size() == readers.size();
    };
    ASSERT_TRUE(sim.run_until(all_arrived)) << sim.report();
    EXPECT_FALSE(std::is_sorted(arrival.begin(), arrival.end())) << "seed 42 is known to reorder";
}

TEST_F(simulator, bytes_can_arrive_one_by_one_or_in_random_pieces) {
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (const auto pieces : {segmenting::bytes, segmenting::random}) {
        sim.network().set_quality({.pieces = pieces});
        connect();
        const collector at_server{*server};
        bool written = false;
        client->async_write(bytes_of(text), [&](error_code ec, std::size_t n) {
            EXPECT_FALSE(ec);
            EXPECT_EQ(n, text.size());
            written = true;
        });
        ASSERT_TRUE(sim.run_until_idle());
        EXPECT_TRUE(written);
        EXPECT_EQ(at_server.text, text);
        if (pieces == segmenting::bytes) {
            EXPECT_EQ(at_server.pieces, std::vector<std::size_t>(text.size(), 1));
        } else {
            EXPECT_GT(at_server.pieces.size(), 1U);
        }
        client->close();
        server->close();
        ASSERT_TRUE(sim.run_until_idle());
    }
}

TEST_F(simulator, a_full_window_makes_writes_wait_for_the_reader) {
    sim.network().set_quality({.window = 10});
    connect();
    error_code ec;
    EXPECT_EQ(client->try_write(bytes_of("0123456789abcdef"), ec), 10U);
    EXPECT_EQ(client->try_write(bytes_of("x"), ec), 0U);
    EXPECT_FALSE(ec);
    bool written = false;
    client->async_write(bytes_of("0123456789abcdef"), [&](error_code, std::size_t n) { written = n == 16; });
    EXPECT_TRUE(sim.run_until_idle());
    EXPECT_FALSE(written);
    const collector at_server{*server};
    EXPECT_TRUE(sim.run_until([&] { return written && at_server.text.size() == 26; })) << sim.report();
}

TEST_F(simulator, closing_delivers_what_was_written_and_then_eof) {
    connect();
    const collector at_server{*server};
    send(*client, "last words");
    client->close();
    EXPECT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_server.text, "last words");
    EXPECT_EQ(at_server.ended, asio::error::eof);
}

TEST_F(simulator, writing_to_somebody_who_has_gone_is_answered_by_a_reset) {
    connect();
    const collector at_client{*client};
    server.reset();
    send(*client, "hello?");
    error_code ec;
    const auto failed = [&] {
        client->try_write(bytes_of("hello?"), ec);
        return ec.failed();
    };
    EXPECT_TRUE(sim.run_until(failed)) << sim.report();
    EXPECT_EQ(ec, asio::error::broken_pipe);
    EXPECT_EQ(at_client.ended, asio::error::eof) << "it was closed in good order before";
}

TEST_F(simulator, closing_aborts_even_a_read_whose_bytes_have_come) {
    connect();
    error_code result;
    std::array<std::byte, 8> buffer{};
    send(*server, "data");
    ASSERT_TRUE(sim.run_until_idle());
    client->async_read_some(buffer, [&](error_code ec, std::size_t) { result = ec; });
    client.reset();
    EXPECT_FALSE(result);
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(result, asio::error::operation_aborted);
}

// ---- the same seed, the same world ----------------------------------------------------------------------------------

/// Several clients talking to one server in random weather; returns everything that happened.
[[nodiscard]] std::vector<std::string> busy_trace(std::uint64_t seed) {
    simulation sim{seed};
    sim.network().trace(true);
    sim.network().set_quality({.min_latency = 100us, .max_latency = 30ms, .pieces = segmenting::random});
    std::vector<std::unique_ptr<runtime::stream>> streams;
    std::vector<std::unique_ptr<collector>> readers;
    const auto where = sim.listen("server", 1, [&](std::unique_ptr<runtime::stream> accepted) {
        readers.push_back(std::make_unique<collector>(*accepted));
        streams.push_back(std::move(accepted));
    });
    const std::string text(100, 'x');
    for (int i = 0; i < 5; ++i) {
        const auto host = sim.host("client-" + std::to_string(i));
        streams.push_back(host->make_stream(sim.executor()));
        auto& mine = *streams.back();
        mine.async_connect(where, [&mine, &text, host](error_code ec) {
            EXPECT_FALSE(ec);
            mine.async_write(bytes_of(text).first(host->random() % 100), [](error_code, std::size_t) {});
        });
    }
    EXPECT_TRUE(sim.run_until_idle()) << sim.report();
    return sim.network().traced();
}

TEST(simulation_seed, repeats_everything_and_another_one_does_not) {
    const auto first = busy_trace(1);
    EXPECT_GT(first.size(), 20U);
    EXPECT_EQ(first, busy_trace(1));
    EXPECT_NE(first, busy_trace(2));
}

// ---- ending ---------------------------------------------------------------------------------------------------------

TEST(simulation_end, drops_everything_that_waits) {
    const auto token = std::make_shared<int>(0);
    std::shared_ptr<virtual_host> survivor;
    std::unique_ptr<runtime::stream> stream;
    std::unique_ptr<runtime::timer> timer;
    std::array<std::byte, 16> buffer{};
    {
        simulation sim{3};
        survivor = sim.environment();
        std::unique_ptr<runtime::stream> accepted;
        const auto where =
            sim.listen("server", 1, [&](std::unique_ptr<runtime::stream> s) { accepted = std::move(s); });
        stream = survivor->make_stream(sim.executor());
        stream->async_connect(where, [](error_code) {});
        ASSERT_TRUE(sim.run_until([&] { return accepted != nullptr; }));
        sim.run_for(1s);
        stream->async_read_some(buffer, [token](error_code, std::size_t) { ADD_FAILURE() << "must not run"; });
        timer = survivor->make_timer(sim.executor());
        timer->arm(sim.now() + 1s, [token] { ADD_FAILURE() << "must not run"; });
        survivor->async_resolve(sim.executor(), "server", 1, [token](error_code, std::vector<runtime::endpoint>) {
            ADD_FAILURE() << "must not run";
        });
        survivor->pause();
        sim.host("server")->pause();
        asio::post(sim.executor(), [token, survivor] { ADD_FAILURE() << "must not run"; });
    }
    timer.reset();
    EXPECT_EQ(token.use_count(), 1);
    stream->async_read_some(buffer, [token](error_code, std::size_t) { ADD_FAILURE() << "must not run"; });
    EXPECT_EQ(token.use_count(), 1) << "a dead host keeps nothing";
}

} // namespace
} // namespace zooid::testing
