// The workloads, written once for every side.
//
// A side is a class that is connected once constructed from `options` and offers
//     void get(), void set()                          one blocking operation on node_path
//     void pipeline(operation, count, window)         `count` operations with `window` of them in flight; blocks
//     void await_events(count)                        blocks until `count` watch events have been seen in all
//     static constexpr bool shareable                 whether several threads may use get() at once
// Every failure is thrown: a benchmark with failed operations has no result.
#pragma once

#include "measure.hpp"
#include "options.hpp"
#include "raw_connection.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace zooid::bench {

/// What pipeline() repeats. `exists` and `watch` ask for the paths of watch_path(0), watch_path(1), …
enum class operation { get, set, exists, watch };

/// Has every watch path created (and deleted again), over a connection of its own.
inline void fire_watches(const options& settings) {
    constexpr std::size_t batch = 1000;
    raw_connection trigger{settings.address, settings.port, settings.timeout_ms};
    if (settings.stub) {
        trigger.exchange(set_request(1, fire_path, ""));
        return;
    }
    for (std::size_t first = 0; first < settings.count; first += batch) {
        const auto last = std::min(first + batch, settings.count);
        // A multi that failed still has error code 0 in its header; its first result then is an error entry.
        const auto reply = trigger.exchange(touch_request(1, first, last));
        if (load_i32(reply.data() + reply_header_size) != static_cast<std::int32_t>(opcode::create)) {
            throw std::runtime_error{"could not create the watched nodes"};
        }
    }
}

template <class Side>
void run_blocking(const options& settings, report& result, operation kind) {
    Side side{settings};
    const auto once = [&] { kind == operation::get ? side.get() : side.set(); };
    for (std::size_t i = 0; i < settings.warm_up; ++i) once();
    latencies times{settings.count};
    const effort spent = measure([&] {
        for (std::size_t i = 0; i < settings.count; ++i) times.time(once);
    });
    result.add(spent).add(times).add("rss_bytes", resident_bytes());
}

template <class Side>
void run_pipelined(const options& settings, report& result, operation kind) {
    Side side{settings};
    if (settings.warm_up > 0) side.pipeline(kind, settings.warm_up, settings.window);
    const effort spent = measure([&] { side.pipeline(kind, settings.count, settings.window); });
    result.add(spent).add("rss_bytes", resident_bytes());
}

/// Every thread makes its share of the blocking gets on the one client.
template <class Side>
void run_threads(const options& settings, report& result) {
    if constexpr (!Side::shareable) {
        throw std::runtime_error{"this side cannot be shared between threads"};
    } else {
        Side side{settings};
        const std::size_t share = std::max<std::size_t>(settings.count / settings.threads, 1);
        std::latch ready{static_cast<std::ptrdiff_t>(settings.threads + 1)};
        std::latch go{1};
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < settings.threads; ++i) {
            threads.emplace_back([&] {
                for (std::size_t k = 0; k < settings.warm_up / settings.threads; ++k) side.get();
                ready.count_down();
                go.wait();
                for (std::size_t k = 0; k < share; ++k) side.get();
            });
        }
        ready.arrive_and_wait();
        const effort spent = measure([&] {
            go.count_down();
            threads.clear();
        });
        result.add(spent).add("threads", settings.threads).add("rss_bytes", resident_bytes());
        result.add("ops", share * settings.threads);
    }
}

/// One-shot watches: what setting them costs in time and memory, and how long until all of them have fired.
template <class Side>
void run_watches(const options& settings, report& result) {
    Side side{settings};
    // The same traffic without watches first, so that buffers and recycled blocks are not counted as watches.
    side.pipeline(operation::exists, settings.count / 4 + settings.window, settings.window);
    const std::size_t before = resident_bytes();
    const effort setting = measure([&] { side.pipeline(operation::watch, settings.count, settings.window); });
    const std::size_t after = resident_bytes();
    const effort firing = measure([&] {
        fire_watches(settings);
        side.await_events(settings.count);
    });
    const double grown = static_cast<double>(after) - static_cast<double>(before);
    result.add("seconds", setting.seconds + firing.seconds)
        .add("cpu_seconds", setting.cpu_seconds + firing.cpu_seconds)
        .add("set_seconds", setting.seconds)
        .add("fire_seconds", firing.seconds)
        .add("bytes_per_watch", grown / static_cast<double>(settings.count))
        .add("rss_bytes", after);
}

/// From nothing to a connected session, again and again; closing is not timed.
template <class Side>
void run_connect(const options& settings, report& result) {
    latencies times{settings.count};
    const effort spent = measure([&] {
        for (std::size_t i = 0; i < settings.count; ++i) {
            std::optional<Side> side;
            times.time([&] { side.emplace(settings); });
        }
    });
    result.add(spent).add(times).add("rss_bytes", resident_bytes());
}

/// What a process weighs that has connected and read one node.
template <class Side>
void run_memory(const options& settings, report& result) {
    Side side{settings};
    side.get();
    result.add("rss_bytes", resident_bytes());
}

template <class Side>
void run_workload(const options& settings, report& result) {
    const std::string_view name = settings.workload;
    if (name == "get") return run_blocking<Side>(settings, result, operation::get);
    if (name == "set") return run_blocking<Side>(settings, result, operation::set);
    if (name == "pipelined-get") return run_pipelined<Side>(settings, result, operation::get);
    if (name == "pipelined-set") return run_pipelined<Side>(settings, result, operation::set);
    if (name == "threads-get") return run_threads<Side>(settings, result);
    if (name == "watches") return run_watches<Side>(settings, result);
    if (name == "connect") return run_connect<Side>(settings, result);
    if (name == "memory") return run_memory<Side>(settings, result);
    throw std::invalid_argument{"unknown workload: " + settings.workload};
}

/// The main function of a side: runs the workload and prints its line; returns the process's exit code.
template <class Side>
int run_side(const char* name, int argc, char** argv) {
    try {
        const options settings = parse_options(argc, argv);
        report result{name, settings.workload};
        run_workload<Side>(settings, result);
        if (settings.workload != "threads-get") result.add("ops", settings.count);
        result.print();
        return 0;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        std::fprintf(stderr, usage_text, argv[0]);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
}

} // namespace zooid::bench
