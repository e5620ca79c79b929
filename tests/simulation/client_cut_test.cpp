#include "simulation/client_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

// The client's conversation with a server, with the connection cut after every single byte, in each direction and in
// every way a connection can end.

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

/// One conversation from start to stop, whose first connections meet with faults.
class broken_conversation {
public:
    explicit broken_conversation(const std::vector<fault>& faults)
        : world(11), zk(world.make_tapped_client()), talk(world, zk) {
        world.sim.network().on_link([this, faults](virtual_link& made) {
            links.push_back(made.shared_from_this());
            if (links.size() <= faults.size()) {
                const fault& f = faults[links.size() - 1];
                made.cut_after(f.way, f.after, f.how);
            }
        });
        world.on_step = [this] { look(); };
        zk.add_listener([this](const state_change& c) { states.push_back(c.state); });
    }

    /// Notes when connections were cut; somebody else then changes what is watched, before the client is back.
    void look() {
        if (cuts == links.size() || links[cuts]->alive() || stopping) {
            return;
        }
        ++cuts;
        first_cut = std::min(first_cut, world.sim.now());
        last_cut = world.sim.now();
        if (nudged == steady_time::max()) {
            talk.nudge();
        }
    }

    void begin(style how) { how == style::in_turn ? talk.call_in_turn() : talk.call_all_at_once(); }

    void run(style how) {
        begin(how);
        ASSERT_TRUE(world.run_until([this] { return talk.finished(); }))
            << "a call never completes, " << world.sim.report();
        do {
            ASSERT_TRUE(world.run_until([this] { return is_back(); })) << world.sim.report();
            world.run_for(20ms); // so that the server has heard of the watches again
        } while (!is_back());
        nudged = world.sim.now();
        talk.nudge();
        world.run_for(10s); // longer than it takes to notice a silent connection
        EXPECT_TRUE(zk.connected()) << world.sim.report();
        EXPECT_EQ(zk.metrics().queue_depth, 0U);
        EXPECT_EQ(zk.client_id().id, world.server.sessions().back());
        EXPECT_EQ(std::count(states.begin(), states.end(), session_state::lost), 0) << "the session lived on";
        stopping = true;
        EXPECT_LE(world.stop(zk), 2s);
        talk.check_calls(first_cut);
        talk.check_watches(cuts == 0 || last_cut < nudged);
        talk.check_server();
    }

    /// True while the latest connection is whole and in use.
    [[nodiscard]] bool is_back() const { return cuts < links.size() && zk.connected(); }

    /// Closes as soon as there is a connection, with all calls in line.
    void run_impatiently() {
        begin(style::all_at_once);
        ASSERT_TRUE(world.run_until([this] { return zk.connected(); })) << world.sim.report();
        stopping = true;
        EXPECT_LE(world.stop(zk), 2s);
        ASSERT_TRUE(world.run_until([this] { return talk.finished(); }, 0s)) << "a call outlives the client";
        world.run_for(10s);
        talk.check_closing();
    }

    [[nodiscard]] std::size_t failed_calls() const {
        return static_cast<std::size_t>(std::count_if(talk.calls().begin(), talk.calls().end(),
                                                      [](const call& c) { return static_cast<bool>(c.ec); }));
    }

    /// Those of which nobody knows what became of them.
    [[nodiscard]] std::size_t lost_calls() const {
        return static_cast<std::size_t>(std::count_if(talk.calls().begin(), talk.calls().end(),
                                                      [](const call& c) { return c.ec == errc::connection_loss; }));
    }

    /// What has passed on a connection, counted from 0.
    [[nodiscard]] traffic on(std::size_t link) const {
        return {links.at(link)->passed(direction::to_server), links.at(link)->passed(direction::to_client)};
    }

    client_world world;
    client zk;
    conversation talk;
    std::vector<std::shared_ptr<virtual_link>> links;
    std::vector<session_state> states;
    std::size_t cuts = 0;
    steady_time first_cut = steady_time::max();
    steady_time last_cut = steady_time::max();
    steady_time nudged = steady_time::max();
    bool stopping = false;
};

/// Calls `attempt(fault)` for every byte of `all`, until something fails.
void at_every_byte(const traffic& all, cut_kind kind, const std::function<void(const fault&)>& attempt) {
    ASSERT_GT(all.to_server, 150U);
    ASSERT_GT(all.to_client, 150U);
    for (const auto way : {direction::to_server, direction::to_client}) {
        for (std::uint64_t n = 0; n <= all.of(way); n += simulation_stride(13)) {
            const fault f{way, n, kind};
            SCOPED_TRACE(describe(f));
            attempt(f);
            if (::testing::Test::HasFailure()) {
                return; // one position is enough to look at
            }
        }
    }
}

void cut_everywhere(style how, cut_kind kind) {
    broken_conversation whole{{}};
    whole.run(how);
    ASSERT_EQ(whole.failed_calls(), 0U);
    EXPECT_EQ(whole.links.size(), 1U);
    EXPECT_TRUE(whole.world.server.sessions().empty()) << "the session was closed";

    std::size_t failed_calls = 0;
    at_every_byte(whole.on(0), kind, [&](const fault& f) {
        broken_conversation broken{{f}};
        broken.run(how);
        failed_calls += broken.failed_calls();
        if (how == style::in_turn) {
            EXPECT_LE(broken.lost_calls(), 1U) << "of calls made one after the other one was under way";
        }
    });
    EXPECT_GT(failed_calls, 0U) << "the cuts have not harmed anything";
}

/// The connection is cut in the middle of the conversation, and the next one everywhere.
void cut_the_return_everywhere(style how, cut_kind kind) {
    broken_conversation whole{{}};
    whole.run(how);
    const fault halfway{direction::to_client, whole.on(0).to_client * 3 / 5, cut_kind::reset};
    broken_conversation once{{halfway}};
    once.run(how);
    ASSERT_EQ(once.links.size(), 2U);
    at_every_byte(once.on(1), kind, [&](const fault& f) {
        broken_conversation twice{{halfway, f}};
        twice.run(how);
    });
}

void cut_the_closing_everywhere(cut_kind kind) {
    broken_conversation whole{{}};
    whole.run_impatiently();
    // What was in line is finished; the rest of what takes several requests is not.
    EXPECT_LE(whole.failed_calls(), 2U);
    EXPECT_TRUE(whole.world.server.sessions().empty()) << "the session was closed";
    at_every_byte(whole.on(0), kind, [&](const fault& f) {
        broken_conversation broken{{f}};
        broken.run_impatiently();
    });
}

class cut : public ::testing::TestWithParam<cut_kind> {};

TEST_P(cut, at_every_byte_of_calls_made_at_once) { cut_everywhere(style::all_at_once, GetParam()); }

TEST_P(cut, at_every_byte_of_a_coroutine) { cut_everywhere(style::in_turn, GetParam()); }

TEST_P(cut, at_every_byte_of_the_return) { cut_the_return_everywhere(style::in_turn, GetParam()); }

TEST_P(cut, at_every_byte_of_the_return_to_many_calls) { cut_the_return_everywhere(style::all_at_once, GetParam()); }

TEST_P(cut, at_every_byte_of_closing_with_calls_in_line) { cut_the_closing_everywhere(GetParam()); }

std::string name_of(const ::testing::TestParamInfo<cut_kind>& kind) {
    return kind_names[static_cast<std::size_t>(kind.param)];
}

INSTANTIATE_TEST_SUITE_P(by, cut, ::testing::Values(cut_kind::reset, cut_kind::eof, cut_kind::silence), name_of);

} // namespace
} // namespace zooid::testing
