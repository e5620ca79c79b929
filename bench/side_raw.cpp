// The floor: a hand-written loop on a blocking socket, with requests prepared in advance.
#include "workloads.hpp"

#include <cstring>

namespace zooid::bench {
namespace {

class raw_side {
public:
    static constexpr bool shareable = false;

    explicit raw_side(const options& settings)
        : connection_{settings.address, settings.port, settings.timeout_ms},
          get_{read_request(opcode::get_data, 0, node_path, false)},
          set_{set_request(0, node_path, node_data)} {}

    void get() { blocking(get_); }
    void set() { blocking(set_); }

    /// Answers every batch of replies with as many new requests, in one write.
    void pipeline(operation kind, std::size_t count, std::size_t window) {
        std::size_t sent = 0;
        std::size_t received = 0;
        while (received < count) {
            output_.clear();
            while (sent < count && sent - received < window) append(kind, sent++);
            if (!output_.empty()) connection_.send(output_);
            check(kind, connection_.receive(), received);
            for (auto reply = connection_.buffered(); reply.data() != nullptr; reply = connection_.buffered()) {
                check(kind, reply, received);
            }
        }
    }

    void await_events(std::size_t count) {
        for (std::size_t seen = 0; seen < count;) {
            if (load_i32(connection_.receive().data()) == notification_xid) ++seen;
        }
    }

private:
    void blocking(bytes& request) {
        store_i32(request.data() + length_prefix_size, ++xid_);
        const std::string_view reply = connection_.exchange(request);
        if (load_i32(reply.data()) != xid_) throw std::runtime_error{"reply out of order"};
    }

    void append(operation kind, std::size_t index) {
        if (kind == operation::get || kind == operation::set) {
            bytes& request = kind == operation::get ? get_ : set_;
            store_i32(request.data() + length_prefix_size, ++xid_);
            output_.insert(output_.end(), request.begin(), request.end());
            return;
        }
        const auto path = watch_path(index);
        const bytes request = read_request(opcode::exists, ++xid_, path.data(), kind == operation::watch);
        output_.insert(output_.end(), request.begin(), request.end());
    }

    static void check(operation kind, std::string_view reply, std::size_t& received) {
        const std::int32_t expected = kind == operation::get || kind == operation::set ? 0 : no_node;
        if (load_i32(reply.data() + 12) != expected) throw std::runtime_error{"a pipelined operation failed"};
        ++received;
    }

    raw_connection connection_;
    bytes get_;
    bytes set_;
    bytes output_;
    std::int32_t xid_ = 0;
};

/// Makes the node that all sides read and write.
int prepare(const options& settings) {
    constexpr std::int32_t node_exists = -110;
    raw_connection connection{settings.address, settings.port, settings.timeout_ms};
    connection.exchange(create_request(1, node_path, node_data), node_exists);
    connection.exchange(set_request(2, node_path, node_data));
    return 0;
}

} // namespace
} // namespace zooid::bench

int main(int argc, char** argv) {
    try {
        if (argc > 1 && std::strcmp(argv[1], "prepare") == 0)
            return zooid::bench::prepare(zooid::bench::parse_options(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
    return zooid::bench::run_side<zooid::bench::raw_side>("raw", argc, argv);
}
