#include "support/bad_peers.hpp"
#include "support/eventually.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class deadlines_test : public server_test {
protected:
    [[nodiscard]] client connect_through(const relay& link, client_options options = {}) const {
        client zk{link.address() + root(), std::move(options)};
        zk.start({.timeout = 60s});
        return zk;
    }
    /// True once everything asked so far has left for the server.
    static bool all_written(client& zk, std::uint64_t bytes_before) {
        return eventually([&] { return zk.metrics().bytes_sent > bytes_before; });
    }
};
ZOOID_ON_EVERY_VERSION(deadlines_test);

TEST_P(deadlines_test, a_request_ends_with_its_timeout_when_the_server_is_silent) {
    auto zk = connect();
    zk.create("/a", "a");
    zk.create("/b", "b");
    server().pause();
    EXPECT_EQ(error_of([&] { return zk.get("/a", {.timeout = 200ms}); }), errc::operation_timeout);
    EXPECT_THROW(zk.set("/b", "late", {.timeout = 200ms}), operation_timeout_error);
    server().resume();
    // The answers that come after all belong to nobody; the next ones must find their own requests.
    EXPECT_EQ(zk.get("/a").data, "a");
    EXPECT_EQ(zk.get("/b").data, "late") << "what was written is executed";
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(deadlines_test, a_timed_out_write_may_have_taken_effect_and_says_so) {
    auto zk = connect();
    zk.create("/a");
    server().pause();
    try {
        zk.set("/a", "x", {.timeout = 200ms});
        FAIL() << "the server was not paused";
    } catch (const operation_timeout_error& e) {
        EXPECT_EQ(e.possible_effect(), effect::unknown);
        EXPECT_EQ(e.code(), condition::retryable);
    }
    try {
        zk.get("/a", {.timeout = 200ms});
        FAIL() << "the server was not paused";
    } catch (const operation_timeout_error& e) {
        EXPECT_EQ(e.possible_effect(), effect::none);
    }
    server().resume();
}

TEST_P(deadlines_test, the_clients_default_applies_to_all) {
    client_options hasty;
    hasty.request_timeout = 200ms;
    auto zk = connect(hasty);
    server().pause();
    EXPECT_EQ(error_of([&] { return zk.get("/"); }), errc::operation_timeout);
    EXPECT_EQ(error_of([&] { return zk.transaction().check("/").commit(); }), errc::operation_timeout);
    EXPECT_EQ(error_of([&] { return zk.upsert("/x", ""); }), errc::operation_timeout);
    EXPECT_EQ(error_of([&] { return zk.create("/p/q", "", {.make_path = true}); }), errc::operation_timeout);
    EXPECT_EQ(error_of([&] {
                  zk.remove("/a", {.recursive = true});
                  return 0;
              }),
              errc::operation_timeout);
    server().resume();
}

TEST_P(deadlines_test, what_timed_out_before_it_was_written_is_never_sent) {
    relay link(server().port());
    auto zk = connect_through(link);
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    auto patient = zk.async_create("/patient", "", asio::use_future);
    EXPECT_EQ(error_of([&] { return zk.create("/hasty", "", {.timeout = 200ms}); }), errc::operation_timeout);
    link.restore();
    EXPECT_EQ(patient.get(), "/patient");
    EXPECT_FALSE(zk.exists("/hasty"));
}

TEST_P(deadlines_test, a_written_request_can_be_cancelled) {
    auto zk = connect();
    zk.create("/a", "a");
    server().pause();
    asio::cancellation_signal stop;
    std::promise<error_code> ended;
    const auto sent = zk.metrics().bytes_sent;
    zk.async_get("/a",
                 asio::bind_cancellation_slot(stop.slot(), [&](error_code ec, const node&) { ended.set_value(ec); }));
    ASSERT_TRUE(all_written(zk, sent));
    stop.emit(asio::cancellation_type::terminal);
    EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
    server().resume();
    EXPECT_EQ(zk.get("/a").data, "a");
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(deadlines_test, a_waiting_request_is_taken_back_when_cancelled) {
    relay link(server().port());
    auto zk = connect_through(link);
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    asio::cancellation_signal stop;
    std::promise<error_code> ended;
    zk.async_create("/cancelled", "", asio::bind_cancellation_slot(stop.slot(), [&](error_code ec, const std::string&) {
                        ended.set_value(ec);
                    }));
    auto kept = zk.async_create("/kept", "", asio::use_future);
    stop.emit(asio::cancellation_type::total);
    EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
    link.restore();
    EXPECT_EQ(kept.get(), "/kept");
    EXPECT_FALSE(zk.exists("/cancelled"));
}

asio::awaitable<void> read_root(client zk) { co_await zk.async_get("/", asio::use_awaitable); }

TEST_P(deadlines_test, cancelling_a_coroutine_cancels_what_it_waits_for) {
    asio::io_context loop;
    client zk{loop.get_executor(), hosts()};
    asio::cancellation_signal stop;
    error_code ended;
    zk.async_start([&](error_code) {
        server().pause();
        asio::co_spawn(loop, read_root(zk), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) {
                           try {
                               std::rethrow_exception(e);
                           } catch (const boost::system::system_error& error) {
                               ended = error.code();
                           }
                           server().resume();
                           zk.async_stop([](error_code) {});
                       }));
        asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    });
    loop.run();
    EXPECT_EQ(ended, asio::error::operation_aborted);
}

TEST_P(deadlines_test, waiting_for_an_event_has_a_timeout_and_can_be_cancelled) {
    auto zk = connect();
    auto watched = zk.exists_and_watch("/a");
    EXPECT_EQ(error_of([&] { return watched.watch.next(100ms); }), errc::operation_timeout);
    asio::cancellation_signal stop;
    std::promise<error_code> ended;
    watched.watch.async_next(
        asio::bind_cancellation_slot(stop.slot(), [&](error_code ec, const watch_event&) { ended.set_value(ec); }));
    stop.emit(asio::cancellation_type::terminal);
    EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
    // Neither has cost the watch anything.
    zk.create("/a");
    EXPECT_EQ(watched.watch.next(scaled(20s)).type, event_type::created);
}

TEST_P(deadlines_test, destroying_a_subscription_ends_the_wait_for_it) {
    auto zk = connect();
    std::optional<watch> w(zk.exists_and_watch("/a").watch);
    std::promise<error_code> ended;
    w->async_next([&](error_code ec, const watch_event&) { ended.set_value(ec); });
    w.reset();
    EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
}

TEST_P(deadlines_test, starting_ends_with_its_timeout_and_can_be_tried_again) {
    const silent_peer silent;
    client zk{silent.address() + root()};
    EXPECT_EQ(error_of([&] {
                  zk.start({.timeout = 200ms});
                  return 0;
              }),
              errc::operation_timeout);
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    zk.set_hosts(server().address());
    zk.start({.timeout = 60s});
    EXPECT_TRUE(zk.exists("/"));
}

TEST_P(deadlines_test, a_four_letter_word_ends_with_its_timeout) {
    const silent_peer silent;
    auto zk = connect();
    EXPECT_EQ(error_of([&] { return zk.command("ruok", {.host = silent.address(), .timeout = 200ms}); }),
              errc::operation_timeout);
    const unreachable_host nowhere;
    EXPECT_EQ(error_of([&] { return zk.command("ruok", {.host = nowhere.address(), .timeout = 200ms}); }),
              errc::operation_timeout);
}

TEST_P(deadlines_test, closing_is_bounded_when_the_server_has_stopped) {
    client_options options;
    options.close_timeout = 200ms;
    auto zk = connect(options);
    server().pause();
    auto pending = zk.async_get("/", asio::use_future);
    const auto start = std::chrono::steady_clock::now();
    zk.close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, scaled(5s));
    EXPECT_THROW(pending.get(), boost::system::system_error) << "nothing may be left without an answer";
    server().resume();
}

TEST_P(deadlines_test, closing_without_a_connection_does_not_wait) {
    relay link(server().port());
    client_options options;
    options.close_timeout = 10min;
    auto zk = connect_through(link, options);
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    auto pending = zk.async_get("/", asio::use_future);
    zk.close();
    try {
        pending.get();
        FAIL() << "there was no connection";
    } catch (const boost::system::system_error& e) {
        EXPECT_EQ(e.code(), errc::closed);
    }
}

TEST_P(deadlines_test, dropping_the_last_handle_does_not_wait) {
    client_options options;
    options.close_timeout = 10min;
    std::optional<client> zk(connect(options));
    server().pause();
    auto pending = zk->async_get("/", asio::use_future);
    const auto start = std::chrono::steady_clock::now();
    zk.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - start, scaled(5s));
    server().resume();
    // Whether it was answered on the way out or not: it ends.
    EXPECT_EQ(pending.wait_for(scaled(20s)), std::future_status::ready);
}

TEST_P(deadlines_test, dropping_the_last_handle_closes_the_session) {
    auto observer = connect();
    {
        auto zk = connect();
        zk.create("/e", "", {.mode = create_mode::ephemeral});
    }
    EXPECT_TRUE(eventually([&] { return !observer.exists("/e"); }));
}

TEST_P(deadlines_test, the_last_handle_may_go_inside_a_callback) {
    auto observer = connect();
    std::promise<void> done;
    {
        auto zk = std::make_shared<client>(connect());
        zk->create("/e", "", {.mode = create_mode::ephemeral});
        zk->async_get("/", [&done, zk](error_code, const node&) mutable {
            zk.reset();
            done.set_value();
        });
    }
    done.get_future().get();
    EXPECT_TRUE(eventually([&] { return !observer.exists("/e"); }));
}

} // namespace
} // namespace zooid::test
