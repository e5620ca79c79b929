#include "support/eventually.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"
#include "support/session_thief.hpp"

#include <zooid/client.hpp>
#include <zooid/metrics.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class metrics_test : public server_test {};
ZOOID_ON_EVERY_VERSION(metrics_test);

const latency_histogram* of(const metrics_snapshot& m, opcode op) {
    const auto found = std::find_if(m.latencies.begin(), m.latencies.end(),
                                    [&](const latency_histogram& h) { return h.operation == op; });
    return found == m.latencies.end() ? nullptr : &*found;
}

TEST_P(metrics_test, requests_replies_and_bytes_are_counted) {
    auto zk = connect();
    const auto before = zk.metrics();
    EXPECT_EQ(before.state, session_state::connected);
    EXPECT_EQ(before.connects, 1U);
    EXPECT_EQ(before.reconnects, 0U);
    const std::string data(10'000, 'x');
    zk.create("/a", data);
    for (int i = 0; i < 9; ++i) {
        EXPECT_EQ(zk.get("/a").data, data);
    }
    const auto after = zk.metrics();
    EXPECT_EQ(after.requests - before.requests, 10U);
    EXPECT_EQ(after.replies - before.replies, 10U);
    EXPECT_GT(after.bytes_sent - before.bytes_sent, 10'000U);
    EXPECT_LT(after.bytes_sent - before.bytes_sent, 11'000U);
    EXPECT_GT(after.bytes_received - before.bytes_received, 90'000U);
    EXPECT_EQ(after.queue_depth, 0U);
}

TEST_P(metrics_test, latencies_are_kept_by_operation) {
    auto zk = connect();
    zk.create("/a");
    for (int i = 0; i < 5; ++i) {
        zk.get("/a");
    }
    EXPECT_THROW(zk.get("/none"), no_node_error);
    const auto m = zk.metrics();
    const auto* gets = of(m, opcode::get);
    ASSERT_NE(gets, nullptr);
    EXPECT_EQ(gets->count, 6U);
    EXPECT_EQ(gets->errors, 1U);
    EXPECT_GT(gets->sum, 0ns);
    EXPECT_LT(gets->sum, scaled(60s));
    EXPECT_EQ(std::accumulate(gets->buckets.begin(), gets->buckets.end(), std::uint64_t{0}), 6U);
    ASSERT_NE(of(m, opcode::create), nullptr);
    EXPECT_EQ(of(m, opcode::create)->count, 1U);
    EXPECT_EQ(of(m, opcode::set_acls), nullptr) << "only what was used is listed";
}

TEST_P(metrics_test, connections_watches_and_notifications_are_counted) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    zk.exists("/a", [](const watch_event&) {});
    zk.exists("/b", [](const watch_event&) {});
    EXPECT_EQ(zk.metrics().watches, 2U);
    zk.create("/a");
    EXPECT_EQ(zk.metrics().notifications, 1U);
    EXPECT_EQ(zk.metrics().watches, 1U);
    link.cut();
    ASSERT_TRUE(eventually([&] { return zk.metrics().state == session_state::suspended; }));
    auto waiting = zk.async_get("/a", asio::use_future);
    EXPECT_EQ(zk.metrics().queue_depth, 1U);
    link.restore();
    waiting.get();
    EXPECT_EQ(zk.metrics().connects, 2U);
    EXPECT_EQ(zk.metrics().reconnects, 1U);
    ASSERT_TRUE(end_session(server().port(), zk.client_id()));
    EXPECT_TRUE(eventually([&] { return zk.metrics().expirations == 1; }));
}

TEST_P(metrics_test, a_callback_that_blocks_shows_in_the_age_of_the_queue) {
    auto zk = connect();
    std::promise<void> release;
    std::promise<void> blocked;
    zk.async_get("/", [&, held = release.get_future().share()](error_code, const node&) {
        blocked.set_value();
        held.wait();
    });
    blocked.get_future().get();
    zk.async_get("/", [](error_code, const node&) {});
    EXPECT_TRUE(eventually([&] { return zk.metrics().handler_queue_age > 50ms; }));
    release.set_value();
    zk.sync("/");
    EXPECT_TRUE(eventually([&] { return zk.metrics().handler_queue_age == 0ns; }));
}

TEST_P(metrics_test, the_prometheus_text_tells_the_same) {
    auto zk = connect();
    zk.create("/a");
    zk.get("/a");
    const auto m = zk.metrics();
    std::map<std::string, double> samples;
    std::istringstream text(to_prometheus(m));
    for (std::string line; std::getline(text, line);) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        const auto space = line.rfind(' ');
        ASSERT_NE(space, std::string::npos) << line;
        EXPECT_TRUE(samples.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second)
            << "twice: " << line;
        EXPECT_EQ(line.substr(0, 6), "zooid_");
    }
    const auto has_value = [&](double value) {
        return std::any_of(samples.begin(), samples.end(), [&](const auto& s) { return s.second == value; });
    };
    EXPECT_TRUE(has_value(static_cast<double>(m.bytes_sent)));
    EXPECT_TRUE(has_value(static_cast<double>(m.bytes_received)));
    EXPECT_TRUE(has_value(static_cast<double>(m.requests)));
}

TEST_P(metrics_test, the_log_tells_the_life_of_the_session) {
    struct sink {
        std::mutex mutex;
        std::vector<std::pair<log_level, std::string>> lines;
        std::string text() {
            const std::lock_guard lock(mutex);
            std::string all;
            for (const auto& [level, line] : lines) {
                all += std::string(to_string(level)) + ": " + line + "\n";
            }
            return all;
        }
    };
    const auto verbose = std::make_shared<sink>();
    const auto quiet = std::make_shared<sink>();
    relay link(server().port());
    const auto make = [&](const std::shared_ptr<sink>& s, log_level level) {
        client_options options;
        options.level = level;
        options.log = [s](log_level l, std::string_view line) {
            const std::lock_guard lock(s->mutex);
            s->lines.emplace_back(l, line);
        };
        client zk{link.address() + root(), options};
        zk.start({.timeout = 60s});
        return zk;
    };
    auto loud_client = make(verbose, log_level::debug);
    auto quiet_client = make(quiet, log_level::error);
    EXPECT_TRUE(eventually([&] { return verbose->text().find(link.address()) != std::string::npos; }))
        << verbose->text();
    EXPECT_EQ(verbose->text().find("link lost"), std::string::npos);
    link.cut();
    EXPECT_TRUE(eventually([&] { return verbose->text().find("link lost") != std::string::npos; })) << verbose->text();
    link.restore();
    EXPECT_TRUE(eventually([&] { return loud_client.connected() && quiet_client.connected(); }));
    quiet_client.close(); // after which nothing is left to be written
    EXPECT_EQ(quiet->text(), "") << "nothing so grave has happened";
}

} // namespace
} // namespace zooid::test
