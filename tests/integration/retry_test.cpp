#include "support/eventually.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>
#include <zooid/retry.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stop_token>
#include <string>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class retry_test : public server_test {};
ZOOID_ON_EVERY_VERSION(retry_test);

TEST_P(retry_test, a_call_that_succeeds_is_made_once) {
    auto zk = connect();
    int calls = 0;
    EXPECT_EQ(zk.retry([&] {
        ++calls;
        return zk.create("/a", "x");
    }),
              "/a");
    EXPECT_EQ(calls, 1);
    zk.retry([&] { zk.set("/a", "y"); });
    EXPECT_EQ(zk.get("/a").data, "y");
}

TEST_P(retry_test, what_trying_again_cannot_cure_is_thrown_at_once) {
    auto zk = connect();
    int calls = 0;
    EXPECT_THROW(zk.retry(retry_policy::forever(),
                          [&] {
                              ++calls;
                              return zk.get("/none");
                          }),
                 no_node_error);
    EXPECT_EQ(calls, 1);
}

TEST_P(retry_test, lost_connections_are_ridden_out) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    int calls = 0;
    attempt last;
    const auto made = zk.retry(retry_policy::forever(1ms), [&](const attempt& now) {
        last = now;
        if (++calls <= 2) {
            EXPECT_TRUE(eventually([&] { return zk.connected(); }));
            link.freeze();
            auto watcher = std::async(std::launch::async, [&, before = zk.metrics().bytes_sent] {
                const bool sent = eventually([&] { return zk.metrics().bytes_sent > before; });
                link.cut();
                link.restore();
                return sent;
            });
            return zk.create("/a"); // lost, each time
        }
        return zk.create("/a");
    });
    EXPECT_EQ(made, "/a");
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(last.number, 3);
    EXPECT_EQ(last.previous, errc::connection_loss);
    EXPECT_TRUE(last.outcome_unknown);
}

TEST_P(retry_test, tries_are_counted) {
    auto zk = connect();
    server().pause();
    int calls = 0;
    const auto call = [&] {
        ++calls;
        return zk.get("/", {.timeout = 20ms});
    };
    EXPECT_THROW(zk.retry(retry_policy::n_times(3), call), operation_timeout_error);
    EXPECT_EQ(calls, 3);
    calls = 0;
    EXPECT_THROW(zk.retry(retry_policy::once(), call), operation_timeout_error);
    EXPECT_EQ(calls, 1);
    calls = 0;
    EXPECT_THROW(zk.retry(retry_policy::until_elapsed(200ms, 1ms), call), operation_timeout_error);
    EXPECT_GT(calls, 1);
    server().resume();
}

TEST_P(retry_test, unknown_outcomes_are_only_tried_again_if_allowed) {
    auto zk = connect();
    zk.create("/a");
    server().pause();
    auto policy = retry_policy::n_times(3);
    policy.retry_unknown = false;
    int writes = 0;
    EXPECT_THROW(zk.retry(policy,
                          [&] {
                              ++writes;
                              return zk.set("/a", "x", {.timeout = 20ms});
                          }),
                 operation_timeout_error);
    EXPECT_EQ(writes, 1);
    int reads = 0;
    EXPECT_THROW(zk.retry(policy,
                          [&] {
                              ++reads;
                              return zk.get("/a", {.timeout = 20ms});
                          }),
                 operation_timeout_error);
    EXPECT_EQ(reads, 3);
    server().resume();
}

TEST_P(retry_test, waiting_ends_when_asked_to) {
    auto zk = connect();
    server().pause();
    std::stop_source stop;
    auto policy = retry_policy::forever(1h);
    policy.interrupt = stop.get_token();
    std::promise<void> failed;
    auto ended = std::async(std::launch::async, [&] {
        return error_of([&] {
            return zk.retry(policy, [&] {
                const auto code = error_of([&] { return zk.get("/", {.timeout = 20ms}); });
                failed.set_value();
                throw_error(code, "get", "/");
                return 0;
            });
        });
    });
    failed.get_future().get();
    stop.request_stop();
    EXPECT_EQ(ended.get(), errc::interrupted);
    server().resume();
}

TEST_P(retry_test, waiting_ends_when_the_client_is_closed) {
    auto zk = connect();
    std::promise<void> failed;
    auto ended = std::async(std::launch::async, [&] {
        return error_of([&] {
            return zk.retry(retry_policy::forever(1h), [&] {
                failed.set_value();
                throw_error(errc::connection_loss, "get", "/");
                return 0;
            });
        });
    });
    failed.get_future().get();
    zk.close();
    EXPECT_EQ(ended.get(), errc::closed);
}

TEST_P(retry_test, the_default_outlasts_a_restart_of_the_server) {
    if (!server().keeps_state()) {
        GTEST_SKIP() << "the session would end with the server's memory";
    }
    auto zk = connect();
    zk.create("/a");
    server().kill();
    // What may be done twice: the reply to an attempt may come too late.
    auto written = std::async(std::launch::async, [&] {
        return zk.retry([&] { return zk.set("/a", "after", {.timeout = scaled(500ms)}); });
    });
    server().restart();
    EXPECT_GE(written.get().version, 1);
    EXPECT_EQ(zk.get("/a").data, "after");
}

} // namespace
} // namespace zooid::test
