#include "simulation/client_world.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <optional>

// Finding a server, and what time limits mean while there is none: both exact in virtual time.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;
using welcome = virtual_network::welcome;

class client_hosts : public ::testing::Test {
protected:
    /// What became of a call, and when.
    struct outcome {
        std::optional<error_code> ec;
        simulation::duration took{};
        int completions = 0;
    };

    auto into(outcome& o) {
        return [this, &o, began = world.sim.now()](error_code ec, const auto&...) {
            o.ec = ec;
            o.took = world.sim.now() - began;
            ++o.completions;
        };
    }

    void wait(const outcome& o) {
        ASSERT_TRUE(world.run_until([&] { return o.completions != 0; })) << "never completes, " << world.sim.report();
        EXPECT_EQ(o.completions, 1);
    }

    [[nodiscard]] simulation::duration start(client& zk, std::chrono::milliseconds limit = 60s) {
        outcome o;
        zk.async_start({.timeout = limit}, into(o));
        wait(o);
        EXPECT_FALSE(*o.ec) << o.ec->message();
        return o.took;
    }

    virtual_network& network() { return world.sim.network(); }

    client_world world{3, 3};
};

constexpr auto moment = 20ms; // what a few messages take

TEST_F(client_hosts, that_refuse_are_passed_over_at_once) {
    network().set_welcome(world.endpoints[0], welcome::refuse);
    network().set_welcome(world.endpoints[1], welcome::refuse);
    client zk = world.make_client();
    EXPECT_LT(start(zk), moment);
    EXPECT_EQ(zk.server(), "zk3:2181");
    world.stop(zk);
}

TEST_F(client_hosts, that_do_not_answer_take_the_connect_timeout_each) {
    network().set_welcome(world.endpoints[0], welcome::ignore);
    network().set_welcome(world.endpoints[1], welcome::ignore);
    client zk = world.make_client();
    const auto took = start(zk);
    EXPECT_GE(took, 4s);
    EXPECT_LT(took, 4s + moment);
    EXPECT_EQ(zk.server(), "zk3:2181");
    world.stop(zk);
}

TEST_F(client_hosts, that_accept_and_then_say_nothing_take_no_longer) {
    world.server.on_handshake(
        [n = 0](const wire::connect_request&) mutable { return ++n <= 2 ? greeting::ignore : greeting::usual; });
    client zk = world.make_client();
    const auto took = start(zk);
    EXPECT_GE(took, 4s);
    EXPECT_LT(took, 4s + moment);
    world.stop(zk);
}

TEST_F(client_hosts, without_a_connect_timeout_share_the_session_timeout) {
    network().set_welcome(world.endpoints[0], welcome::ignore);
    client_options how = client_world::options();
    how.connect_timeout = 0ms;
    how.session_timeout = 9s;
    client zk = world.make_client(how);
    const auto took = start(zk);
    EXPECT_GE(took, 3s);
    EXPECT_LT(took, 3s + moment);
    world.stop(zk);
}

TEST_F(client_hosts, are_tried_again_until_one_is_there) {
    for (const auto& endpoint : world.endpoints) {
        network().set_welcome(endpoint, welcome::refuse);
    }
    client zk = world.make_client();
    outcome started;
    zk.async_start({.timeout = 60s}, into(started));
    world.run_for(30s);
    EXPECT_EQ(started.completions, 0);
    network().set_welcome(world.endpoints[1], welcome::accept);
    wait(started);
    EXPECT_FALSE(*started.ec);
    EXPECT_LT(started.took, 30s + 5s + moment) << "the longest pause between two rounds is 5 s";
    world.stop(zk);
}

TEST_F(client_hosts, that_are_not_to_be_found_end_the_start_at_its_deadline) {
    network().isolate("client");
    client zk = world.make_client();
    outcome started;
    zk.async_start({.timeout = 7s}, into(started));
    wait(started);
    EXPECT_EQ(*started.ec, errc::operation_timeout);
    EXPECT_EQ(started.took, 7s);
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed) << "it is stopped again";
    network().heal_all();
    static_cast<void>(start(zk));
    world.stop(zk);
}

TEST_F(client_hosts, whose_names_do_not_resolve_are_passed_over) {
    network().fail_name("zk1", asio::error::host_not_found);
    client zk = world.make_client();
    EXPECT_LT(start(zk), moment);
    EXPECT_EQ(zk.server(), "zk2:2181");
    world.stop(zk);
}

TEST_F(client_hosts, whose_names_resolve_only_after_a_while_are_found_then) {
    for (const char* name : {"zk1", "zk2", "zk3"}) {
        network().fail_name(name, asio::error::host_not_found_try_again);
    }
    client zk = world.make_client();
    outcome started;
    zk.async_start({.timeout = 60s}, into(started));
    world.run_for(20s);
    EXPECT_EQ(started.completions, 0);
    network().set_name("zk2", {world.endpoints[1].address});
    wait(started);
    EXPECT_FALSE(*started.ec);
    EXPECT_EQ(zk.server(), "zk2:2181");
    world.stop(zk);
}

TEST_F(client_hosts, whose_names_are_never_answered_take_the_connect_timeout) {
    network().silence_name("zk1");
    client zk = world.make_client();
    const auto took = start(zk);
    EXPECT_GE(took, 2s);
    EXPECT_LT(took, 2s + moment);
    network().set_name("zk1", {world.endpoints[0].address}); // the answer comes when nobody waits for it any more
    world.run_for(1s);
    EXPECT_EQ(zk.server(), "zk2:2181");
    world.stop(zk);
}

TEST_F(client_hosts, whose_names_are_never_answered_do_not_keep_a_closed_client) {
    for (const char* name : {"zk1", "zk2", "zk3"}) {
        network().silence_name(name);
    }
    const auto mine = std::make_shared<int>(0);
    client_options how = client_world::options();
    how.log = [mine](log_level, std::string_view) {};
    std::optional<client> zk = world.make_client(how);
    how.log = nullptr;
    zk->async_start([](error_code ec) { EXPECT_EQ(ec, errc::closed); });
    outcome asked;
    zk->async_command("ruok", into(asked));
    world.run_for(3s); // one lookup is given up, another is under way
    world.stop(*zk);
    zk.reset();
    world.run_for(1s);
    EXPECT_EQ(asked.ec, errc::closed);
    EXPECT_EQ(mine.use_count(), 1) << "something still holds what belongs to the client";
}

TEST_F(client_hosts, of_one_name_are_all_tried) {
    network().set_name("all", {world.endpoints[0].address, world.endpoints[1].address, world.endpoints[2].address});
    network().set_welcome(world.endpoints[0], welcome::refuse);
    network().set_welcome(world.endpoints[2], welcome::refuse);
    client zk{world.sim.executor(), "all:2181", client_world::options(), world.sim.environment()};
    EXPECT_LT(start(zk), moment);
    world.stop(zk);
}

TEST_F(client_hosts, that_are_behind_hang_up_and_are_passed_over) {
    scripted_server behind{world.sim.host("behind"), world.sim.executor()};
    std::size_t visits = 0;
    world.sim.listen("behind", 2181, [&](std::unique_ptr<runtime::stream> accepted) {
        ++visits;
        behind.serve(std::move(accepted));
    });
    client zk{world.sim.executor(), "zk1:2181,behind:2181", client_world::options(), world.sim.environment()};
    static_cast<void>(start(zk));
    world.server.create("/a");
    outcome got;
    zk.async_get("/a", into(got));
    wait(got);
    const auto id = zk.client_id().id;
    network().links().at(0)->cut(cut_kind::reset);
    ASSERT_TRUE(world.run_until([&] { return !zk.connected(); }));
    ASSERT_TRUE(world.run_until([&] { return zk.connected(); })) << world.sim.report();
    EXPECT_EQ(visits, 1U) << "it was that server's turn";
    EXPECT_EQ(zk.server(), "zk1:2181");
    EXPECT_EQ(zk.client_id().id, id);
    world.stop(zk);
}

TEST_F(client_hosts, are_left_for_another_where_one_falls_silent) {
    client zk = world.make_client();
    static_cast<void>(start(zk));
    ASSERT_EQ(zk.server(), "zk1:2181");
    const auto id = zk.client_id().id;
    const auto last_heard = world.sim.now();
    network().isolate("zk1");
    ASSERT_TRUE(world.run_until([&] { return !zk.connected(); }));
    EXPECT_EQ((world.sim.now() - last_heard) / 1ms, 10'000 * 2 / 3) << "two thirds of the session timeout";
    ASSERT_TRUE(world.run_until([&] { return zk.connected(); }, moment)) << world.sim.report();
    EXPECT_EQ(zk.server(), "zk2:2181");
    EXPECT_EQ(zk.client_id().id, id);
    world.stop(zk);
}

// ---- deadlines of calls ---------------------------------------------------------------------------------------------

TEST_F(client_hosts, that_never_answer_do_not_hold_a_call_up_beyond_its_deadline) {
    client zk = world.make_client();
    static_cast<void>(start(zk));
    world.server.create("/a");
    world.server.on_request(
        [](const scripted_request& r) { return r.type == opcode::ping ? reaction::serve() : reaction::hold(); });
    outcome got;
    outcome set;
    outcome made;
    outcome removed;
    outcome authenticated;
    zk.async_get("/a", {.timeout = 1001ms}, into(got));
    zk.async_set("/a", "x", {.timeout = 1500ms}, into(set));
    zk.async_create("/n-", {}, {.mode = create_mode::ephemeral_sequential, .protect = true, .timeout = 2s}, into(made));
    zk.async_remove("/a", {.recursive = true, .timeout = 2500ms}, into(removed));
    zk.async_add_auth("digest", "user:secret", {.timeout = 750ms}, into(authenticated));
    for (const auto& [o, limit] :
         {std::pair{&authenticated, 750ms}, {&got, 1001ms}, {&set, 1500ms}, {&made, 2000ms}, {&removed, 2500ms}}) {
        wait(*o);
        EXPECT_EQ(*o->ec, errc::operation_timeout);
        EXPECT_EQ(o->took, limit);
    }
    world.server.on_request({});
    world.server.release();
    outcome again;
    zk.async_get("/a", {.timeout = 1s}, into(again));
    wait(again);
    EXPECT_FALSE(*again.ec) << "late replies are no reason to lose the connection";
    EXPECT_EQ(zk.metrics().reconnects, 0U);
    world.stop(zk);
}

TEST_F(client_hosts, that_are_out_of_reach_do_not_hold_a_call_up_beyond_its_deadline) {
    client_options how = client_world::options();
    how.request_timeout = 3s;
    client zk = world.make_client(how);
    static_cast<void>(start(zk));
    network().isolate("client");
    ASSERT_TRUE(world.run_until([&] { return !zk.connected(); }));
    outcome by_default;
    outcome own;
    outcome made;
    outcome patient;
    zk.async_create("/default", {}, into(by_default));
    zk.async_create("/own", {}, {.timeout = 1234ms}, into(own));
    zk.async_create("/path/to", {}, {.make_path = true, .timeout = 2222ms}, into(made));
    zk.async_create("/patient", {}, {.timeout = 20s}, into(patient));
    for (const auto& [o, limit] : {std::pair{&own, 1234ms}, {&made, 2222ms}, {&by_default, 3000ms}}) {
        wait(*o);
        EXPECT_EQ(*o->ec, errc::operation_timeout);
        EXPECT_EQ(o->took, limit);
    }
    network().heal_all();
    wait(patient);
    EXPECT_FALSE(*patient.ec) << patient.ec->message();
    EXPECT_EQ(world.server.children("/"), std::vector<std::string>{"patient"}) << "the others were taken back";
    world.stop(zk);
}

} // namespace
} // namespace zooid::testing
