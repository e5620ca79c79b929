// Zooid as a user meets it: a client with its own threads, blocking calls, plain callbacks.
#include "flight.hpp"
#include "workloads.hpp"

#include <zooid/client.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace zooid::bench {
namespace {

class zooid_side {
public:
    static constexpr bool shareable = true;

    explicit zooid_side(const options& settings)
        : client_{settings.address + ':' + std::to_string(settings.port), client_options(settings)} {
        client_.start();
    }
    zooid_side(const zooid_side&) = delete;
    zooid_side& operator=(const zooid_side&) = delete;
    ~zooid_side() {
        try {
            client_.close();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "closing: %s\n", error.what());
        }
    }

    void get() { client_.get(node_path); }
    void set() { client_.set(node_path, node_data); }

    void pipeline(operation kind, std::size_t count, std::size_t window) {
        switch (kind) {
        case operation::get:
            return fly<&zooid_side::start_get>(count, window);
        case operation::set:
            return fly<&zooid_side::start_set>(count, window);
        case operation::exists:
            return fly<&zooid_side::start_exists>(count, window);
        case operation::watch:
            events_.expect(count);
            return fly<&zooid_side::start_watch>(count, window);
        }
    }

    void await_events(std::size_t) { events_.wait(); }

private:
    /// Reports to whichever flight an operation belongs to.
    struct landing {
        void* flight;
        void (*land)(void* flight, bool succeeded);
        void operator()(bool succeeded) const { land(flight, succeeded); }
    };

    /// The completion of an exists that is to find nothing.
    struct absence {
        landing landed;
        void operator()(zooid::error_code error, const std::optional<zooid::stat>& found) const {
            landed(!error && !found);
        }
    };

    template <auto Start>
    void fly(std::size_t count, std::size_t window) {
        struct starter {
            zooid_side* side;
            void operator()(std::size_t index, flight<starter>& in) const {
                (side->*Start)(index, {&in, [](void* self, bool succeeded) {
                                           static_cast<flight<starter>*>(self)->landed(succeeded);
                                       }});
            }
        };
        flight<starter> flight{starter{this}, count, window};
        flight.run();
    }

    void start_get(std::size_t, landing landed) {
        client_.async_get(node_path, [landed](zooid::error_code error, const zooid::node&) { landed(!error); });
    }
    void start_set(std::size_t, landing landed) {
        client_.async_set(node_path, node_data,
                          [landed](zooid::error_code error, const zooid::stat&) { landed(!error); });
    }
    void start_exists(std::size_t index, landing landed) {
        client_.async_exists(name(watch_path(index)), absence{landed});
    }
    void start_watch(std::size_t index, landing landed) {
        const auto seen = [this](const zooid::watch_event& event) {
            if (event.type == zooid::event_type::created) events_.event();
        };
        client_.async_exists(name(watch_path(index)), seen, absence{landed});
    }

    static std::string_view name(const std::array<char, 13>& path) { return {path.data(), path.size() - 1}; }

    static zooid::client_options client_options(const options& settings) {
        zooid::client_options result;
        result.session_timeout = std::chrono::milliseconds{settings.timeout_ms};
        return result;
    }

    event_tally events_;
    zooid::client client_;
};

} // namespace
} // namespace zooid::bench

int main(int argc, char** argv) { return zooid::bench::run_side<zooid::bench::zooid_side>("zooid", argc, argv); }
