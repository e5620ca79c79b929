#include "simulation/client_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

// The client's conversation with a server, with the connection cut after every single byte, in each direction and in every
// way a connection can end.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

enum class style : std::uint8_t { all_at_once, in_turn };

struct fault {
    direction way;
    std::uint64_t after; // bytes
    cut_kind how;
};

struct traffic {
    std::uint64_t to_server = 0;
    std::uint64_t to_client = 0;

    [[nodiscard]] std::uint64_t of(direction way) const { return way == direction::to_server ? to_server : to_client; }
};

constexpr std::array<const char*, 3> kind_names{"reset", "eof", "silence"};

std::string describe(const fault& f) {
    return std::string{kind_names[static_cast<std::size_t>(f.how)]} + " after " + std::to_string(f.after) +
           (f.way == direction::to_server ? " bytes to the server" : " bytes to the client");
}

/// One conversation from start to stop, whose first connection meets with a fault.
class broken_conversation {
public:
    explicit broken_conversation(const std::optional<fault>& f) : world(11), zk(world.make_tapped_client()), talk(world, zk) {
        world.sim.network().on_link([this, f](virtual_link& made) {
            ++links;
            if (first == nullptr) {
                first = made.shared_from_this();
                if (f) {
                    made.cut_after(f->way, f->after, f->how);
                }
            }
        });
        world.on_step = [this] { look(); };
        zk.add_listener([this](const state_change& c) { states.push_back(c); });
    }

    /// Notes when the connection was cut; somebody else then changes what is watched, before the client is back.
    void look() {
        if (cut == steady_time::max() && first != nullptr && !first->alive() && !stopping) {
            cut = world.sim.now();
            if (nudged == steady_time::max()) {
                talk.nudge();
            }
        }
    }

    void run(style how) {
        how == style::in_turn ? talk.call_in_turn() : talk.call_all_at_once();
        ASSERT_TRUE(world.run_until([this] { return talk.finished(); })) << "a call never completes, " << world.sim.report();
        ASSERT_TRUE(world.run_until([this] { return zk.connected(); })) << world.sim.report();
        nudged = world.sim.now();
        talk.nudge();
        world.run_for(10s); // longer than it takes to notice a silent connection
        EXPECT_TRUE(zk.connected()) << world.sim.report();
        EXPECT_EQ(zk.metrics().queue_depth, 0U);
        EXPECT_EQ(zk.client_id().id, world.server.sessions().back());
        EXPECT_TRUE(std::none_of(states.begin(), states.end(), [](const state_change& c) {
            return c.state == session_state::lost;
        })) << "the session lived on";
        stopping = true;
        EXPECT_LE(world.stop(zk), 2s);
        talk.check_calls(cut);
        talk.check_watches(cut, nudged);
        talk.check_server();
    }

    client_world world;
    client zk;
    conversation talk;
    std::shared_ptr<virtual_link> first;
    std::size_t links = 0;
    std::vector<state_change> states;
    steady_time cut = steady_time::max();
    steady_time nudged = steady_time::max();
    bool stopping = false;
};

/// Runs the conversation unharmed and counts what passes.
traffic measure(style how) {
    broken_conversation whole{std::nullopt};
    whole.run(how);
    for (const call& c : whole.talk.calls()) {
        EXPECT_FALSE(c.ec) << c.name << ": " << c.ec.message();
    }
    EXPECT_EQ(whole.links, 1U);
    EXPECT_TRUE(whole.world.server.sessions().empty()) << "the session was closed";
    return {whole.first->passed(direction::to_server), whole.first->passed(direction::to_client)};
}

void cut_everywhere(style how, cut_kind kind) {
    const traffic all = measure(how);
    ASSERT_GT(all.to_server, 800U);
    ASSERT_GT(all.to_client, 800U);
    std::size_t failed_calls = 0;
    for (const auto way : {direction::to_server, direction::to_client}) {
        for (std::uint64_t n = 0; n <= all.of(way); n += simulation_stride(13)) {
            const fault f{way, n, kind};
            SCOPED_TRACE(describe(f));
            broken_conversation broken{f};
            broken.run(how);
            const auto failed = std::count_if(broken.talk.calls().begin(), broken.talk.calls().end(),
                                              [](const call& c) { return static_cast<bool>(c.ec); });
            failed_calls += static_cast<std::size_t>(failed);
            EXPECT_LE(failed, how == style::in_turn ? 1 : 20) << "of calls made one after the other one was under way";
            if (::testing::Test::HasFailure()) {
                return; // one position is enough to look at
            }
        }
    }
    EXPECT_GT(failed_calls, 0U) << "the cuts have not harmed anything";
}

class cut : public ::testing::TestWithParam<cut_kind> {};

TEST_P(cut, at_every_byte_of_calls_made_at_once) { cut_everywhere(style::all_at_once, GetParam()); }

TEST_P(cut, at_every_byte_of_a_coroutine) { cut_everywhere(style::in_turn, GetParam()); }

std::string name_of(const ::testing::TestParamInfo<cut_kind>& kind) {
    return kind_names[static_cast<std::size_t>(kind.param)];
}

INSTANTIATE_TEST_SUITE_P(by, cut, ::testing::Values(cut_kind::reset, cut_kind::eof, cut_kind::silence), name_of);

} // namespace
} // namespace zooid::testing
