#include "simulation/client_world.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

namespace zooid::testing {

namespace {

constexpr std::uint16_t port = 2181;

enum class sanitizer : std::uint8_t { none, address, thread };

#if defined(__SANITIZE_ADDRESS__)
constexpr auto built_with = sanitizer::address;
#elif defined(__SANITIZE_THREAD__)
constexpr auto built_with = sanitizer::thread;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr auto built_with = sanitizer::address;
#elif __has_feature(thread_sanitizer)
constexpr auto built_with = sanitizer::thread;
#else
constexpr auto built_with = sanitizer::none;
#endif
#else
constexpr auto built_with = sanitizer::none;
#endif

} // namespace

client_world::client_world(std::uint64_t seed, int hosts)
    : sim(seed),
      server(sim.host("zookeeper"), sim.executor()),
      hosts_(hosts),
      members_(static_cast<std::size_t>(hosts)) {
    for (int i = 1; i <= hosts_; ++i) {
        endpoints.push_back(sim.listen(
            "zk" + std::to_string(i), port,
            [this, &as = members_[static_cast<std::size_t>(i - 1)]](std::unique_ptr<runtime::stream> accepted) {
                server.serve(std::move(accepted), as);
            }));
    }
}

std::string client_world::connect_string() const {
    std::string text;
    for (int i = 1; i <= hosts_; ++i) {
        text += (i == 1 ? "zk" : ",zk") + std::to_string(i) + ":" + std::to_string(port);
    }
    return text;
}

client_options client_world::options() {
    client_options how;
    how.session_timeout = std::chrono::seconds{10};
    how.connect_timeout = std::chrono::seconds{2};
    how.randomize_hosts = false;
    return how;
}

client client_world::make_client(const client_options& how, const std::string& host) {
    return client{sim.executor(), connect_string(), how, sim.host(host)};
}

client client_world::make_tapped_client(const client_options& how) {
    tap = std::make_shared<client_tap>(sim.environment());
    return client{sim.executor(), connect_string(), how, tap};
}

bool client_world::run_until(const std::function<bool()>& done, simulation::duration limit) {
    if (!on_step) {
        return sim.run_until(done, limit);
    }
    return sim.run_until(
        [&] {
            on_step();
            return done();
        },
        limit);
}

void client_world::run_for(simulation::duration time) {
    const auto end = sim.now() + time;
    static_cast<void>(run_until([] { return false; }, time));
    sim.run_for(end - sim.now());
}

void client_world::start(client& zk) {
    int completions = 0;
    zk.async_start([&completions](error_code ec) {
        EXPECT_FALSE(ec) << ec.message();
        ++completions;
    });
    ASSERT_TRUE(run_until([&] { return completions != 0; })) << sim.report();
    EXPECT_TRUE(zk.connected());
}

simulation::duration client_world::stop(client& zk) {
    const auto began = sim.now();
    int completions = 0;
    zk.async_stop([&completions](error_code ec) {
        EXPECT_FALSE(ec) << ec.message();
        ++completions;
    });
    EXPECT_TRUE(run_until([&] { return completions != 0; })) << "closing never completes, " << sim.report();
    EXPECT_EQ(zk.state(), session_state::lost);
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    EXPECT_EQ(zk.metrics().queue_depth, 0U);
    EXPECT_EQ(zk.metrics().watches, 0U);
    return sim.now() - began;
}

std::uint64_t simulation_stride(std::uint64_t with_sanitizer) {
    const char* text = std::getenv("ZOOID_SIMULATION_STRIDE"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    const std::uint64_t wanted = text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
    if (wanted != 0) {
        return wanted;
    }
    switch (built_with) {
    case sanitizer::address:
        return with_sanitizer;
    case sanitizer::thread:
        return with_sanitizer * 2; // a simulation has one thread: there is little to see
    case sanitizer::none:
        break;
    }
    return 1;
}

seed_range simulation_seeds(seed_range usual) { return test::seeds("ZOOID_SIMULATION_SEEDS", usual); }

} // namespace zooid::testing
