#include <zooid/metrics.hpp>

#include <array>
#include <cstdio>
#include <string_view>

namespace zooid {
namespace {

void header(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
    out.append(type).append("\n");
}

std::string seconds(std::chrono::nanoseconds t) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(t.count()) / 1e9);
    return text.data();
}

void value(std::string& out, std::string_view name, std::string_view type, std::string_view help,
           const std::string& number) {
    header(out, name, type, help);
    out.append(name).append(" ").append(number).append("\n");
}

void counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t n) {
    value(out, name, "counter", help, std::to_string(n));
}

void gauge(std::string& out, std::string_view name, std::string_view help, const std::string& number) {
    value(out, name, "gauge", help, number);
}

void histogram(std::string& out, const latency_histogram& h) {
    const std::string label = "operation=\"" + std::string{to_string(h.operation)} + "\"";
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < h.buckets.size(); ++i) {
        below += h.buckets[i];
        const std::string bound = i < latency_histogram::bounds.size()
                                      ? seconds(std::chrono::microseconds{latency_histogram::bounds[i]})
                                      : "+Inf";
        out.append("zooid_request_duration_seconds_bucket{")
            .append(label)
            .append(",le=\"")
            .append(bound)
            .append("\"} ");
        out.append(std::to_string(below)).append("\n");
    }
    out += "zooid_request_duration_seconds_sum{" + label + "} " + seconds(h.sum) + "\n";
    out += "zooid_request_duration_seconds_count{" + label + "} " + std::to_string(h.count) + "\n";
}

} // namespace

std::string to_prometheus(const metrics_snapshot& s) {
    std::string out;
    header(out, "zooid_session_state", "gauge", "1 for the session's present state.");
    for (const session_state state : {session_state::connected, session_state::suspended, session_state::lost}) {
        out += "zooid_session_state{state=\"" + std::string{to_string(state)} + "\"} " +
               (s.state == state ? "1\n" : "0\n");
    }
    counter(out, "zooid_requests_total", "Requests put in line.", s.requests);
    counter(out, "zooid_replies_total", "Replies received.", s.replies);
    counter(out, "zooid_notifications_total", "Watch notifications received.", s.notifications);
    counter(out, "zooid_sent_bytes_total", "Bytes written.", s.bytes_sent);
    counter(out, "zooid_received_bytes_total", "Bytes read.", s.bytes_received);
    counter(out, "zooid_connects_total", "Connections on which a session was established.", s.connects);
    counter(out, "zooid_reconnects_total", "Connects but the first.", s.reconnects);
    counter(out, "zooid_expirations_total", "Sessions that expired.", s.expirations);
    gauge(out, "zooid_queue_depth", "Requests waiting for a connection or a reply.", std::to_string(s.queue_depth));
    gauge(out, "zooid_watches", "Registered watchers.", std::to_string(s.watches));
    gauge(out, "zooid_handler_queue_age_seconds",
          "How long ago the oldest callback that waits or runs was put in line.", seconds(s.handler_queue_age));
    header(out, "zooid_request_duration_seconds", "histogram", "Time from the writing of a request to its reply.");
    for (const latency_histogram& h : s.latencies) {
        histogram(out, h);
    }
    header(out, "zooid_request_errors_total", "counter", "Requests that ended with an error.");
    for (const latency_histogram& h : s.latencies) {
        out += "zooid_request_errors_total{operation=\"" + std::string{to_string(h.operation)} + "\"} " +
               std::to_string(h.errors) + "\n";
    }
    return out;
}

} // namespace zooid
