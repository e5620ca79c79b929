// ZooKeeper's own C client (the multi-threaded library), either as it comes or with host name lookups switched off.
#include "flight.hpp"
#include "workloads.hpp"

#include <zookeeper/zookeeper.h>

#include <array>
#include <cstring>
#include <string>

namespace zooid::bench {
namespace {

void require(int code, const char* what) {
    if (code != ZOK) throw std::runtime_error{std::string{what} + ": " + zerror(code)};
}

class c_side {
public:
    static constexpr bool shareable = true;

    explicit c_side(const options& settings) {
        zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
        const std::string host = settings.address + ':' + std::to_string(settings.port);
        handle_ = zookeeper_init(host.c_str(), on_session_event, settings.timeout_ms, nullptr, this, 0);
        if (handle_ == nullptr) throw std::runtime_error{"zookeeper_init failed"};
        if (settings.tuned) zoo_set_servers_resolution_delay(handle_, -1);
        connected_.acquire();
    }
    c_side(const c_side&) = delete;
    c_side& operator=(const c_side&) = delete;
    ~c_side() { zookeeper_close(handle_); }

    void get() {
        std::array<char, 1024> data;
        int size = static_cast<int>(data.size());
        Stat stat;
        require(zoo_get(handle_, node_path.data(), 0, data.data(), &size, &stat), "zoo_get");
    }

    void set() {
        Stat stat;
        require(zoo_set2(handle_, node_path.data(), node_data.data(), static_cast<int>(node_data.size()), -1, &stat),
                "zoo_set2");
    }

    void pipeline(operation kind, std::size_t count, std::size_t window) {
        if (kind == operation::watch) events_.expect(count);
        flight_type flight{starter{this, kind}, count, window};
        flight.run();
    }

    void await_events(std::size_t) { events_.wait(); }

private:
    struct starter;
    using flight_type = flight<starter>;

    struct starter {
        c_side* side;
        operation kind;
        void operator()(std::size_t index, flight_type& flight) const {
            require(side->start(kind, index, flight), "starting a pipelined operation");
        }
    };

    int start(operation kind, std::size_t index, flight_type& flight) {
        switch (kind) {
        case operation::get:
            return zoo_aget(handle_, node_path.data(), 0, on_data, &flight);
        case operation::set:
            return zoo_aset(handle_, node_path.data(), node_data.data(), static_cast<int>(node_data.size()), -1, on_set,
                            &flight);
        case operation::exists:
            return zoo_aexists(handle_, watch_path(index).data(), 0, on_exists, &flight);
        case operation::watch:
            return zoo_awexists(handle_, watch_path(index).data(), on_watch, this, on_exists, &flight);
        }
        return ZBADARGUMENTS;
    }

    static flight_type& flight_of(const void* data) {
        return *const_cast<flight_type*>(static_cast<const flight_type*>(data));
    }
    static void on_data(int code, const char*, int, const Stat*, const void* data) {
        flight_of(data).landed(code == ZOK);
    }
    static void on_set(int code, const Stat*, const void* data) { flight_of(data).landed(code == ZOK); }
    static void on_exists(int code, const Stat*, const void* data) { flight_of(data).landed(code == ZNONODE); }

    static void on_watch(zhandle_t*, int type, int, const char*, void* context) {
        if (type == ZOO_CREATED_EVENT) static_cast<c_side*>(context)->events_.event();
    }
    static void on_session_event(zhandle_t*, int type, int state, const char*, void* context) {
        if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE) {
            static_cast<c_side*>(context)->connected_.release();
        }
    }

    std::counting_semaphore<> connected_{0};
    event_tally events_;
    zhandle_t* handle_ = nullptr;
};

} // namespace
} // namespace zooid::bench

int main(int argc, char** argv) { return zooid::bench::run_side<zooid::bench::c_side>("c-client", argc, argv); }
