#include "embedded/embedded_test.hpp"
#include "support/recorder.hpp"

#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

class faults : public ::testing::Test {
protected:
    embedded_server server;
    client zk = connect_to(server);
    client other = connect_to(server);

    fault_id inject(fault_kind kind, std::optional<opcode> op, std::uint32_t times = 1) {
        server_fault fault;
        fault.kind = kind;
        fault.op = op;
        fault.times = times;
        return server.inject(std::move(fault));
    }
};

TEST_F(faults, a_lost_reply_hides_what_was_done) {
    const auto fault = inject(fault_kind::lose_reply, opcode::create);
    EXPECT_THROW(zk.create("/a"), connection_loss_error);
    EXPECT_TRUE(other.exists("/a"));
    EXPECT_EQ(server.fault_hits(fault), 1U);
    EXPECT_EQ(zk.retry([&] { return zk.create("/b"); }), "/b") << "one request only";
}

TEST_F(faults, a_dropped_request_is_not_executed) {
    inject(fault_kind::drop, opcode::create);
    EXPECT_THROW(zk.create("/a"), connection_loss_error);
    EXPECT_FALSE(other.exists("/a"));
    EXPECT_EQ(zk.retry([&] { return zk.create("/a"); }), "/a");
}

TEST_F(faults, a_failed_request_is_not_executed_and_the_connection_stays) {
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.op = opcode::set;
    fault.error = errc::no_auth;
    server.inject(fault);
    zk.create("/a", "x");
    EXPECT_THROW(zk.set("/a", "y"), no_auth_error);
    EXPECT_EQ(zk.get("/a").data, "x");
    EXPECT_EQ(zk.set("/a", "y").version, 1);
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_F(faults, a_delayed_reply_comes_with_all_that_follows_it_in_order) {
    embedded_server_options options;
    options.virtual_time = true;
    embedded_server slow(options);
    auto late = connect_to(slow);
    auto prompt = connect_to(slow);
    server_fault fault;
    fault.kind = fault_kind::delay_reply;
    fault.op = opcode::create;
    fault.delay = 3s;
    const auto id = slow.inject(fault);
    auto created = late.async_create("/a", "", asio::use_future);
    auto read = late.async_exists("/a", asio::use_future);
    ASSERT_TRUE(eventually([&] { return slow.fault_hits(id) == 1; }));
    EXPECT_TRUE(prompt.exists("/a")) << "it was executed";
    slow.advance(2999ms);
    prompt.sync("/");
    EXPECT_FALSE(is_ready(created));
    EXPECT_FALSE(is_ready(read));
    slow.advance(1ms);
    EXPECT_EQ(created.get(), "/a");
    EXPECT_TRUE(read.get());
}

TEST_F(faults, conditions_choose_the_requests) {
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.error = errc::no_auth;
    fault.times = 0;
    fault.path = "/a";
    fault.session = zk.client_id().id;
    const auto only_the_node = server.inject(fault);
    EXPECT_THROW(zk.create("/a"), no_auth_error);
    EXPECT_THROW(zk.exists("/a"), no_auth_error);
    EXPECT_EQ(other.create("/a"), "/a") << "another session";
    EXPECT_EQ(zk.create("/a/b"), "/a/b") << "below is another path";
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(server.remove_fault(only_the_node), 2U);
    EXPECT_EQ(server.remove_fault(only_the_node), 0U) << "it is unknown now";
    EXPECT_EQ(server.fault_hits(only_the_node), 0U);
    EXPECT_TRUE(zk.exists("/a"));

    fault.below = true;
    fault.op = opcode::get;
    const auto subtree = server.inject(fault);
    EXPECT_THROW(zk.get("/a/b"), no_auth_error);
    EXPECT_TRUE(zk.exists("/a/b")) << "another operation";
    zk.create("/ab");
    EXPECT_EQ(zk.get("/ab").data, "") << "not below, whatever it begins with";
    EXPECT_EQ(server.fault_hits(subtree), 1U);
}

TEST_F(faults, a_part_of_a_transaction_counts) {
    server_fault fault;
    fault.kind = fault_kind::drop;
    fault.path = "/second";
    server.inject(fault);
    EXPECT_EQ(error_of([&] { return zk.transaction().create("/first").create("/second").commit(); }),
              errc::connection_loss);
    EXPECT_FALSE(other.exists("/first"));
}

TEST_F(faults, of_a_whole_transaction_are_blamed_on_no_part) {
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.op = opcode::multi;
    fault.error = errc::marshalling_error;
    fault.times = 2;
    server.inject(std::move(fault));
    try {
        zk.transaction().create("/a").create("/b").commit();
        FAIL() << "it was refused";
    } catch (const error& e) {
        EXPECT_EQ(e.code(), errc::marshalling_error);
        EXPECT_EQ(std::string{e.what()}.find("part"), std::string::npos) << e.what();
    }
    std::promise<std::vector<transaction_result>> results;
    zk.transaction().create("/a").async_commit([&](error_code ec, std::vector<transaction_result> parts) {
        EXPECT_EQ(ec, errc::marshalling_error);
        results.set_value(std::move(parts));
    });
    const auto parts = results.get_future().get();
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].error, errc::runtime_inconsistency);
}

TEST_F(faults, of_a_transaction_that_may_have_been_made_are_told_for_each_part) {
    inject(fault_kind::lose_reply, opcode::multi);
    std::promise<std::vector<transaction_result>> results;
    zk.transaction().create("/a").create("/b").async_commit([&](error_code ec, std::vector<transaction_result> parts) {
        EXPECT_EQ(ec, errc::connection_loss);
        results.set_value(std::move(parts));
    });
    const auto parts = results.get_future().get();
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].error, errc::connection_loss);
    EXPECT_EQ(parts[1].error, errc::connection_loss);
    EXPECT_TRUE(other.exists("/b")) << "it was made";
}

TEST_F(faults, a_protected_creation_says_so_when_it_may_not_look_for_its_node) {
    const acl no_reading{{perms::create | perms::remove | perms::admin, "world", "anyone"}};
    zk.create("/a", "", {.acl = no_reading});
    inject(fault_kind::lose_reply, opcode::create);
    try {
        zk.create("/a/b", "", {.mode = create_mode::ephemeral_sequential, .protect = true});
        FAIL() << "its reply was lost";
    } catch (const error& e) {
        EXPECT_EQ(e.code(), errc::connection_loss);
        EXPECT_EQ(e.possible_effect(), effect::unknown);
    }
}

TEST_F(faults, an_operation_of_several_requests_tells_that_it_has_begun) {
    const acl no_removing{{perms::create | perms::read | perms::admin, "world", "anyone"}};
    zk.create("/a", "", {.acl = no_removing});
    zk.create("/a/b");
    zk.create("/a/b/c");
    const auto effect_of = [&](auto operation) {
        try {
            operation();
        } catch (const no_auth_error& e) {
            return e.possible_effect();
        }
        ADD_FAILURE() << "it was permitted";
        return effect::none;
    };
    EXPECT_EQ(effect_of([&] { zk.remove("/a/b", {.recursive = true}); }), effect::unknown);
    EXPECT_FALSE(zk.exists("/a/b/c"));
    EXPECT_EQ(effect_of([&] { zk.remove("/a/b", {.recursive = true}); }), effect::none) << "nothing could be done";
}

TEST_F(faults, a_predicate_chooses_the_requests) {
    const recorder<std::string> asked;
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.error = errc::throttled;
    fault.times = 2;
    fault.matches = [asked](const server_request& r) {
        asked.add(std::string(to_string(r.op)) + ' ' + std::string(r.path));
        return r.op == opcode::exists && r.path.size() == 2 && r.session != 0 && r.xid > 0;
    };
    const auto id = server.inject(fault);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_THROW(zk.exists("/a"), throttled_error);
    EXPECT_EQ(error_of([&] { return zk.get("/b"); }), errc::no_node);
    EXPECT_THROW(zk.exists("/c"), throttled_error);
    EXPECT_FALSE(zk.exists("/d")) << "used up";
    EXPECT_EQ(asked.all(), (std::vector<std::string>{"exists /", "exists /a", "get /b", "exists /c"}));
    EXPECT_EQ(server.remove_fault(id), 2U);
}

TEST_F(faults, a_predicate_that_throws_does_not_match) {
    server_fault fault;
    fault.kind = fault_kind::drop;
    fault.matches = [](const server_request&) -> bool { throw std::runtime_error("no"); };
    server.inject(fault);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_F(faults, a_predicate_cannot_call_the_server) {
    std::atomic<bool> refused{false};
    server_fault fault;
    fault.matches = [&](const server_request&) {
        try {
            static_cast<void>(server.sessions());
        } catch (const would_deadlock_error&) {
            refused = true;
        }
        return false;
    };
    const auto id = server.inject(fault);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_TRUE(refused);
    server.remove_fault(id);
}

TEST_F(faults, the_oldest_that_matches_is_taken) {
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.error = errc::no_auth;
    const auto first = server.inject(fault);
    fault.error = errc::throttled;
    const auto second = server.inject(fault);
    EXPECT_THROW(zk.exists("/"), no_auth_error);
    EXPECT_THROW(zk.exists("/"), throttled_error);
    EXPECT_TRUE(zk.exists("/"));
    EXPECT_EQ(server.fault_hits(first), 1U);
    EXPECT_EQ(server.fault_hits(second), 1U);
}

TEST_F(faults, what_makes_no_sense_is_refused) {
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.error = errc::would_deadlock;
    EXPECT_THROW(server.inject(fault), bad_arguments_error);
    fault.error = errc::no_auth;
    fault.delay = -1ms;
    EXPECT_THROW(server.inject(fault), bad_arguments_error);
}

TEST_F(faults, heartbeats_are_met_when_meant) {
    client_options options;
    options.session_timeout = 4s;
    auto idle = connect_to(server, options);
    server_fault fault;
    fault.kind = fault_kind::drop;
    fault.op = opcode::ping;
    fault.session = idle.client_id().id;
    const auto id = server.inject(fault);
    EXPECT_TRUE(eventually([&] { return server.fault_hits(id) == 1 && idle.metrics().connects == 2; }));
    EXPECT_EQ(idle.metrics().expirations, 0U);
}

TEST_F(faults, outlive_every_restart) {
    const auto failed = [](client& by) { return error_of([&] { return by.exists("/"); }) == errc::no_auth; };
    server_fault fault;
    fault.kind = fault_kind::fail;
    fault.op = opcode::exists;
    fault.error = errc::no_auth;
    fault.times = 0;
    const auto first = server.inject(fault);
    EXPECT_TRUE(failed(zk));
    for (const auto memory : {server_memory::kept, server_memory::lost}) {
        server.restart(memory);
        auto after = connect_to(server);
        const auto before = server.fault_hits(first);
        EXPECT_TRUE(failed(after));
        EXPECT_EQ(server.fault_hits(first), before + 1);
        EXPECT_NE(server.inject(fault), first) << "a name is never used again";
    }
}

} // namespace
} // namespace zooid::test
