#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class transactions_test : public server_test {
protected:
    struct outcome {
        error_code ec;
        std::vector<transaction_result> results;
    };
    // The asynchronous form gives the results of the parts also when one failed.
    static outcome commit(transaction& t) {
        std::promise<outcome> done;
        t.async_commit([&](error_code ec, std::vector<transaction_result> r) { done.set_value({ec, std::move(r)}); });
        return done.get_future().get();
    }
};
ZOOID_ON_EVERY_VERSION(transactions_test);

TEST_P(transactions_test, all_parts_happen_in_order) {
    auto zk = connect();
    zk.create("/a", "old");
    auto t = zk.transaction();
    t.create("/p").create("/p/q", "deep").set("/a", "new", 0).check("/a", 1).remove("/p/q");
    EXPECT_EQ(t.size(), 5U);
    const auto results = t.commit();
    ASSERT_EQ(results.size(), 5U);
    EXPECT_EQ(results[0].operation, opcode::create);
    EXPECT_EQ(results[0].path, "/p");
    EXPECT_EQ(results[1].path, "/p/q");
    EXPECT_EQ(results[2].operation, opcode::set);
    ASSERT_TRUE(results[2].stat);
    EXPECT_EQ(results[2].stat->version, 1);
    EXPECT_EQ(results[3].operation, opcode::check);
    EXPECT_EQ(results[4].operation, opcode::remove);
    for (const auto& r : results) {
        EXPECT_FALSE(r.error) << r.error.message();
    }
    EXPECT_EQ(zk.get("/a").data, "new");
    EXPECT_EQ(zk.get("/a").stat.mzxid, zk.get("/p").stat.czxid) << "one transaction, one zxid";
    EXPECT_FALSE(zk.exists("/p/q"));
}

TEST_P(transactions_test, if_one_part_fails_nothing_happens_and_each_part_says_why) {
    auto zk = connect();
    zk.create("/a", "old");
    auto t = zk.transaction();
    t.create("/b").set("/a", "new").check("/a", 7).remove("/a").create("/c");
    const auto [ec, results] = commit(t);
    EXPECT_EQ(ec, errc::bad_version);
    ASSERT_EQ(results.size(), 5U);
    EXPECT_EQ(results[0].error, errc::rolled_back);
    EXPECT_EQ(results[1].error, errc::rolled_back);
    EXPECT_EQ(results[2].error, errc::bad_version);
    EXPECT_EQ(results[3].error, errc::runtime_inconsistency);
    EXPECT_EQ(results[4].error, errc::runtime_inconsistency);
    EXPECT_EQ(results[0].operation, opcode::create);
    EXPECT_EQ(results[2].operation, opcode::check);
    EXPECT_EQ(results[3].operation, opcode::remove);
    EXPECT_EQ(zk.get("/a").data, "old");
    EXPECT_FALSE(zk.exists("/b"));
}

TEST_P(transactions_test, the_blocking_form_throws_the_failed_parts_error_and_names_it) {
    auto zk = connect();
    zk.create("/a");
    try {
        zk.transaction().create("/b").create("/a").remove("/b").commit();
        FAIL() << "/a existed";
    } catch (const node_exists_error& e) {
        EXPECT_EQ(e.path(), "/a");
        EXPECT_EQ(e.possible_effect(), effect::none);
        EXPECT_NE(std::string(e.what()).find("/a"), std::string::npos) << e.what();
    }
    EXPECT_FALSE(zk.exists("/b"));
    EXPECT_THROW(zk.transaction().remove("/none").commit(), no_node_error);
    EXPECT_THROW(zk.transaction().set("/none", "").commit(), no_node_error);
    EXPECT_THROW(zk.transaction().check("/none").commit(), no_node_error);
    zk.create("/a/child");
    EXPECT_THROW(zk.transaction().remove("/a").commit(), not_empty_error);
}

TEST_P(transactions_test, sequential_and_ephemeral_nodes) {
    auto zk = connect();
    const auto results = zk.transaction()
                             .create("/s-", "", {.mode = create_mode::persistent_sequential})
                             .create("/s-", "", {.mode = create_mode::ephemeral_sequential})
                             .create("/e", "", {.mode = create_mode::ephemeral})
                             .commit({.timeout = 60s});
    EXPECT_EQ(results.at(0).path, "/s-0000000000");
    EXPECT_EQ(results.at(1).path, "/s-0000000001");
    EXPECT_EQ(zk.get(results.at(1).path).stat.ephemeral_owner, zk.client_id().id);
    EXPECT_EQ(zk.get("/e").stat.ephemeral_owner, zk.client_id().id);
}

TEST_P(transactions_test, containers_and_nodes_with_a_time_to_live) {
    auto zk = connect();
    if (!since(3, 5)) {
        EXPECT_NE(
            error_of([&] { return zk.transaction().create("/c", "", {.mode = create_mode::container}).commit(); }),
            error_code{});
        EXPECT_TRUE(zk.connected());
        return;
    }
    const auto results = zk.transaction()
                             .create("/c", "in c", {.mode = create_mode::container})
                             .create("/t", "in t", {.mode = create_mode::persistent_ttl, .ttl = 1h})
                             .create("/p", "in p")
                             .commit();
    EXPECT_EQ(results.at(0).path, "/c");
    EXPECT_EQ(results.at(1).path, "/t");
    EXPECT_EQ(results.at(2).path, "/p");
    ASSERT_TRUE(results[0].stat);
    EXPECT_EQ(*results[0].stat, zk.get("/c").stat);
    EXPECT_EQ(zk.get("/t").data, "in t");
    EXPECT_EQ(zk.get("/p").data, "in p");
}

TEST_P(transactions_test, acls_of_created_nodes) {
    auto zk = connect();
    zk.transaction().create("/r", "", {.acl = read_acl()}).create("/o").commit();
    EXPECT_EQ(zk.get_acls("/r").acls, read_acl());
    EXPECT_EQ(zk.get_acls("/o").acls, open_acl());
}

TEST_P(transactions_test, wrong_arguments_are_refused_when_a_part_is_added) {
    auto zk = connect();
    auto t = zk.transaction();
    EXPECT_THROW(t.create("a"), bad_arguments_error);
    EXPECT_THROW(t.remove("/a/"), bad_arguments_error);
    EXPECT_THROW(t.create("/a/b", "", {.make_path = true}), bad_arguments_error);
    EXPECT_THROW(t.create("/a", "", {.protect = true}), bad_arguments_error);
    EXPECT_EQ(t.size(), 0U);
    t.create("/good");
    EXPECT_EQ(t.commit().size(), 1U) << "what was refused must leave no trace";
    EXPECT_TRUE(zk.exists("/good"));
}

TEST_P(transactions_test, an_empty_transaction_succeeds) {
    auto zk = connect();
    EXPECT_TRUE(zk.transaction().commit().empty());
}

TEST_P(transactions_test, large_transactions) {
    auto zk = connect();
    auto t = zk.transaction();
    for (int i = 0; i < 5000; ++i) {
        t.create("/n" + std::to_string(i), "data");
    }
    const auto results = t.commit();
    ASSERT_EQ(results.size(), 5000U);
    EXPECT_EQ(results[4999].path, "/n4999");
    EXPECT_EQ(zk.get_children("/").size(), 5000U);

    auto too_large = zk.transaction();
    for (int i = 0; i < 3; ++i) {
        too_large.set("/n0", std::string(500'000, 'x'));
    }
    EXPECT_THROW(too_large.commit(), request_too_large_error);
    EXPECT_EQ(zk.get("/n0").data, "data");
    EXPECT_EQ(zk.metrics().connects, 1U);
}

TEST_P(transactions_test, a_transaction_takes_its_place_when_committed) {
    auto zk = connect();
    zk.create("/a", "0");
    auto t = zk.transaction();
    t.set("/a", "transaction");
    zk.set("/a", "before");
    auto committed = t.async_commit(asio::use_future);
    zk.set("/a", "after");
    EXPECT_EQ(committed.get().at(0).stat->version, 2);
    EXPECT_EQ(zk.get("/a").data, "after");
}

TEST_P(transactions_test, many_reads_in_one_request) {
    auto zk = connect();
    zk.create("/a", "of a");
    zk.create("/a/x");
    zk.create("/a/y");
    auto reads = zk.multi_read();
    reads.get("/a").get("/missing").get_children("/a").get_children("/missing");
    EXPECT_EQ(reads.size(), 4U);
    if (!since(3, 6)) {
        EXPECT_EQ(error_of([&] { return reads.commit(); }), errc::unimplemented);
        come_back(zk);
        return;
    }
    const auto results = reads.commit();
    ASSERT_EQ(results.size(), 4U);
    EXPECT_FALSE(results[0].error);
    EXPECT_EQ(results[0].operation, opcode::get);
    EXPECT_EQ(results[0].data, "of a");
    EXPECT_EQ(results[0].stat, zk.get("/a").stat);
    EXPECT_EQ(results[1].error, errc::no_node);
    EXPECT_FALSE(results[2].error);
    EXPECT_EQ(results[2].operation, opcode::get_children);
    auto names = results[2].children;
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(results[3].error, errc::no_node);

    auto async = zk.multi_read().get("/a").async_commit({.timeout = 60s}, asio::use_future);
    EXPECT_EQ(async.get().at(0).data, "of a");
    EXPECT_TRUE(zk.multi_read().commit().empty());
    EXPECT_THROW(zk.multi_read().get("bad"), bad_arguments_error);
}

} // namespace
} // namespace zooid::test
