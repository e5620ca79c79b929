#include "support/bad_peers.hpp"
#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// A thread that makes one blocking call after the other comes to run the client's I/O itself, and the I/O thread stands
// aside. Nobody shall notice.

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class blocking_series_test : public server_test {
protected:
    /// Long enough for the I/O thread to stand aside.
    static void call_often(client& zk) {
        for (int i = 0; i < 30; ++i) {
            static_cast<void>(zk.exists("/"));
        }
    }
};
ZOOID_ON_EVERY_VERSION(blocking_series_test);

/// Tells in which threads handlers are brought to it.
class noting_executor {
public:
    explicit noting_executor(recorder<std::thread::id> threads) : threads_(std::move(threads)) {}

    template <class F>
    void execute(F&& f) const {
        threads_.add(std::this_thread::get_id());
        asio::post(asio::system_executor(), std::forward<F>(f));
    }
    [[nodiscard]] static constexpr asio::execution::blocking_t query(asio::execution::blocking_t /*what*/) noexcept {
        return asio::execution::blocking.never;
    }
    [[nodiscard]] noting_executor require(asio::execution::blocking_t::never_t /*what*/) const { return *this; }
    bool operator==(const noting_executor& other) const noexcept { return this == &other; }

private:
    recorder<std::thread::id> threads_;
};

TEST_P(blocking_series_test, the_calling_thread_does_the_io) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    const recorder<std::thread::id> threads;
    const auto other_request = asio::bind_executor(noting_executor(threads), [](error_code, std::optional<stat>) {});
    const auto wait_for_more_than = [&zk](std::uint64_t bytes) {
        EXPECT_TRUE(eventually([&] { return zk.metrics().bytes_sent > bytes; }));
        return zk.metrics().bytes_sent;
    };
    // A loaded machine may keep the calls too far apart.
    EXPECT_TRUE(eventually([&] {
        threads.clear();
        call_often(zk);
        link.freeze();
        const auto sent = zk.metrics().bytes_sent;
        std::thread cutter([&] {
            const auto both = wait_for_more_than(sent);
            zk.async_exists("/", other_request);
            wait_for_more_than(both);
            link.cut();
        });
        EXPECT_EQ(error_of([&] { return zk.exists("/"); }), errc::connection_loss);
        cutter.join();
        link.restore();
        EXPECT_TRUE(eventually([&] { return zk.connected(); }));
        // The thread that noticed the connection's end was the first to bring that handler on its way.
        EXPECT_TRUE(threads.wait_for(1));
        return threads.all().at(0) == std::this_thread::get_id();
    }));
}

/// How often each of the I/O threads of this process has gone to sleep, by its number.
std::map<std::string, std::uint64_t> sleeps_of_io_threads() {
    std::map<std::string, std::uint64_t> sleeps;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "status");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        constexpr std::string_view label = "\nvoluntary_ctxt_switches:";
        if (const auto at = text.find(label); at != std::string::npos && text.starts_with("Name:\tzooid-io\n")) {
            sleeps.emplace(task.path().filename(), std::stoull(text.substr(at + label.size())));
        }
    }
    return sleeps;
}

TEST_P(blocking_series_test, start_connects_in_the_calling_thread) {
    const silent_peer nowhere;
    client_options options;
    options.connect_timeout = 20ms;
    options.reconnect_delay = options.max_reconnect_delay = 1ms;
    // A loaded machine may keep it from that until the I/O thread does it.
    EXPECT_TRUE(eventually([&] {
        const auto others = sleeps_of_io_threads();
        client zk{nowhere.address(), options};
        EXPECT_EQ(error_of([&] {
                      zk.start({.timeout = 500ms});
                      return 0;
                  }),
                  errc::operation_timeout);
        std::vector<std::uint64_t> own;
        for (const auto& [thread, sleeps] : sleeps_of_io_threads()) {
            if (!others.contains(thread)) {
                own.push_back(sleeps);
            }
        }
        EXPECT_EQ(own.size(), 1U);
        return !own.empty() && own.front() < 5; // one that waited for every attempt's end slept twenty times
    }));
}

TEST_P(blocking_series_test, a_client_that_is_not_started_at_once_can_be) {
    client zk{hosts()};
    EXPECT_EQ(zk.state(), session_state::lost);
    // Its I/O thread has found nobody to stand aside for.
    client other = connect();
    call_often(other);
    zk.start();
    EXPECT_TRUE(zk.exists("/"));
    zk.restart();
    EXPECT_TRUE(zk.exists("/"));
    zk.stop();
    zk.async_start(asio::use_future).get();
    EXPECT_TRUE(zk.exists("/"));
}

TEST_P(blocking_series_test, a_deadline_ends_a_call) {
    auto zk = connect();
    for (int i = 0; i < 5; ++i) {
        call_often(zk);
        server().pause();
        EXPECT_EQ(error_of([&] { return zk.exists("/", {.timeout = 50ms}); }), errc::operation_timeout);
        server().resume();
    }
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(blocking_series_test, watch_events_come_afterwards) {
    auto zk = connect();
    auto other = connect();
    zk.create("/a");
    recorder<watch_event> events;
    for (std::size_t i = 1; i <= 50; ++i) {
        zk.get("/a", events);
        call_often(zk);
        other.set("/a", "x");
        ASSERT_TRUE(events.wait_for(i)) << "in round " << i;
    }
}

TEST_P(blocking_series_test, asynchronous_operations_need_no_further_call) {
    auto zk = connect();
    for (int i = 0; i < 50; ++i) {
        call_often(zk);
        EXPECT_TRUE(zk.async_exists("/", asio::use_future).get());
        call_often(zk);
        EXPECT_EQ(zk.async_create("/p/q", "", {.make_path = true}, asio::use_future).get(), "/p/q"); // takes several
        call_often(zk);
        zk.async_remove("/p", {.recursive = true}, asio::use_future).get();
    }
}

TEST_P(blocking_series_test, the_session_lives_on_afterwards) {
    client_options short_lived;
    short_lived.session_timeout = 2s;
    auto zk = connect(short_lived);
    const auto timeout = zk.session_timeout();
    call_often(zk);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return zk.safe_until() > start + 2 * timeout; }));
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(blocking_series_test, another_thread_may_close_the_client) {
    for (int i = 0; i < 5; ++i) {
        relay link(server().port());
        client_options hasty;
        hasty.close_timeout = 100ms;
        client zk{link.address() + root(), hasty};
        zk.start({.timeout = 60s});
        std::promise<std::uint64_t> blocks;
        std::thread caller([&] {
            call_often(zk);
            link.freeze();
            blocks.set_value(zk.metrics().bytes_sent);
            EXPECT_EQ(error_of([&] { return zk.exists("/"); }), errc::connection_loss);
        });
        const auto sent = blocks.get_future().get();
        EXPECT_TRUE(eventually([&] { return zk.metrics().bytes_sent > sent; }));
        zk.stop();
        caller.join();
        zk.close();
    }
}

TEST_P(blocking_series_test, the_last_handle_may_go_afterwards) {
    std::optional<client> zk = connect();
    const auto path = root() + zk->create("/owned", "", {.mode = create_mode::ephemeral});
    call_often(*zk);
    zk.reset();
    EXPECT_TRUE(eventually([&] { return !admin().exists(path); }));
}

TEST_P(blocking_series_test, callbacks_may_make_one) {
    auto zk = connect();
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> second;
    zk.async_exists("/", [&](error_code, const std::optional<stat>&) {
        call_often(zk);
        zk.async_exists("/", [&](error_code, const std::optional<stat>&) {
            call_often(zk);
            second.set_value(std::this_thread::get_id());
        });
        call_often(zk);
        first.set_value(std::this_thread::get_id());
    });
    const auto handlers = first.get_future().get();
    call_often(zk);
    EXPECT_EQ(second.get_future().get(), handlers) << "callbacks run in their thread, whoever does the I/O";
}

TEST_P(blocking_series_test, threads_may_make_several_at_once) {
    auto zk = connect();
    constexpr int threads = 4;
    constexpr int rounds = 100;
    std::atomic<int> told{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&, path = "/" + std::to_string(t)] {
            zk.create(path);
            for (int i = 0; i < rounds; ++i) {
                const std::string data = std::to_string(i);
                zk.get(path, [&told](const watch_event&) { ++told; });
                zk.set(path, data);
                ASSERT_EQ(zk.get(path).data, data);
                if (i % 7 == 0) {
                    call_often(zk); // while others pause, it may have the client for itself
                } else if (i % 5 == 0) {
                    zk.async_get(path, asio::use_future).get();
                }
            }
        });
    }
    for (std::thread& t : callers) {
        t.join();
    }
    EXPECT_TRUE(eventually([&] { return told == threads * rounds; })) << told;
    zk.close(); // before the callbacks' counter goes
}

} // namespace
} // namespace zooid::test
