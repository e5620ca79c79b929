#include "support/eventually.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class create_test : public server_test {};
ZOOID_ON_EVERY_VERSION(create_test);

TEST_P(create_test, a_created_node_reads_back_with_its_stat) {
    auto zk = connect();
    EXPECT_EQ(zk.create("/a", "hello"), "/a");
    const auto [data, stat] = zk.get("/a");
    EXPECT_EQ(data, "hello");
    EXPECT_EQ(stat.version, 0);
    EXPECT_EQ(stat.data_length, 5);
    EXPECT_EQ(stat.num_children, 0);
    EXPECT_EQ(stat.ephemeral_owner, 0);
    EXPECT_GT(stat.czxid, 0);
    EXPECT_EQ(stat.mzxid, stat.czxid);
    EXPECT_EQ(stat.pzxid, stat.czxid);
    EXPECT_EQ(stat.ctime, stat.mtime);
    // The server runs on this machine, so its clock is ours.
    const auto age = std::chrono::system_clock::now() - stat.ctime;
    EXPECT_GE(age, -1s);
    EXPECT_LT(age, scaled(60s));
    EXPECT_GE(zk.last_zxid(), stat.czxid);
}

TEST_P(create_test, data_may_be_any_bytes) {
    auto zk = connect();
    std::string every_byte;
    for (int i = 0; i < 256; ++i) {
        every_byte.push_back(static_cast<char>(i));
    }
    zk.create("/bytes", every_byte);
    EXPECT_EQ(zk.get("/bytes").data, every_byte);
    zk.create("/empty");
    EXPECT_EQ(zk.get("/empty").data, "");
    const std::string large(900'000, 'x');
    zk.create("/large", large);
    EXPECT_EQ(zk.get("/large").data, large);
}

TEST_P(create_test, names_may_be_any_valid_text) {
    auto zk = connect();
    for (const std::string name : {"/grüße", "/日本", "/with space", "/...", "/.a", "/a.b", "/\xC2\xA0"}) {
        EXPECT_EQ(zk.create(name, name), name);
        EXPECT_EQ(zk.get(name).data, name);
        const auto names = zk.get_children("/");
        EXPECT_NE(std::find(names.begin(), names.end(), name.substr(1)), names.end()) << name;
    }
}

TEST_P(create_test, sequential_names_count_up) {
    auto zk = connect();
    EXPECT_EQ(zk.create("/s-", "", {.mode = create_mode::persistent_sequential}), "/s-0000000000");
    EXPECT_EQ(zk.create("/s-", "", {.mode = create_mode::persistent_sequential}), "/s-0000000001");
    EXPECT_EQ(zk.create("/e-", "", {.mode = create_mode::ephemeral_sequential}), "/e-0000000002");
    zk.create("/d");
    EXPECT_EQ(zk.create("/d/", "", {.mode = create_mode::persistent_sequential}), "/d/0000000000");
}

TEST_P(create_test, ephemerals_belong_to_the_session_and_go_with_it) {
    auto zk = connect();
    auto other = connect();
    other.create("/mine", "", {.mode = create_mode::ephemeral});
    const auto name = other.create("/q-", "", {.mode = create_mode::ephemeral_sequential});
    EXPECT_EQ(zk.get("/mine").stat.ephemeral_owner, other.client_id().id);
    EXPECT_EQ(zk.get(name).stat.ephemeral_owner, other.client_id().id);
    other.close();
    EXPECT_FALSE(zk.exists("/mine"));
    EXPECT_FALSE(zk.exists(name));
}

TEST_P(create_test, containers_are_removed_after_their_last_child) {
    auto zk = connect();
    const auto make = [&] { return zk.create("/c", "", {.mode = create_mode::container}); };
    if (!since(3, 5)) {
        EXPECT_EQ(error_of(make), errc::unimplemented);
        return;
    }
    EXPECT_EQ(make(), "/c");
    zk.create("/c/child");
    zk.remove("/c/child");
    EXPECT_TRUE(eventually([&] { return !zk.exists("/c"); }));
}

TEST_P(create_test, nodes_with_a_time_to_live_go_when_it_is_over) {
    auto zk = connect();
    const auto make = [&] { return zk.create("/ttl", "x", {.mode = create_mode::persistent_ttl, .ttl = 1ms}); };
    if (!since(3, 5)) {
        EXPECT_EQ(error_of(make), errc::unimplemented);
        return;
    }
    EXPECT_EQ(make(), "/ttl");
    EXPECT_TRUE(eventually([&] { return !zk.exists("/ttl"); }));
    const auto name = zk.create("/t-", "", {.mode = create_mode::persistent_sequential_ttl, .ttl = 1h});
    EXPECT_EQ(name, "/t-0000000001");
    EXPECT_TRUE(zk.exists(name));
}

TEST_P(create_test, a_time_to_live_must_fit) {
    auto zk = connect();
    const auto before = zk.metrics().requests;
    const auto with = [&](create_mode mode, std::chrono::milliseconds ttl) {
        return error_of([&] { return zk.create("/ttl", "", {.mode = mode, .ttl = ttl}); });
    };
    EXPECT_EQ(with(create_mode::persistent_ttl, 0ms), errc::bad_arguments);
    EXPECT_EQ(with(create_mode::persistent_ttl, -1ms), errc::bad_arguments);
    EXPECT_EQ(with(create_mode::persistent_ttl, std::chrono::milliseconds{std::int64_t{1} << 40}), errc::bad_arguments);
    EXPECT_EQ(with(create_mode::persistent, 5ms), errc::bad_arguments);
    EXPECT_EQ(zk.metrics().requests, before) << "nothing may be sent for wrong arguments";
}

TEST_P(create_test, missing_parents_are_made_on_demand) {
    auto zk = connect();
    EXPECT_EQ(error_of([&] { return zk.create("/p/q/r", "deep"); }), errc::no_node);
    EXPECT_EQ(zk.create("/p/q/r", "deep", {.make_path = true}), "/p/q/r");
    EXPECT_EQ(zk.get("/p/q/r").data, "deep");
    EXPECT_EQ(zk.get("/p/q").data, "");
    EXPECT_EQ(error_of([&] { return zk.create("/p/q/r", "", {.make_path = true}); }), errc::node_exists);
    EXPECT_EQ(zk.create("/p/s", "", {.make_path = true}), "/p/s");
    EXPECT_EQ(zk.create("/seq/x-", "", {.mode = create_mode::ephemeral_sequential, .make_path = true}),
              "/seq/x-0000000000");
    EXPECT_EQ(zk.get("/seq").stat.ephemeral_owner, 0) << "parents are persistent";
}

TEST_P(create_test, made_parents_have_the_same_acl) {
    auto zk = connect();
    const acl limited{{perms::read | perms::create, "world", "anyone"}};
    zk.create("/l/m/n", "", {.make_path = true, .acl = limited});
    EXPECT_EQ(zk.get_acls("/l").acls, limited);
    EXPECT_EQ(zk.get_acls("/l/m").acls, limited);
    EXPECT_EQ(zk.get_acls("/l/m/n").acls, limited);
}

TEST_P(create_test, protected_names_are_unique) {
    auto zk = connect();
    const auto make = [&] {
        return zk.create("/queue-", "", {.mode = create_mode::ephemeral_sequential, .protect = true});
    };
    const auto first = make();
    const auto second = make();
    // "_c_" and a UUID of 36 characters, a dash, the name asked for, the number.
    const std::string_view prefix = std::string_view(first).substr(0, 4);
    EXPECT_EQ(prefix, "/_c_");
    ASSERT_EQ(first.size(), std::string("/_c_").size() + 36 + 1 + std::string("queue-0000000000").size()) << first;
    EXPECT_EQ(first.substr(4 + 36), "-queue-0000000000");
    EXPECT_EQ(second.substr(4 + 36), "-queue-0000000001");
    EXPECT_NE(first.substr(0, 40), second.substr(0, 40));
    EXPECT_TRUE(zk.exists(first));
}

TEST_P(create_test, with_stat_tells_the_new_nodes_stat) {
    auto zk = connect();
    const auto make = [&] { return zk.create_with_stat("/ws", "12345"); };
    if (!since(3, 5)) {
        EXPECT_EQ(error_of(make), errc::unimplemented);
        return;
    }
    const auto created = make();
    EXPECT_EQ(created.path, "/ws");
    EXPECT_EQ(created.stat.data_length, 5);
    EXPECT_EQ(created.stat, zk.get("/ws").stat);

    const auto nth = zk.create_with_stat("/n-", "", {.mode = create_mode::ephemeral_sequential});
    EXPECT_EQ(nth.path, "/n-0000000001");
    EXPECT_EQ(nth.stat.ephemeral_owner, zk.client_id().id);
    const auto container = zk.create_with_stat("/cs", "", {.mode = create_mode::container});
    EXPECT_EQ(container.stat, zk.get("/cs").stat);
    const auto kept = zk.create_with_stat("/ts", "", {.mode = create_mode::persistent_ttl, .ttl = 1h});
    EXPECT_EQ(kept.stat, zk.get("/ts").stat);
    const auto deep = zk.create_with_stat("/x/y/z", "d", {.make_path = true});
    EXPECT_EQ(deep.path, "/x/y/z");
    EXPECT_EQ(deep.stat, zk.get("/x/y/z").stat);
}

TEST_P(create_test, ensure_path_is_idempotent) {
    auto zk = connect();
    zk.ensure_path("/e/f/g");
    zk.set("/e/f", "kept");
    zk.ensure_path("/e/f/g");
    zk.ensure_path("/e/f");
    EXPECT_EQ(zk.get("/e/f").data, "kept");
    EXPECT_TRUE(zk.exists("/e/f/g"));
    zk.ensure_path("/");
    const acl limited{{perms::read, "world", "anyone"}};
    zk.ensure_path("/lim", {.acl = limited});
    EXPECT_EQ(zk.get_acls("/lim").acls, limited);
}

TEST_P(create_test, ensure_path_may_be_called_by_many_at_once) {
    auto zk = connect();
    std::vector<std::future<void>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(zk.async_ensure_path("/m/n/o/p", asio::use_future));
    }
    for (auto& one : all) {
        EXPECT_NO_THROW(one.get());
    }
    EXPECT_TRUE(zk.exists("/m/n/o/p"));
}

TEST_P(create_test, upsert_creates_or_sets) {
    auto zk = connect();
    EXPECT_EQ(zk.upsert("/u/v/w", "1").version, 0);
    EXPECT_EQ(zk.get("/u/v/w").data, "1");
    const auto stat = zk.upsert("/u/v/w", "22");
    EXPECT_EQ(stat.version, 1);
    EXPECT_EQ(stat, zk.get("/u/v/w").stat);
    EXPECT_EQ(zk.get("/u/v/w").data, "22");
    const acl limited{{perms::read, "world", "anyone"}};
    zk.upsert("/lim2", "x", {.acl = limited});
    EXPECT_EQ(zk.get_acls("/lim2").acls, limited);
}

} // namespace
} // namespace zooid::test
