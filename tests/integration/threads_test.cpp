#include "support/bad_peers.hpp"
#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"
#include "support/session_thief.hpp"

#include <zooid/client.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class threads_test : public server_test {};
ZOOID_ON_EVERY_VERSION(threads_test);

// An event loop with a thread of its own.
class running_loop {
public:
    running_loop() : work_(loop_.get_executor()), thread_([this] { loop_.run(); }) {}
    running_loop(const running_loop&) = delete;
    running_loop& operator=(const running_loop&) = delete;
    ~running_loop() {
        work_.reset();
        thread_.join();
    }

    [[nodiscard]] asio::io_context::executor_type executor() { return loop_.get_executor(); }
    [[nodiscard]] std::thread::id thread() const { return thread_.get_id(); }
    /// Runs `f` in the loop's thread and waits for it.
    void run(std::function<void()> f) { asio::post(loop_, std::packaged_task<void()>(std::move(f))).get(); }

private:
    asio::io_context loop_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

TEST_P(threads_test, blocking_calls_work_in_callbacks_of_an_owning_client) {
    auto zk = connect();
    std::promise<std::string> in_handler;
    zk.async_create("/a", "1", [&](error_code, const std::string& path) { in_handler.set_value(zk.get(path).data); });
    EXPECT_EQ(in_handler.get_future().get(), "1");

    std::promise<std::string> in_watch;
    zk.get("/a", [&](const watch_event& e) { in_watch.set_value(zk.get(e.path).data); });
    zk.set("/a", "2");
    EXPECT_EQ(in_watch.get_future().get(), "2");

    std::promise<std::size_t> nested;
    zk.async_sync("/", [&](error_code) {
        zk.create("/b");
        zk.async_sync("/", [&](error_code) { nested.set_value(zk.get_children("/").size()); });
    });
    EXPECT_EQ(nested.get_future().get(), 2U);
}

TEST_P(threads_test, blocking_calls_work_where_callbacks_run_but_outside_of_them) {
    auto zk = connect();
    zk.create("/a");
    const recorder<watch_event> told;
    zk.get("/a", told);
    std::promise<int> version;
    asio::post(zk.get_executor(), [&] { version.set_value(zk.set("/a", "x").version); }); // its reply follows an event
    auto done = version.get_future();
    ASSERT_EQ(done.wait_for(scaled(20s)), std::future_status::ready);
    EXPECT_EQ(done.get(), 1);
    EXPECT_TRUE(told.wait_for(1));
}

TEST_P(threads_test, a_blocking_call_on_the_only_thread_fails_instead_of_hanging) {
    running_loop loop;
    client zk{loop.executor(), hosts()};
    zk.async_start(asio::use_future).get();
    // From elsewhere it may block.
    EXPECT_EQ(zk.create("/a", "x"), "/a");
    loop.run([&] {
        EXPECT_THROW(zk.get("/a"), would_deadlock_error);
        EXPECT_THROW(zk.create("/b"), would_deadlock_error);
        EXPECT_THROW(zk.transaction().remove("/a").commit(), would_deadlock_error);
        EXPECT_THROW(zk.start(), would_deadlock_error);
        EXPECT_THROW(zk.command("srvr"), would_deadlock_error);
    });
    EXPECT_TRUE(zk.exists("/a"));
    EXPECT_FALSE(zk.exists("/b")) << "what fails with would_deadlock must not be done";
    zk.close();
}

TEST_P(threads_test, a_blocking_call_on_the_only_thread_is_known_whatever_the_executors_properties) {
    running_loop loop;
    const auto tracked = asio::prefer(loop.executor(), asio::execution::outstanding_work.tracked);
    client zk{tracked, hosts()};
    zk.start();
    loop.run([&] { EXPECT_THROW(zk.get("/"), would_deadlock_error); });
    zk.close();
}

TEST_P(threads_test, a_client_on_an_executor_cannot_be_started_once_it_is_closed) {
    running_loop loop;
    client zk{loop.executor(), hosts()};
    client view = zk.chroot("/below");
    zk.start();
    zk.close();
    EXPECT_THROW(zk.start(), connection_closed_error);
    EXPECT_THROW(view.start(), connection_closed_error);
    EXPECT_THROW(zk.exists("/"), connection_closed_error);
    zk.close(); // again
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
}

TEST_P(threads_test, a_blocking_call_on_a_strand_fails_instead_of_hanging) {
    asio::thread_pool pool(2);
    const auto strand = asio::make_strand(pool);
    client zk{strand, hosts()};
    zk.start({.timeout = 60s});
    std::promise<error_code> outcome;
    asio::post(strand, [&] { outcome.set_value(error_of([&] { return zk.exists("/"); })); });
    EXPECT_EQ(outcome.get_future().get(), errc::would_deadlock);
    zk.close();
}

TEST_P(threads_test, a_client_on_an_executor_runs_everything_there) {
    running_loop loop;
    client zk{loop.executor(), hosts()};
    zk.start();
    std::promise<std::thread::id> handler;
    zk.async_get("/", [&](error_code, const node&) { handler.set_value(std::this_thread::get_id()); });
    EXPECT_EQ(handler.get_future().get(), loop.thread());
    std::promise<std::thread::id> watcher;
    zk.exists("/a", [&](const watch_event&) { watcher.set_value(std::this_thread::get_id()); });
    zk.create("/a");
    EXPECT_EQ(watcher.get_future().get(), loop.thread());
    zk.close();
}

TEST_P(threads_test, the_loop_ends_once_the_client_is_closed) {
    asio::io_context loop;
    std::optional<client> zk(std::in_place, loop.get_executor(), hosts());
    std::string data;
    zk->async_start([&](error_code ec) {
        ASSERT_FALSE(ec) << ec.message();
        zk->async_create("/a", "x", [&](error_code, const std::string&) {
            zk->async_get("/a", [&](error_code, const node& n) {
                data = n.data;
                zk->async_stop([](error_code e) { EXPECT_FALSE(e) << e.message(); });
            });
        });
    });
    loop.run();
    EXPECT_EQ(data, "x");
    zk.reset();
    loop.restart();
    loop.run();
}

TEST_P(threads_test, a_pool_of_threads_serves_calls_from_many) {
    asio::thread_pool pool(4);
    client zk{pool.get_executor(), hosts()};
    zk.async_start(asio::use_future).get();
    zk.create("/a");
    constexpr int callers = 4;
    constexpr int calls = 250;
    std::atomic<int> completed{0};
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < callers; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < calls; ++i) {
                zk.async_set("/a", "x", [&](error_code ec, const stat&) {
                    overlapped = overlapped || ++inside != 1;
                    EXPECT_FALSE(ec) << ec.message();
                    --inside;
                    ++completed;
                });
            }
        });
    }
    for (auto& t : threads) {
        t.join();
    }
    EXPECT_TRUE(eventually([&] { return completed == callers * calls; })) << completed;
    EXPECT_FALSE(overlapped) << "handlers without an executor of their own run one after the other";
    EXPECT_EQ(zk.get("/a").stat.version, callers * calls);
    zk.close();
    pool.join();
}

TEST_P(threads_test, handlers_run_on_their_own_executor) {
    running_loop mine;
    auto zk = connect();
    std::promise<std::thread::id> ran;
    zk.async_get("/", asio::bind_executor(mine.executor(),
                                          [&](error_code, const node&) { ran.set_value(std::this_thread::get_id()); }));
    EXPECT_EQ(ran.get_future().get(), mine.thread());

    // Also when the error is known at once.
    std::promise<std::thread::id> failed;
    zk.async_get("no path", asio::bind_executor(mine.executor(), [&](error_code ec, const node&) {
                     EXPECT_EQ(ec, errc::invalid_path);
                     failed.set_value(std::this_thread::get_id());
                 }));
    EXPECT_EQ(failed.get_future().get(), mine.thread());
    zk.close(); // its thread may not have come back from `mine` yet
}

TEST_P(threads_test, a_handlers_executor_is_kept_at_work_until_it_has_run) {
    asio::io_context own;
    auto zk = connect();
    bool ran = false;
    zk.async_get("/", asio::bind_executor(own.get_executor(), [&](error_code, const node&) { ran = true; }));
    own.run();
    EXPECT_TRUE(ran) << "run() came back though a handler was outstanding";
    zk.close(); // its thread may not have come back from `own` yet
}

TEST_P(threads_test, no_handler_runs_inside_the_initiating_call) {
    running_loop loop;
    client zk{loop.executor(), hosts()};
    zk.start();
    std::atomic<int> ran{0};
    loop.run([&] {
        bool inside = true;
        const auto shared = std::make_shared<bool*>(&inside);
        const auto check = [&ran, shared] {
            return [&ran, shared](error_code, auto&&...) {
                EXPECT_EQ(*shared, nullptr) << "called from inside the initiating function";
                ++ran;
            };
        };
        zk.async_get("/", check());
        zk.async_get("not a path", check());
        zk.async_create("/x", std::string(2'000'000, 'x'), check());
        zk.async_start(check());
        *shared = nullptr;
    });
    EXPECT_TRUE(eventually([&] { return ran == 4; }));
    zk.close();
}

TEST_P(threads_test, a_slow_callback_does_not_cost_the_session) {
    client_options short_lived;
    short_lived.session_timeout = 2s;
    auto zk = connect(short_lived);
    const auto timeout = zk.session_timeout();
    recorder<session_state> states;
    zk.add_listener([states](const state_change& c) { states.add(c.state); });
    std::promise<void> release;
    std::promise<void> blocked;
    zk.async_get("/", [&, held = release.get_future().share()](error_code, const node&) {
        blocked.set_value();
        held.wait();
    });
    blocked.get_future().get();
    const auto start = std::chrono::steady_clock::now();
    // Three timeouts long the server must have heard of us.
    EXPECT_TRUE(eventually([&] { return zk.safe_until() > start + 4 * timeout; }));
    EXPECT_EQ(zk.state(), session_state::connected);
    release.set_value();
    zk.sync("/");
    EXPECT_EQ(states.size(), 0U) << "the connection must never have been in doubt";
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(threads_test, calls_of_several_requests_work_in_callbacks_that_others_wait_for) {
    auto zk = connect();
    zk.create("/a");
    const recorder<error_code> outcomes;
    const auto work = [&zk, outcomes](const watch_event& e) {
        outcomes.add(error_of([&] {
            zk.ensure_path("/made/by/callbacks", {.timeout = 10s});
            zk.upsert("/made/by/callbacks", e.path, {.timeout = 10s});
            zk.remove("/made", {.recursive = true, .timeout = 10s});
            return 0;
        }));
    };
    for (int i = 0; i < 3; ++i) {
        zk.get("/a", work);
    }
    zk.async_set("/a", "x", [](error_code, const stat&) {});
    ASSERT_TRUE(outcomes.wait_for(3));
    for (const error_code& outcome : outcomes.all()) {
        EXPECT_EQ(outcome, error_code{});
    }
}

TEST_P(threads_test, a_log_sink_is_a_callback_as_any_other) {
    const recorder<std::thread::id> logged;
    const recorder<bool> answers;
    client* mine = nullptr;
    client_options options;
    options.level = log_level::debug;
    options.log = [&mine, logged, answers](log_level, std::string_view) {
        logged.add(std::this_thread::get_id());
        answers.add(!error_of([&] { return mine->exists("/"); })); // the first lines come before there is a connection
        throw std::runtime_error("nobody is to hear of this");
    };
    client zk{hosts(), options};
    mine = &zk;
    zk.start({.timeout = 60s});
    const recorder<std::thread::id> called;
    zk.async_exists("/", [called](error_code, std::optional<stat>) { called.add(std::this_thread::get_id()); });
    ASSERT_TRUE(called.wait_for(1));
    const auto before_the_end = answers.all();
    zk.close();
    EXPECT_GT(before_the_end.size(), 1U);
    for (const bool answered : before_the_end) {
        EXPECT_TRUE(answered);
    }
    for (const std::thread::id id : logged.all()) {
        EXPECT_EQ(id, called.last());
    }
}

TEST_P(threads_test, what_is_under_way_ends_on_the_callback_thread_before_close_returns) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    constexpr std::size_t count = 1000;
    std::atomic<std::size_t> called{0};
    const recorder<std::thread::id> threads;
    for (std::size_t i = 0; i < count; ++i) {
        zk.async_ensure_path("/a/b/c", [&called, threads](error_code ec) {
            EXPECT_EQ(ec, errc::closed);
            threads.add(std::this_thread::get_id());
            ++called;
        });
    }
    zk.close();
    EXPECT_EQ(called, count);
    for (const std::thread::id id : threads.all()) {
        EXPECT_EQ(id, threads.last());
    }
}

TEST_P(threads_test, several_may_close_a_client_at_once) {
    for (int i = 0; i < 20; ++i) {
        auto zk = connect();
        std::vector<std::thread> closers;
        for (int j = 0; j < 3; ++j) {
            closers.emplace_back([copy = zk]() mutable { copy.close(); });
        }
        zk.async_exists("/", [copy = zk](error_code, std::optional<stat>) mutable { copy.close(); });
        for (auto& one : closers) {
            one.join();
        }
        EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    }
}

/// Begins one operation after the other while `close` closes the client.
template <class Close>
void expect_all_to_end(client zk, int round, Close close) {
    const auto running = std::make_shared<std::atomic<int>>(0); // for handlers that come after all
    std::atomic<bool> closed{false};
    std::atomic<int> begun{0};
    std::thread another([&closed, &begun, running, copy = zk]() mutable {
        const auto ended = [running](error_code) { --*running; };
        while (!closed) {
            if (*running >= 40) {
                std::this_thread::yield();
                continue;
            }
            *running += 4;
            copy.async_ensure_path("/a/b", ended);
            copy.async_add_auth("digest", "user:secret", ended);
            copy.async_start(ended);
            copy.async_stop(ended);
            ++begun;
        }
    });
    EXPECT_TRUE(eventually([&begun, round] { return begun > round; }));
    close(zk);
    closed = true;
    another.join();
    EXPECT_TRUE(eventually([running] { return *running == 0; })) << *running << " are still under way";
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
}

TEST_P(threads_test, whatever_begins_while_a_client_closes_comes_to_its_end) {
    for (int i = 0; i < 30; ++i) {
        expect_all_to_end(connect(), i, [](client& zk) { zk.close(); });
    }
}

TEST_P(threads_test, whatever_begins_while_a_client_closes_in_a_callback_comes_to_its_end) {
    for (int i = 0; i < 30; ++i) {
        expect_all_to_end(connect(), i, [](client& zk) {
            std::promise<void> closed;
            zk.async_exists("/", [&](error_code, const std::optional<stat>&) {
                zk.close();
                closed.set_value();
            });
            closed.get_future().wait();
        });
    }
}

TEST_P(threads_test, closing_is_completed_when_nobody_has_the_client_any_more) {
    for (const bool keep : {false, true}) {
        asio::io_context loop;
        std::optional<error_code> ended;
        session_credentials session;
        {
            client zk{loop.get_executor(), hosts()};
            auto started = zk.async_start(asio::use_future);
            while (!zk.connected()) {
                loop.run_one_for(scaled(1s));
            }
            session = zk.client_id();
            zk.async_close({.keep_session = keep}, [&ended](error_code ec) { ended = ec; });
        }
        loop.run();
        EXPECT_EQ(ended, error_code());
        EXPECT_EQ(end_session(server().port(), session), keep) << "that is whether it was there to be ended";
    }
}

TEST_P(threads_test, a_restart_under_way_does_not_keep_a_client_open) {
    asio::io_context loop;
    const auto ended = std::make_shared<std::optional<error_code>>();
    {
        client zk{loop.get_executor(), refusing_address()};
        zk.async_restart({}, {.timeout = 0ms}, [ended](error_code ec) { *ended = ec; });
        loop.run_for(10ms);
        EXPECT_FALSE(*ended);
    }
    const auto limit = std::chrono::steady_clock::now() + scaled(20s);
    while (!loop.stopped() && std::chrono::steady_clock::now() < limit) {
        loop.run_one_for(100ms);
    }
    EXPECT_TRUE(loop.stopped()) << "something is still at work";
    EXPECT_EQ(*ended, errc::closed);
}

TEST_P(threads_test, callbacks_end_on_the_callback_thread_too) {
    auto zk = connect();
    zk.create("/a");
    const recorder<std::thread::id> ended;
    const auto watching = [ended] {
        const auto end = [ended](const int* nothing) {
            delete nothing;
            ended.add(std::this_thread::get_id());
        };
        return [held = std::shared_ptr<int>(new int(0), end)](const watch_event&) {};
    };
    EXPECT_EQ(error_of([&] { return zk.get("/missing", watching()); }), errc::no_node);
    zk.get("/a", watching());
    zk.set("/a", "x");
    ASSERT_TRUE(ended.wait_for(2));
    const recorder<std::thread::id> called;
    zk.async_exists("/", [called](error_code, std::optional<stat>) { called.add(std::this_thread::get_id()); });
    ASSERT_TRUE(called.wait_for(1));
    for (const std::thread::id id : ended.all()) {
        EXPECT_EQ(id, called.last());
    }
}

TEST_P(threads_test, completions_keep_the_order_of_the_calls) {
    auto zk = connect();
    zk.create("/a");
    recorder<int> order;
    constexpr int count = 1000;
    for (int i = 0; i < count; ++i) {
        if (i % 3 == 0) {
            zk.async_set("/a", std::to_string(i), [order, i](error_code, const stat&) { order.add(i); });
        } else {
            zk.async_get("/a", [order, i](error_code, const node& n) {
                EXPECT_EQ(n.data, std::to_string(i - i % 3)) << "a read must see the write before it, no later one";
                order.add(i);
            });
        }
    }
    ASSERT_TRUE(order.wait_for(count));
    const auto seen = order.all();
    for (int i = 0; i < count; ++i) {
        ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
    }
}

TEST_P(threads_test, a_watch_callback_comes_before_the_reply_that_reflects_it) {
    auto zk = connect();
    auto other = connect();
    zk.create("/a", "0");
    for (int i = 1; i <= 100; ++i) {
        recorder<std::string> order;
        zk.get("/a", [order](const watch_event&) { order.add("event"); });
        zk.async_set("/a", std::to_string(i), [order](error_code, const stat&) { order.add("reply"); });
        ASSERT_TRUE(order.wait_for(2));
        ASSERT_EQ(order.all(), (std::vector<std::string>{"event", "reply"})) << "in round " << i;
    }
    for (int i = 1; i <= 100; ++i) {
        const std::string data = "other " + std::to_string(i);
        const auto told = std::make_shared<std::atomic<bool>>(false);
        zk.get("/a", [told](const watch_event&) { *told = true; });
        auto changed = other.async_set("/a", data, asio::use_future);
        // Whichever read shows the change first, blocking ones included: the callback must have begun.
        while (zk.get("/a").data != data) {}
        ASSERT_TRUE(*told) << "in round " << i;
        changed.get();
    }
}

TEST_P(threads_test, copies_and_views_share_the_session) {
    auto zk = connect();
    const client copy = zk;
    const client view = zk.chroot("/");
    EXPECT_EQ(copy.client_id(), zk.client_id());
    EXPECT_EQ(view.client_id(), zk.client_id());
    client moved = std::move(zk);
    EXPECT_EQ(moved.create("/a"), "/a");
    zk = moved;
    EXPECT_TRUE(zk.exists("/a"));
}

} // namespace
} // namespace zooid::test
