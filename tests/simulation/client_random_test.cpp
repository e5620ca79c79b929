#include "simulation/busy_clients.hpp"
#include "simulation/network_weather.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

// Clients at work in bad weather, a different one for each seed. When it has cleared up, everybody has to know the
// truth.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

/// What may happen in a run.
struct climate {
    bool expiries = false;      // the server ends sessions
    bool client_pauses = false; // the client's machine stands still
    bool refusals = false;      // the server drops connections in the middle of a request
};

class weather final : public network_weather {
public:
    weather(client_world& world, std::uint64_t seed, const climate& c)
        : network_weather(world.sim, seed, {"zk1", "zk2", "zk3"}, 10), world_(world), climate_(c) {
        if (c.refusals) {
            world_.server.on_request([this](const scripted_request& r) { return react(r); });
        }
    }

private:
    reaction react(const scripted_request& r) {
        if (!is_clear() && r.type != opcode::ping && draw(60) == 0) {
            return draw(2) == 0 ? reaction::drop_before() : reaction::drop_after();
        }
        return reaction::serve();
    }

    void trouble(std::uint64_t kind) override {
        const auto sessions = world_.server.sessions();
        if (kind == 8) {
            world_.server.drop_connections();
        } else if (climate_.expiries && draw(2) == 0 && !sessions.empty()) {
            static_cast<void>(world_.server.expire(sessions[draw(sessions.size())]));
        } else if (climate_.client_pauses) {
            pause("client");
        }
    }

    client_world& world_;
    const climate climate_;
};

/// Looks at a client after every step of the simulation.
class observer {
public:
    observer(client_world& world, client zk, bool sessions_end_by_themselves)
        : world_(world), zk_(std::move(zk)), exact_(sessions_end_by_themselves) {
        zk_.add_listener([this](const state_change& c) { changed(c); });
    }

    void look() {
        const auto id = zk_.client_id().id;
        if (id != 0) {
            known_id_ = id;
        }
        const auto alive_until = world_.server.expires_at(id);
        if (alive_until != steady_time::min()) {
            last_known_ = alive_until;
            last_known_id_ = id;
        }
        if (exact_ && id != 0 && id == last_known_id_) {
            ASSERT_LE(zk_.safe_until(), last_known_) << "ephemerals are trusted that may be gone";
        }
    }

    /// How often the session was lost.
    [[nodiscard]] int losses() const noexcept { return losses_; }

private:
    void changed(const state_change& c) {
        EXPECT_TRUE(!state_ || *state_ != c.state) << "told twice: " << to_string(c.state);
        if (c.state == session_state::lost && c.keeper == keeper_state::expired) {
            ++losses_;
            EXPECT_EQ(world_.server.expires_at(known_id_), steady_time::min()) << "the server still has the session";
        }
        if (c.state == session_state::connected) {
            EXPECT_TRUE(session_ == 0 || state_ == session_state::lost || session_ == zk_.client_id().id)
                << "another session, and nobody was told";
            session_ = zk_.client_id().id;
        }
        state_ = c.state;
    }

    client_world& world_;
    client zk_;
    const bool exact_;
    std::optional<session_state> state_;
    std::int64_t session_ = 0;
    std::int64_t known_id_ = 0;
    std::int64_t last_known_id_ = 0;
    steady_time last_known_{};
    int losses_ = 0;
};

/// A whole run from one seed.
class random_run {
public:
    random_run(std::uint64_t seed, const climate& c)
        : world(seed, 3),
          clients(world, world.make_client(busy_clients::options(seed)),
                  world.make_client(busy_clients::options(seed), "other"), seed * 104729 + 2),
          sky_(world, seed * 7919 + 1, c),
          watched_(world, clients.zk, !c.expiries) {
        for (const char* path : {"/k", "/r", "/queue"}) {
            world.server.create(path);
        }
        world.server.create("/counter", "0");
        if (c.client_pauses) {
            clients.work.allow(20s);
        }
        world.on_step = [this] { watched_.look(); };
    }

    void run() {
        clients.begin();
        const auto end = world.sim.now() + 60s;
        while (world.sim.now() < end) {
            world.run_for(std::chrono::milliseconds{sky_.draw(2500)});
            sky_.change();
            change_by_somebody_else();
        }
        sky_.clear_up();
        clients.wind_up();
        if (::testing::Test::HasFatalFailure()) {
            return;
        }
        clients.compare(world.server, "after everything has become quiet");
        for (int i = 0; i < 6; ++i) {
            change_by_somebody_else();
        }
        world.run_for(1s);
        clients.compare(world.server, "after changes in quiet times: a watch is missing");
        clients.work.check(world.server);
        EXPECT_GT(clients.work.successes(), 20U) << "hardly anything has worked";
        clients.finish();
        EXPECT_TRUE(world.server.sessions().empty());
    }

    client_world world;
    busy_clients clients;

private:
    void change_by_somebody_else() {
        const auto& path = followed_nodes()[sky_.draw(followed_nodes().size())];
        if (!world.server.has(path)) {
            world.server.create(path, std::to_string(world.server.last_zxid()));
        } else if (sky_.draw(3) == 0) {
            world.server.remove(path);
        } else {
            world.server.set(path, std::to_string(world.server.last_zxid()));
        }
    }

    weather sky_;
    observer watched_;
};

void run_seeds(seed_range usual, const climate& c) {
    const auto [first, last] = simulation_seeds(usual);
    for (std::uint64_t seed = first; seed <= last; seed += simulation_stride(50)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        random_run one{seed, c};
        one.run();
        if (::testing::Test::HasFailure()) {
            return;
        }
    }
}

TEST(client_in_bad_weather, misses_nothing) { run_seeds({1000, 1099}, {}); }

TEST(client_in_bad_weather, misses_nothing_when_sessions_end) { run_seeds({2000, 2099}, {.expiries = true}); }

TEST(client_in_bad_weather, misses_nothing_when_its_machine_stands_still) {
    run_seeds({3000, 3099}, {.client_pauses = true, .refusals = true});
}

TEST(client_in_bad_weather, is_the_same_for_the_same_seed) {
    const auto fingerprint = [] {
        random_run one{77, {.expiries = true, .refusals = true}};
        one.run();
        return std::tuple{one.world.server.last_zxid(), one.world.server.received().size(), one.world.sim.now(),
                          one.world.sim.network().links_made(), one.clients.zk.metrics().bytes_received};
    };
    EXPECT_EQ(fingerprint(), fingerprint());
}

} // namespace
} // namespace zooid::testing
