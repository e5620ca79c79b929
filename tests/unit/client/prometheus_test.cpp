#include <zooid/metrics.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace zooid {
namespace {

using namespace std::chrono_literals;

metrics_snapshot example() {
    metrics_snapshot m;
    m.state = session_state::connected;
    m.requests = 1001;
    m.replies = 1002;
    m.notifications = 1003;
    m.bytes_sent = 18'000'000'000'000'000'000U;
    m.bytes_received = 1005;
    m.connects = 1006;
    m.reconnects = 1007;
    m.expirations = 1008;
    m.queue_depth = 1009;
    m.watches = 1010;
    m.handler_queue_age = 1500ms;
    latency_histogram gets;
    gets.operation = opcode::get;
    gets.buckets = {1, 2, 0, 3};
    gets.buckets.back() = 4;
    gets.count = 10;
    gets.sum = 2500ms;
    gets.errors = 2;
    latency_histogram sets;
    sets.operation = opcode::set;
    m.latencies = {gets, sets};
    return m;
}

struct exposition {
    std::map<std::string, std::string> types;   // by metric
    std::map<std::string, std::string> samples; // by name and labels
};

// Reads the text as a scraper would and complains about what one would not take.
exposition read(const std::string& text) {
    exposition e;
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(text.back(), '\n');
    static const std::regex help(R"(# HELP ([a-z_]+) .+)");
    static const std::regex type(R"(# TYPE ([a-z_]+) (counter|gauge|histogram))");
    static const std::regex sample(
        R"re(([a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? (-?[0-9.]+(?:e[+-][0-9]+)?))re");
    std::set<std::string> described;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (std::regex_match(line, match, help)) {
            EXPECT_TRUE(described.insert(match[1]).second) << "described twice: " << line;
        } else if (std::regex_match(line, match, type)) {
            EXPECT_TRUE(e.types.emplace(match[1], match[2]).second) << "typed twice: " << line;
        } else if (std::regex_match(line, match, sample)) {
            EXPECT_TRUE(e.samples.emplace(std::string(match[1]) + std::string(match[2]), match[3]).second)
                << "told twice: " << line;
            std::string metric = match[1];
            for (const char* suffix : {"_bucket", "_sum", "_count"}) {
                const auto at = metric.rfind(suffix);
                if (at != std::string::npos && e.types.contains(metric.substr(0, at))) {
                    metric.resize(at);
                }
            }
            EXPECT_TRUE(e.types.contains(metric)) << "a sample before its type: " << line;
            EXPECT_EQ(metric.rfind("zooid_", 0), 0U) << line;
        } else {
            ADD_FAILURE() << "not the text format: " << line;
        }
    }
    return e;
}

TEST(prometheus, every_number_of_the_snapshot_is_told) {
    const auto e = read(to_prometheus(example()));
    const std::map<std::string, std::string> expected{
        {"zooid_requests_total", "1001"},
        {"zooid_replies_total", "1002"},
        {"zooid_notifications_total", "1003"},
        {"zooid_sent_bytes_total", "18000000000000000000"},
        {"zooid_received_bytes_total", "1005"},
        {"zooid_connects_total", "1006"},
        {"zooid_reconnects_total", "1007"},
        {"zooid_expirations_total", "1008"},
        {"zooid_queue_depth", "1009"},
        {"zooid_watches", "1010"},
        {"zooid_handler_queue_age_seconds", "1.5"},
    };
    for (const auto& [name, value] : expected) {
        const auto found = e.samples.find(name);
        ASSERT_NE(found, e.samples.end()) << name;
        EXPECT_EQ(found->second, value) << name;
    }
    for (const auto& [metric, type] : e.types) {
        const bool total = metric.size() > 6 && metric.substr(metric.size() - 6) == "_total";
        EXPECT_EQ(type == "counter", total) << metric << " is a " << type;
    }
}

TEST(prometheus, one_state_holds) {
    for (const auto state : {session_state::connected, session_state::suspended, session_state::lost}) {
        metrics_snapshot m;
        m.state = state;
        const auto e = read(to_prometheus(m));
        for (const auto other : {session_state::connected, session_state::suspended, session_state::lost}) {
            const auto found = e.samples.find("zooid_session_state{state=\"" + std::string(to_string(other)) + "\"}");
            ASSERT_NE(found, e.samples.end());
            EXPECT_EQ(found->second, other == state ? "1" : "0");
        }
    }
}

TEST(prometheus, histograms_are_cumulative_and_in_seconds) {
    const auto e = read(to_prometheus(example()));
    const std::string name = "zooid_request_duration_seconds";
    const auto bucket = [&](const std::string& bound) {
        const auto found = e.samples.find(name + "_bucket{operation=\"get\",le=\"" + bound + "\"}");
        return found == e.samples.end() ? "no such bucket" : found->second;
    };
    EXPECT_EQ(e.types.at(name), "histogram");
    EXPECT_EQ(bucket("+Inf"), "10");
    EXPECT_EQ(bucket("5"), "6");
    EXPECT_EQ(bucket("0.0005"), "6");
    EXPECT_EQ(bucket("0.00025"), "3");
    EXPECT_EQ(bucket("0.0001"), "3");
    EXPECT_EQ(e.samples.at(name + "_sum{operation=\"get\"}"), "2.5");
    EXPECT_EQ(e.samples.at(name + "_count{operation=\"get\"}"), "10");
    EXPECT_EQ(e.samples.at(name + "_count{operation=\"set\"}"), "0");
    EXPECT_EQ(e.samples.at("zooid_request_errors_total{operation=\"get\"}"), "2");
    std::uint64_t buckets = 0;
    for (const auto& [sample, value] : e.samples) {
        buckets += sample.rfind(name + "_bucket{operation=\"get\"", 0) == 0 ? 1U : 0U;
    }
    EXPECT_EQ(buckets, latency_histogram::bounds.size() + 1);
}

TEST(prometheus, an_empty_snapshot_is_valid_too) { read(to_prometheus(metrics_snapshot{})); }

} // namespace
} // namespace zooid
