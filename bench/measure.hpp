// Clocks, counters and the one line of JSON in which a side reports them.
#pragma once

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::bench {

using bench_clock = std::chrono::steady_clock;

/// Wall and processor time of a stretch of work.
struct effort {
    double seconds = 0;
    double cpu_seconds = 0; ///< user and system time of all threads of this process
};

/// Processor time this process has used so far, in seconds.
inline double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& value) {
        return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Runs `work` and tells what it took.
template <class Work>
effort measure(Work&& work) {
    const double cpu = cpu_seconds();
    const auto start = bench_clock::now();
    std::forward<Work>(work)();
    return {std::chrono::duration<double>(bench_clock::now() - start).count(), cpu_seconds() - cpu};
}

/// Bytes of memory resident now. The kernel's cheaper counters lag behind by whole pages for every thread.
inline std::size_t resident_bytes() {
    std::ifstream file{"/proc/self/smaps_rollup"};
    for (std::string word; file >> word;) {
        std::size_t kilobytes = 0;
        if (word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

/// Durations of single operations; memory is taken up front.
class latencies {
public:
    explicit latencies(std::size_t count) { nanoseconds_.reserve(count); }

    /// Runs `work` once and remembers how long it took.
    template <class Work>
    void time(Work&& work) {
        const auto start = bench_clock::now();
        std::forward<Work>(work)();
        nanoseconds_.push_back(std::chrono::nanoseconds{bench_clock::now() - start}.count());
    }

    /// The duration in microseconds that `percent` of the operations did not exceed.
    double percentile(double percent) {
        if (nanoseconds_.empty()) return 0;
        const auto rank = static_cast<std::size_t>(percent / 100 * static_cast<double>(nanoseconds_.size()));
        const auto at = nanoseconds_.begin() + static_cast<std::ptrdiff_t>(std::min(rank, nanoseconds_.size() - 1));
        std::nth_element(nanoseconds_.begin(), at, nanoseconds_.end());
        return static_cast<double>(*at) / 1000;
    }

private:
    std::vector<std::int64_t> nanoseconds_;
};

/// Figures gathered under their names and printed as one line of JSON.
class report {
public:
    report(std::string_view side, std::string_view workload) {
        text_ = R"({"side": ")" + std::string{side} + R"(", "workload": ")" + std::string{workload} + '"';
    }

    report& add(std::string_view name, double value) {
        char number[32];
        std::snprintf(number, sizeof number, "%.9g", value);
        text_ += R"(, ")" + std::string{name} + R"(": )" + number;
        return *this;
    }
    report& add(std::string_view name, std::size_t value) { return add(name, static_cast<double>(value)); }
    report& add(const effort& spent) { return add("seconds", spent.seconds).add("cpu_seconds", spent.cpu_seconds); }
    report& add(latencies& times) { return add("p50_us", times.percentile(50)).add("p99_us", times.percentile(99)); }

    void print() const { std::printf("%s}\n", text_.c_str()); }

private:
    std::string text_;
};

} // namespace zooid::bench
