#include "simulation/simulator_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

class simulator_faults : public simulator {};

// ---- faults ---------------------------------------------------------------------------------------------------------

TEST_F(simulator_faults, a_link_is_cut_after_exactly_the_given_byte) {
    const std::string request = "0123456789";
    for (std::uint64_t n = 0; n <= request.size(); ++n) {
        for (const auto pieces : {segmenting::whole, segmenting::bytes, segmenting::random}) {
            sim.network().set_quality({.pieces = pieces});
            sim.network().on_link(
                [n](virtual_link& made) { made.cut_after(direction::to_server, n, cut_kind::reset); });
            connect();
            const collector at_server{*server};
            const collector at_client{*client};
            client->async_write(bytes_of(request), [](error_code, std::size_t) {});
            ASSERT_TRUE(sim.run_until_idle()) << sim.report();
            EXPECT_EQ(at_server.text, request.substr(0, n));
            EXPECT_EQ(at_server.ended, asio::error::connection_reset);
            EXPECT_EQ(at_client.ended, asio::error::connection_reset);
            server.reset();
        }
    }
}

TEST_F(simulator_faults, a_link_is_not_cut_once_it_is_spared) {
    connect();
    const collector at_server{*server};
    link().cut_after(direction::to_server, 3, cut_kind::reset);
    link().cut_after(direction::to_client, 1, cut_kind::reset);
    link().spare();
    send(*client, "whole");
    send(*server, "whole");
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_server.text, "whole");
    EXPECT_FALSE(at_server.ended);
}

TEST_F(simulator_faults, an_orderly_cut_is_eof_at_both_ends) {
    connect();
    const collector at_server{*server};
    const collector at_client{*client};
    link().cut(cut_kind::eof);
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_server.ended, asio::error::eof);
    EXPECT_EQ(at_client.ended, asio::error::eof);
}

TEST_F(simulator_faults, a_black_hole_accepts_and_stays_silent) {
    sim.network().on_link([](virtual_link& made) { made.cut(cut_kind::silence); });
    connect();
    const collector at_server{*server};
    const collector at_client{*client};
    send(*client, "anybody there?");
    send(*server, "hello");
    sim.run_for(1h);
    EXPECT_EQ(at_server.text + at_client.text, "");
    EXPECT_FALSE(at_server.ended);
    EXPECT_FALSE(at_client.ended);
    client->close();
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_client.ended, asio::error::operation_aborted);
    EXPECT_FALSE(at_server.ended);
}

TEST_F(simulator_faults, a_held_direction_delivers_everything_once_released) {
    connect();
    const collector at_server{*server};
    const collector at_client{*client};
    link().hold(direction::to_server);
    send(*client, "one ");
    send(*client, "two");
    send(*server, "unaffected");
    sim.run_for(1min);
    EXPECT_EQ(at_server.text, "");
    EXPECT_EQ(at_client.text, "unaffected");
    link().release(direction::to_server);
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(at_server.text, "one two");
}

TEST_F(simulator_faults, connecting_where_nobody_listens_is_refused) {
    sim.unlisten(where);
    EXPECT_EQ(try_connect(), asio::error::connection_refused);
    sim.listen("server", 2181, [](std::unique_ptr<runtime::stream>) {});
    EXPECT_FALSE(try_connect());
    sim.network().set_welcome(where, virtual_network::welcome::refuse);
    EXPECT_EQ(try_connect(), asio::error::connection_refused);
}

TEST_F(simulator_faults, connecting_where_nobody_answers_waits_and_can_be_given_up) {
    sim.network().set_welcome(where, virtual_network::welcome::ignore);
    error_code result;
    client = sim.environment()->make_stream(sim.executor());
    client->async_connect(where, [&](error_code ec) { result = ec; });
    sim.run_for(1h);
    EXPECT_FALSE(result);
    EXPECT_NE(sim.report().find("does not answer"), std::string::npos);
    client->close();
    sim.run_for(1s);
    EXPECT_EQ(result, asio::error::operation_aborted);
    EXPECT_EQ(sim.network().links_made(), 0U);
}

TEST_F(simulator_faults, a_partition_delays_what_it_separates_and_nothing_else) {
    connect();
    const collector at_server{*server};
    auto other = sim.host("bystander")->make_stream(sim.executor());
    sim.network().partition("client", "server");
    send(*client, "before");
    bool other_connected = false;
    other->async_connect(where, [&](error_code ec) { other_connected = !ec; });
    auto late = sim.environment()->make_stream(sim.executor());
    bool late_connected = false;
    late->async_connect(where, [&](error_code ec) { late_connected = !ec; });
    const auto first = std::move(server);
    sim.run_for(1min);
    EXPECT_EQ(at_server.text, "");
    EXPECT_TRUE(other_connected);
    EXPECT_FALSE(late_connected);
    sim.network().heal("client", "server");
    sim.run_for(1s);
    EXPECT_EQ(at_server.text, "before");
    EXPECT_TRUE(late_connected);
}

TEST_F(simulator_faults, an_isolated_host_is_cut_off_from_everybody) {
    connect();
    const collector at_server{*server};
    sim.network().isolate("server");
    send(*client, "hello");
    sim.run_for(1min);
    EXPECT_EQ(at_server.text, "");
    sim.network().rejoin("server");
    sim.run_for(1s);
    EXPECT_EQ(at_server.text, "hello");
}

TEST_F(simulator_faults, a_paused_host_misses_everything_and_then_catches_up_in_order) {
    connect();
    std::vector<std::string> seen;
    std::array<std::byte, 16> buffer{};
    const auto host = sim.host("client");
    const auto timer = host->make_timer(sim.executor());
    client->async_read_some(buffer, [&](error_code, std::size_t) { seen.emplace_back("bytes"); });
    timer->arm(sim.now() + 10s, [&] { seen.emplace_back("timer"); });
    host->pause();
    send(*server, "hello");
    sim.run_for(1min);
    EXPECT_TRUE(seen.empty());
    host->resume();
    sim.run_for(1ms);
    EXPECT_EQ(seen, (std::vector<std::string>{"bytes", "timer"}));
}

TEST_F(simulator_faults, a_crashed_host_resets_its_links_and_can_listen_again) {
    connect();
    const collector at_client{*client};
    sim.host("server")->crash();
    ASSERT_TRUE(sim.run_until([&] { return at_client.ended == asio::error::connection_reset; })) << sim.report();
    EXPECT_EQ(try_connect(), asio::error::connection_refused);
    sim.listen("server", 2181, [](std::unique_ptr<runtime::stream>) {});
    EXPECT_FALSE(try_connect());
}

// ---- names ----------------------------------------------------------------------------------------------------------

TEST_F(simulator_faults, names_resolve_fail_or_never_answer) {
    const auto host = sim.environment();
    const auto address = asio::ip::make_address("192.0.2.1");
    sim.network().set_name("zk", {where.address, address});
    sim.network().fail_name("broken", asio::error::host_not_found_try_again);
    sim.network().silence_name("silent");
    std::map<std::string, std::pair<error_code, std::vector<runtime::endpoint>>> answers;
    asio::cancellation_signal give_up;
    for (const std::string name : {"zk", "server", "192.0.2.1", "broken", "nowhere", "silent", "abandoned"}) {
        if (name == "abandoned") {
            sim.network().silence_name(name);
        }
        const auto slot = name == "abandoned" ? give_up.slot() : asio::cancellation_slot{};
        host->async_resolve(
            sim.executor(), name, 7,
            asio::bind_cancellation_slot(slot, [&, name](error_code ec, std::vector<runtime::endpoint> found) {
                answers[name] = {ec, std::move(found)};
            }));
    }
    EXPECT_TRUE(answers.empty()) << "completed inside the initiating call";
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(answers["zk"].second, (std::vector<runtime::endpoint>{{where.address, 7}, {address, 7}}));
    EXPECT_EQ(answers["server"].second, (std::vector<runtime::endpoint>{{where.address, 7}}));
    EXPECT_EQ(answers["192.0.2.1"].second, (std::vector<runtime::endpoint>{{address, 7}}));
    EXPECT_EQ(answers["broken"].first, asio::error::host_not_found_try_again);
    EXPECT_EQ(answers["nowhere"].first, asio::error::host_not_found);
    EXPECT_FALSE(answers.contains("silent"));
    give_up.emit(asio::cancellation_type::terminal);
    sim.network().set_name("silent", {address});
    ASSERT_TRUE(sim.run_until_idle());
    EXPECT_EQ(answers["abandoned"].first, asio::error::operation_aborted);
    EXPECT_EQ(answers["silent"].second, (std::vector<runtime::endpoint>{{address, 7}}));
}

} // namespace
} // namespace zooid::testing
