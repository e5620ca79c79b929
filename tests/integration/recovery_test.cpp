#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;
using events = recorder<watch_event>;
using states = recorder<session_state>;

class recovery_test : public server_test {
protected:
    // A client whose connection this test can cut.
    [[nodiscard]] client connect_through(const relay& link) const {
        client zk{link.address() + root()};
        zk.start({.timeout = 60s});
        return zk;
    }
    static states listen(client& zk) {
        states seen;
        zk.add_listener([seen](const state_change& c) { seen.add(c.state); });
        return seen;
    }
    static void cut_until_noticed(relay& link, const client& zk) {
        link.cut();
        ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    }
    static void restore_until_noticed(relay& link, const client& zk) {
        link.restore();
        ASSERT_TRUE(eventually([&] { return zk.connected(); }));
    }
};
ZOOID_ON_EVERY_VERSION(recovery_test);

error_code code_of(std::future<std::string>& f) {
    try {
        f.get();
    } catch (const boost::system::system_error& e) {
        return e.code();
    }
    return {};
}

TEST_P(recovery_test, a_session_survives_a_crash_of_the_server) {
    if (!server().keeps_state()) {
        GTEST_SKIP() << "its sessions end with its memory: embedded_server_test has what can be kept";
    }
    client_options patient;
    patient.session_timeout = 30s;
    auto zk = connect(patient);
    const auto id = zk.client_id();
    const auto seen = listen(zk);
    zk.create("/lasting", "kept");
    zk.create("/tree");
    zk.create("/ephemeral", "", {.mode = create_mode::ephemeral});
    const events data;
    const events exist;
    const events child;
    const events recursive;
    zk.get("/lasting", data);
    zk.exists("/missing", exist);
    zk.get_children("/lasting", child);
    if (since(3, 6)) {
        zk.add_watch("/tree", watch_mode::recursive, recursive);
    }

    server().kill();
    ASSERT_TRUE(eventually([&] { return zk.state() == session_state::suspended; }));
    auto queued = zk.async_create("/queued", "", asio::use_future);
    server().restart();

    EXPECT_EQ(queued.get(), "/queued") << "what waited for the connection must be done";
    EXPECT_EQ(zk.client_id(), id);
    EXPECT_EQ(zk.get("/lasting").data, "kept");
    EXPECT_EQ(zk.get("/ephemeral").stat.ephemeral_owner, id.id);
    EXPECT_TRUE(eventually([&] { return seen.size() >= 2; }));
    EXPECT_EQ(seen.all(), (std::vector<session_state>{session_state::suspended, session_state::connected}));
    EXPECT_EQ(zk.metrics().reconnects, 1U);
    EXPECT_EQ(zk.metrics().expirations, 0U);

    EXPECT_EQ(data.size() + exist.size() + child.size(), 0U) << "nothing these watch has changed";
    zk.set("/lasting", "new");
    zk.create("/missing");
    zk.create("/lasting/child");
    zk.set("/tree", "new");
    zk.create("/tree/child");
    zk.sync("/");
    EXPECT_EQ(data.last().type, event_type::data_changed);
    EXPECT_EQ(exist.last().type, event_type::created);
    EXPECT_EQ(child.last().type, event_type::children_changed);
    if (since(3, 6)) {
        EXPECT_EQ(recursive.size(), 2U);
    }
}

TEST_P(recovery_test, changes_made_while_cut_off_are_reported) {
    relay link(server().port());
    auto zk = connect_through(link);
    auto other = connect();
    for (const char* path : {"/changed", "/removed", "/quiet", "/parent"}) {
        other.create(path);
    }
    const events seen;
    const events quiet;
    zk.get("/changed", seen);
    zk.get("/removed", seen);
    zk.exists("/appeared", seen);
    zk.get_children("/parent", seen);
    zk.get("/quiet", quiet);
    zk.exists("/never", quiet);
    zk.get_children("/quiet", quiet);

    cut_until_noticed(link, zk);
    other.set("/changed", "1");
    other.remove("/removed");
    other.create("/appeared");
    other.create("/parent/child");
    restore_until_noticed(link, zk);
    zk.sync("/");

    std::vector<std::string> told;
    for (const auto& e : seen.all()) {
        told.push_back(e.path + ' ' + std::string(to_string(e.type)));
    }
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, (std::vector<std::string>{"/appeared created", "/changed data_changed", "/parent children_changed",
                                              "/removed deleted"}));
    EXPECT_EQ(quiet.size(), 0U);
    other.set("/quiet", "1");
    other.create("/never");
    other.create("/quiet/child");
    EXPECT_TRUE(quiet.wait_for(3)) << "what has not fired is armed again";
}

TEST_P(recovery_test, persistent_watches_are_armed_again) {
    if (!since(3, 6)) {
        GTEST_SKIP() << "persistent watches came with 3.6";
    }
    relay link(server().port());
    auto zk = connect_through(link);
    auto other = connect();
    const events persistent;
    zk.add_watch("/p", watch_mode::persistent, persistent);
    auto recursive = zk.add_watch("/", watch_mode::recursive);
    for (int round = 0; round < 3; ++round) {
        cut_until_noticed(link, zk);
        restore_until_noticed(link, zk);
        zk.sync("/");
        other.upsert("/p", std::to_string(round));
        ASSERT_TRUE(persistent.wait_for(static_cast<std::size_t>(round) + 1));
        EXPECT_EQ(recursive.next(scaled(20s)).path, "/p");
    }
    EXPECT_EQ(persistent.size(), 3U);
}

TEST_P(recovery_test, written_requests_fail_and_waiting_ones_do_not) {
    relay link(server().port());
    auto zk = connect_through(link);
    link.freeze();
    const auto before = zk.metrics().bytes_sent;
    auto written = zk.async_create("/written", "", asio::use_future);
    ASSERT_TRUE(eventually([&] { return zk.metrics().bytes_sent > before; }));
    cut_until_noticed(link, zk);
    auto waiting = zk.async_create("/waiting", "", asio::use_future);
    const auto error = code_of(written);
    EXPECT_EQ(error, errc::connection_loss);
    EXPECT_EQ(error, condition::retryable);
    EXPECT_EQ(possible_effect(error, opcode::create), effect::unknown);
    EXPECT_EQ(possible_effect(error, opcode::get), effect::none);
    link.restore();
    EXPECT_EQ(waiting.get(), "/waiting");
    EXPECT_FALSE(zk.exists("/written")) << "the frozen link never passed it on, and it must not be sent again";
}

TEST_P(recovery_test, the_blocking_form_throws_connection_loss_by_name) {
    relay link(server().port());
    auto zk = connect_through(link);
    link.freeze();
    const auto before = zk.metrics().bytes_sent;
    auto thrown = std::async(std::launch::async, [&] {
        try {
            zk.create("/a");
        } catch (const connection_loss_error& e) {
            return e.possible_effect() == effect::unknown && e.operation() == "create" && e.path() == "/a";
        }
        return false;
    });
    ASSERT_TRUE(eventually([&] { return zk.metrics().bytes_sent > before; }));
    link.cut();
    EXPECT_TRUE(thrown.get());
    link.restore();
}

TEST_P(recovery_test, every_request_is_answered_exactly_once_through_many_failures) {
    relay link(server().port());
    auto zk = connect_through(link);
    zk.create("/n", "");
    constexpr int rounds = 10;
    constexpr int each = 200;
    const auto answers = std::make_shared<std::vector<std::atomic<int>>>(rounds * each);
    const auto succeeded = std::make_shared<std::atomic<int>>(0);
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < each; ++i) {
            zk.async_set("/n", "x", [answers, succeeded, slot = round * each + i](error_code ec, const stat&) {
                ++(*answers)[static_cast<std::size_t>(slot)];
                *succeeded += ec ? 0 : 1;
                EXPECT_TRUE(!ec || ec == errc::connection_loss) << ec.message();
            });
            if (i == each / 2) {
                link.cut();
            }
        }
        link.restore();
    }
    EXPECT_TRUE(eventually(
        [&] { return std::all_of(answers->begin(), answers->end(), [](const auto& n) { return n == 1; }); }));
    const auto stat = zk.get("/n").stat;
    EXPECT_GE(stat.version, *succeeded) << "a success was reported that did not happen";
    EXPECT_LE(stat.version, rounds * each) << "a request was executed twice";
    EXPECT_TRUE(std::all_of(answers->begin(), answers->end(), [](const auto& n) { return n == 1; }));
}

// No byte for two thirds of the timeout means that the connection is dead, whatever TCP says.
TEST_P(recovery_test, a_server_that_falls_silent_is_left) {
    client_options short_lived;
    short_lived.session_timeout = 2s;
    auto zk = connect(short_lived);
    const auto seen = listen(zk);
    server().pause();
    ASSERT_TRUE(eventually([&] { return zk.state() == session_state::suspended; }));
    auto waiting = zk.async_exists("/", asio::use_future);
    server().resume();
    EXPECT_TRUE(eventually([&] { return zk.connected(); }));
    try {
        waiting.get();
    } catch (const boost::system::system_error& e) {
        // The server may have expired the session before it heard of us again.
        EXPECT_EQ(e.code(), errc::session_expired);
    }
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_TRUE(eventually([&] { return seen.last() == session_state::connected; }));
    EXPECT_EQ(seen.all().front(), session_state::suspended);
}

// When it goes on, the server reads what waits in its sockets and expires what is overdue, in no order: it may keep the
// session or end it. What the client tells has to agree with it.
TEST_P(recovery_test, a_server_paused_beyond_the_timeout_keeps_the_session_or_ends_it) {
    client_options short_lived;
    short_lived.session_timeout = 2s;
    auto zk = connect(short_lived);
    const auto seen = listen(zk);
    const auto id = zk.client_id().id;
    zk.create("/held", "", {.mode = create_mode::ephemeral});
    constexpr auto tick = 1s; // by which a server is late in expiring
    server().pause();
    ASSERT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > zk.safe_until() + tick; }));
    EXPECT_EQ(zk.state(), session_state::suspended) << "nobody but the server can tell that a session is lost";
    EXPECT_EQ(zk.client_id().id, id);
    auto waiting = zk.async_exists("/held", asio::use_future);
    EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout) << "requests wait for the connection";
    server().resume();
    ASSERT_TRUE(eventually([&] { return zk.connected(); }));
    ASSERT_TRUE(eventually([&] { return seen.last() == session_state::connected; }));

    const auto told = seen.all();
    if (zk.client_id().id == id) {
        EXPECT_EQ(told, (std::vector{session_state::suspended, session_state::connected}));
        const auto held = waiting.get();
        ASSERT_TRUE(held.has_value());
        EXPECT_EQ(held->ephemeral_owner, id);
    } else {
        EXPECT_EQ(told, (std::vector{session_state::suspended, session_state::lost, session_state::connected}));
        EXPECT_THROW(waiting.get(), boost::system::system_error) << "it was asked in the session that is lost";
        EXPECT_FALSE(zk.exists("/held")) << "the ephemeral outlived its session";
    }
    zk.create("/after", "", {.mode = create_mode::ephemeral});
    EXPECT_EQ(zk.exists("/after").value().ephemeral_owner, zk.client_id().id);
}

TEST_P(recovery_test, listeners_can_be_removed) {
    relay link(server().port());
    auto zk = connect_through(link);
    const states removed;
    const states kept;
    const auto id = zk.add_listener([removed](const state_change& c) { removed.add(c.state); });
    zk.add_listener([kept](const state_change& c) { kept.add(c.state); });
    cut_until_noticed(link, zk);
    ASSERT_TRUE(kept.wait_for(1));
    ASSERT_TRUE(removed.wait_for(1));
    zk.remove_listener(id);
    zk.remove_listener(id);
    restore_until_noticed(link, zk);
    ASSERT_TRUE(kept.wait_for(2));
    EXPECT_EQ(removed.all(), std::vector<session_state>{session_state::suspended});
}

TEST_P(recovery_test, listeners_learn_the_cause_and_may_block) {
    relay link(server().port());
    auto zk = connect_through(link);
    std::promise<state_change> suspended;
    std::promise<bool> blocked;
    zk.add_listener([&, first = true](const state_change& c) mutable {
        if (std::exchange(first, false)) {
            suspended.set_value(c);
        } else if (c.state == session_state::connected) {
            blocked.set_value(zk.exists("/").has_value());
        }
    });
    cut_until_noticed(link, zk);
    const auto change = suspended.get_future().get();
    EXPECT_EQ(change.state, session_state::suspended);
    EXPECT_TRUE(change.cause);
    link.restore();
    EXPECT_TRUE(blocked.get_future().get());
}

TEST_P(recovery_test, what_is_held_is_safe_until_the_session_could_expire) {
    relay link(server().port());
    auto zk = connect_through(link);
    const auto now = std::chrono::steady_clock::now();
    const auto timeout = zk.session_timeout();
    EXPECT_GT(zk.safe_until(), now);
    EXPECT_LE(zk.safe_until(), now + timeout);
    zk.sync("/");
    EXPECT_GE(zk.safe_until(), now + timeout);
    cut_until_noticed(link, zk);
    const auto frozen = zk.safe_until();
    EXPECT_LE(frozen, std::chrono::steady_clock::now() + timeout);
    EXPECT_EQ(error_of([&] { return zk.get("/", {.timeout = 100ms}); }), errc::operation_timeout);
    EXPECT_EQ(zk.safe_until(), frozen) << "nothing has been heard since";
    restore_until_noticed(link, zk);
    EXPECT_GT(zk.safe_until(), frozen);
}

} // namespace
} // namespace zooid::test
