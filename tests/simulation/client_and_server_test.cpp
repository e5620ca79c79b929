#include "simulation/busy_clients.hpp"
#include "simulation/embedded_world.hpp"
#include "simulation/network_weather.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

// Real clients and the real server in bad weather, a different one for each seed. When it has cleared up, everybody has to
// know the truth, and nothing that was promised is broken on the way.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

/// What may happen in a run, besides a bad network.
struct climate {
    bool expiries = false;      // the server ends sessions
    bool restarts = false;      // the server goes away and comes back with what it knew
    bool faults = false;        // replies are lost or late, requests dropped, connections frozen
    bool client_pauses = false; // the client's machine stands still
};

class weather final : public network_weather {
public:
    weather(embedded_world& world, std::uint64_t seed, const climate& c)
        : network_weather(world.sim(), seed, {"zk"}, 11), world_(world), climate_(c) {}

private:
    void trouble(std::uint64_t kind) override {
        switch (kind) {
        case 8:
            world_.server->drop_all();
            break;
        case 9:
            trouble_the_server();
            break;
        default:
            trouble_a_session();
            break;
        }
    }

    void trouble_the_server() {
        if (climate_.restarts && world_.server->running()) {
            world_.server->stop();
            last([this] { world_.server->restart(); });
        } else if (climate_.faults) {
            world_.server->freeze_all();
            last([this] { world_.server->thaw_all(); });
        }
    }

    void trouble_a_session() {
        const auto sessions = world_.server->sessions();
        if (climate_.expiries && draw(2) == 0 && !sessions.empty()) {
            static_cast<void>(world_.server->expire(sessions[draw(sessions.size())].id));
        } else if (climate_.faults && draw(3) != 0) {
            inject();
        } else if (climate_.faults && !sessions.empty()) {
            const auto id = sessions[draw(sessions.size())].id;
            static_cast<void>(world_.server->freeze(id));
            last([this, id] { static_cast<void>(world_.server->thaw(id)); });
        } else if (climate_.client_pauses) {
            pause("client");
        }
    }

    void inject() {
        server_fault fault;
        fault.kind = static_cast<fault_kind>(draw(3)); // all but `fail`
        fault.times = static_cast<std::uint32_t>(1 + draw(5));
        fault.delay = some_time();
        const auto id = world_.server->inject(std::move(fault));
        last([this, id] { world_.server->remove_fault(id); });
    }

    embedded_world& world_;
    const climate climate_;
};

/// Looks at a client, and what the server knows of it, after every step of the simulation.
class observer {
public:
    observer(embedded_world& world, client zk, bool sessions_end_by_themselves)
        : world_(world), zk_(std::move(zk)), exact_(sessions_end_by_themselves) {
        zk_.add_listener([this](const state_change& c) { changed(c); });
    }

    void look() {
        if (const auto id = zk_.client_id().id; id != 0) {
            known_id_ = id;
        }
        if (exact_ && known_id_ != 0 && world_.sim().now() < zk_.safe_until()) {
            ASSERT_TRUE(server_has(known_id_)) << "ephemerals are trusted that are gone";
        }
    }

private:
    [[nodiscard]] bool server_has(std::int64_t id) const {
        const auto all = world_.server->sessions();
        return std::any_of(all.begin(), all.end(), [id](const server_session& s) { return s.id == id; });
    }

    void changed(const state_change& c) {
        EXPECT_TRUE(!state_ || *state_ != c.state) << "told twice: " << to_string(c.state);
        if (c.state == session_state::lost && c.keeper == keeper_state::expired) {
            EXPECT_FALSE(server_has(known_id_)) << "the server still has the session";
        }
        if (c.state == session_state::connected) {
            EXPECT_TRUE(session_ == 0 || state_ == session_state::lost || session_ == zk_.client_id().id)
                << "another session, and nobody was told";
            session_ = zk_.client_id().id;
        }
        state_ = c.state;
    }

    embedded_world& world_;
    client zk_;
    const bool exact_;
    std::optional<session_state> state_;
    std::int64_t session_ = 0;
    std::int64_t known_id_ = 0;
};

embedded_server_options server_options() {
    embedded_server_options options;
    options.load = [](const node_sink& add) {
        for (const char* path : {"/k", "/r", "/queue"}) {
            add(path, "");
        }
        add("/counter", "0");
    };
    return options;
}

/// A whole run from one seed.
class random_run {
public:
    random_run(std::uint64_t seed, const climate& c)
        : world(seed, server_options()),
          clients(world.base, world.make_client(busy_clients::options(seed)),
                  world.make_client(busy_clients::options(seed), "other"), seed * 104729 + 2),
          sky_(world, seed * 7919 + 1, c),
          watched_(world, clients.zk, !c.expiries) {
        if (c.client_pauses) {
            clients.work.allow(20s);
        }
        world.base.on_step = [this] { watched_.look(); };
    }

    void run() {
        clients.begin();
        const auto end = world.sim().now() + 60s;
        while (world.sim().now() < end) {
            world.base.run_for(std::chrono::milliseconds{sky_.draw(2500)});
            sky_.change();
        }
        sky_.clear_up();
        clients.wind_up();
        if (::testing::Test::HasFatalFailure()) {
            return;
        }
        clients.compare(*world.truth(), "after everything has become quiet");
        change_everything();
        clients.compare(*world.truth(), "after changes in quiet times: a watch is missing");
        clients.work.check(*world.truth());
        clients.finish();
        const auto left = world.server->statistics();
        EXPECT_EQ(left.sessions, 0U);
        EXPECT_EQ(left.watches, 0U);
        EXPECT_EQ(left.ephemerals, 0U);
        EXPECT_EQ(left.connections, 0U);
    }

    embedded_world world;
    busy_clients clients;

private:
    /// Each followed node is made or removed by another client.
    void change_everything() {
        std::size_t open = 0;
        for (const auto& path : followed_nodes()) {
            ++open;
            remove_or_create(path, open);
        }
        ASSERT_TRUE(world.base.run_until([&] { return open == 0; })) << world.sim().report();
        world.base.run_for(1s);
    }

    void remove_or_create(const std::string& path, std::size_t& open) {
        const auto over = [this, path, &open](error_code ec) {
            if (ec == errc::connection_loss) { // a cut that was due after so many bytes
                remove_or_create(path, open);
            } else {
                EXPECT_FALSE(ec) << ec.message();
                --open;
            }
        };
        clients.other.async_remove(path, [this, path, over](error_code ec) {
            if (ec == errc::no_node) {
                clients.other.async_create(path, "quiet",
                                           [over](error_code failed, const std::string&) { over(failed); });
            } else {
                over(ec);
            }
        });
    }

    weather sky_;
    observer watched_;
};

void run_seeds(seed_range usual, const climate& c) {
    const auto [first, last] = simulation_seeds(usual);
    std::size_t runs = 0;
    std::size_t successes = 0;
    for (std::uint64_t seed = first; seed <= last; seed += simulation_stride(50)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        random_run one{seed, c};
        one.run();
        if (::testing::Test::HasFailure()) {
            return;
        }
        ++runs;
        successes += one.clients.work.successes();
    }
    EXPECT_GT(successes, 100 * runs) << "hardly anything has worked";
}

TEST(client_and_server_in_bad_weather, miss_nothing) { run_seeds({1000, 1099}, {}); }

TEST(client_and_server_in_bad_weather, miss_nothing_when_sessions_end) { run_seeds({2000, 2099}, {.expiries = true}); }

TEST(client_and_server_in_bad_weather, miss_nothing_when_the_server_restarts) {
    run_seeds({3000, 3099}, {.restarts = true});
}

TEST(client_and_server_in_bad_weather, miss_nothing_when_the_server_misbehaves) {
    run_seeds({4000, 4099}, {.faults = true, .client_pauses = true});
}

TEST(client_and_server_in_bad_weather, miss_nothing_whatever_happens) {
    run_seeds({5000, 5099}, {.expiries = true, .restarts = true, .faults = true, .client_pauses = true});
}

TEST(client_and_server_in_bad_weather, are_the_same_for_the_same_seed) {
    const auto fingerprint = [] {
        random_run one{77, {.expiries = true, .restarts = true, .faults = true}};
        one.run();
        return std::tuple{one.world.server->statistics().last_zxid, one.world.sim().now(),
                          one.world.sim().network().links_made(), one.clients.zk.metrics().bytes_received};
    };
    EXPECT_EQ(fingerprint(), fingerprint());
}

/// What happens to clients when their server comes back without its memory.
TEST(client_and_server, begin_anew_when_the_server_has_lost_its_memory) {
    embedded_world world{1, server_options()};
    client zk = world.make_client();
    std::vector<session_state> seen;
    zk.add_listener([&](const state_change& c) { seen.push_back(c.state); });
    world.base.start(zk);
    const auto session = zk.client_id().id;
    error_code made;
    zk.async_create("/k/mine", "", {.mode = create_mode::ephemeral},
                    [&](error_code ec, const std::string&) { made = ec; });
    world.base.run_for(1s);
    EXPECT_FALSE(made) << made.message();
    world.server->restart(server_memory::lost);
    ASSERT_TRUE(world.base.run_until([&] { return zk.connected() && zk.client_id().id != session; }));
    world.base.run_for(1s);
    EXPECT_EQ(seen, (std::vector{session_state::connected, session_state::suspended, session_state::lost,
                                 session_state::connected}));
    EXPECT_EQ(world.server->statistics().ephemerals, 0U);
    world.base.stop(zk);
}

TEST(client_and_server, a_change_is_told_to_others_at_once) {
    embedded_world world{3, server_options()};
    client zk = world.make_client();
    client other = world.make_client(client_world::options(), "other");
    world.base.start(zk);
    world.base.start(other);
    for (int round = 0; round < 100; ++round) {
        int told = 0;
        int armed = 0;
        zk.async_get(
            "/k", [&](const watch_event& e) { told += e.type == event_type::data_changed ? 1 : 0; },
            [&](error_code ec, const node&) { armed += ec ? 0 : 1; });
        ASSERT_TRUE(world.base.run_until([&] { return armed == 1; }, 20ms));
        other.async_set("/k", std::to_string(round), [](error_code ec, const stat&) { EXPECT_FALSE(ec); });
        ASSERT_TRUE(world.base.run_until([&] { return told == 1; }, 20ms)) << "round " << round;
    }
    world.base.stop(zk);
    world.base.stop(other);
}

TEST(client_and_server, an_idle_client_stays_for_a_day) {
    embedded_world world{2, server_options()};
    client zk = world.make_client();
    world.base.start(zk);
    const auto session = zk.client_id().id;
    world.base.run_for(24h);
    EXPECT_TRUE(zk.connected());
    EXPECT_EQ(zk.client_id().id, session);
    EXPECT_EQ(zk.metrics().connects, 1U);
    world.base.stop(zk);
}

} // namespace
} // namespace zooid::testing
