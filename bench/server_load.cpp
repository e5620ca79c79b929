// Keeps a server busy over bare sockets, and tells how much processor time the server's process spent on it.
#include "measure.hpp"
#include "protocol.hpp"
#include "raw_connection.hpp"

#include <time.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::bench {
namespace {

constexpr const char* load_usage =
    "usage: server_load WORKLOAD ADDRESS PORT PID AMOUNT [DATA-SIZE]\n"
    "  get, set, create   pipelined, for AMOUNT milliseconds\n"
    "  watches            10,000 watches fire, AMOUNT times\n"
    "  fill               AMOUNT thousand nodes that hold DATA-SIZE bytes each\n"
    "PID is the server's process.\n";

constexpr std::size_t window = 1000;     // requests in flight
constexpr std::size_t watchers = 100;    // connections that watch,
constexpr std::size_t watched = 100;     // each of them so many nodes: 10,000 watches
constexpr std::size_t family = 1000;     // nodes below one parent, in `fill`
constexpr std::size_t error_offset = 12; // of a reply's error code

/// What to do, and to whom.
struct load_options {
    std::string workload;
    std::string address;
    std::uint16_t port = 0;
    pid_t process = 0;
    std::size_t amount = 0;
    std::size_t data_size = 0;
};

/// Processor time that another process has used so far: user and system time of all its threads, also ended ones.
double cpu_seconds_of(pid_t process) {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
        throw std::runtime_error{"the server's process is not there"};
    }
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// Runs `work` and tells how long it took, and what it cost the server.
template <class Work>
effort measure_server(const load_options& settings, Work&& work) {
    const double cpu = cpu_seconds_of(settings.process);
    const auto start = bench_clock::now();
    work();
    return {std::chrono::duration<double>(bench_clock::now() - start).count(), cpu_seconds_of(settings.process) - cpu};
}

void expect_success(std::string_view reply) {
    if (load_i32(reply.data() + error_offset) != 0) throw std::runtime_error{"an operation failed"};
}

/// `prefix` and ten digits.
std::string numbered(std::string_view prefix, std::size_t number) {
    const std::string digits = std::to_string(number);
    return std::string{prefix} + std::string(10 - digits.size(), '0') + digits;
}

/// Makes a node unless it is there.
void ensure(raw_connection& connection, std::string_view path) {
    constexpr std::int32_t node_exists = -110;
    connection.exchange(create_request(1, path, node_data), node_exists);
}

/// Sends what `append(bytes&, index)` makes, with a window of requests in flight, until `enough()`; answers every batch of
/// replies with one write. Returns the number of operations.
template <class Append, class Enough>
std::size_t pipeline(raw_connection& connection, Append append, Enough enough) {
    bytes output;
    std::size_t sent = 0;
    std::size_t received = 0;
    do {
        output.clear();
        if (!enough()) {
            while (sent - received < window) append(output, sent++);
        }
        if (!output.empty()) connection.send(output);
        expect_success(connection.receive());
        ++received;
        for (auto reply = connection.buffered(); reply.data() != nullptr; reply = connection.buffered()) {
            expect_success(reply);
            ++received;
        }
    } while (received < sent);
    return received;
}

void add_bytes(bytes& to, const bytes& what) { to.insert(to.end(), what.begin(), what.end()); }

/// Pipelined operations of one kind for some time.
void run_operations(const load_options& settings, report& result) {
    raw_connection connection{settings.address, settings.port};
    ensure(connection, node_path);
    const bytes request = settings.workload == "get" ? read_request(opcode::get_data, 1, node_path, false)
                                                     : set_request(1, node_path, node_data);
    // A parent of its own for each run, so that no run finds the nodes of another.
    const std::string parent = "/created-" + std::to_string(bench_clock::now().time_since_epoch().count());
    ensure(connection, parent);
    const auto append = [&](bytes& out, std::size_t index) {
        if (settings.workload != "create") return add_bytes(out, request);
        add_bytes(out, create_request(1, numbered(parent + "/n", index), node_data));
    };
    std::size_t operations = 0;
    const effort spent = measure_server(settings, [&] {
        const auto end = bench_clock::now() + std::chrono::milliseconds{settings.amount};
        operations = pipeline(connection, append, [end] { return bench_clock::now() >= end; });
    });
    result.add(spent).add("ops", operations);
}

/// One-shot data watches of many connections on the same nodes. Only firing is measured: a change of each node, and the
/// events to all who watch it.
void run_watches(const load_options& settings, report& result) {
    raw_connection writer{settings.address, settings.port};
    std::vector<std::unique_ptr<raw_connection>> crowd;
    for (std::size_t i = 0; i < watchers; ++i) {
        crowd.push_back(std::make_unique<raw_connection>(settings.address, settings.port));
    }
    bytes watching;
    bytes changing;
    for (std::size_t i = 0; i < watched; ++i) {
        const std::string path = numbered("/watched-", i);
        ensure(writer, path);
        add_bytes(watching, read_request(opcode::get_data, 1, path, true));
        add_bytes(changing, set_request(1, path, node_data));
    }
    effort total;
    for (std::size_t turn = 0; turn < settings.amount; ++turn) {
        for (const auto& watcher : crowd) watcher->send(watching);
        for (const auto& watcher : crowd) {
            for (std::size_t i = 0; i < watched; ++i) expect_success(watcher->receive());
        }
        const effort spent = measure_server(settings, [&] {
            writer.send(changing);
            for (const auto& watcher : crowd) {
                for (std::size_t i = 0; i < watched; ++i) {
                    if (load_i32(watcher->receive().data()) != notification_xid) throw std::runtime_error{"no event"};
                }
            }
            for (std::size_t i = 0; i < watched; ++i) expect_success(writer.receive());
        });
        total.seconds += spent.seconds;
        total.cpu_seconds += spent.cpu_seconds;
    }
    result.add(total).add("ops", settings.amount * watchers * watched).add("turns", settings.amount);
}

/// Many nodes, a thousand below each parent, created a parent's children at a time.
void run_fill(const load_options& settings, report& result) {
    constexpr std::int32_t any_version = -1;
    raw_connection connection{settings.address, settings.port};
    ensure(connection, "/fill");
    ensure(connection, node_path);
    const std::string data(settings.data_size, 'x');
    const effort spent = measure_server(settings, [&] {
        for (std::size_t parent = 0; parent < settings.amount; ++parent) {
            const std::string path = numbered("/fill/p", parent);
            bytes request;
            frame_writer frame{request};
            frame.i32(1).code(opcode::multi);
            for (std::size_t i = 0; i < family; ++i) {
                // The parent counts as a node, too.
                const std::string name = i == 0 ? path : numbered(path + "/n", i);
                frame.code(opcode::create).boolean(false).i32(any_version).string(name).string(data).open_acl().i32(0);
            }
            frame.i32(any_version).boolean(true).i32(any_version).finish();
            const std::string_view reply = connection.exchange(request);
            // A transaction that failed begins with an error instead of the result of a create.
            if (load_i32(reply.data() + reply_header_size) != static_cast<std::int32_t>(opcode::create)) {
                throw std::runtime_error{"could not create nodes"};
            }
        }
    });
    // A server may keep its last requests for others to catch up; not these, then.
    const bytes set = set_request(1, node_path, node_data);
    for (std::size_t i = 0; i < window; ++i) connection.exchange(set);
    result.add(spent).add("ops", settings.amount * family);
}

load_options parse(int argc, char** argv) {
    if (argc != 6 && argc != 7) throw std::invalid_argument{"wrong number of arguments"};
    load_options result;
    result.workload = argv[1];
    result.address = argv[2];
    result.port = static_cast<std::uint16_t>(std::stoul(argv[3]));
    result.process = static_cast<pid_t>(std::stol(argv[4]));
    result.amount = std::stoul(argv[5]);
    if (argc == 7) result.data_size = std::stoul(argv[6]);
    return result;
}

void run(const load_options& settings, report& result) {
    const std::string_view name = settings.workload;
    if (name == "get" || name == "set" || name == "create") return run_operations(settings, result);
    if (name == "watches") return run_watches(settings, result);
    if (name == "fill") return run_fill(settings, result);
    throw std::invalid_argument{"unknown workload: " + settings.workload};
}

} // namespace
} // namespace zooid::bench

int main(int argc, char** argv) {
    try {
        const auto settings = zooid::bench::parse(argc, argv);
        zooid::bench::report result{"raw", settings.workload};
        zooid::bench::run(settings, result);
        result.print();
        return 0;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "server_load: %s\n%s", error.what(), zooid::bench::load_usage);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "server_load: %s\n", error.what());
        return 1;
    }
}
