#include "contract/contract_test.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Creating nodes: modes, sequence numbers, and which error wins.

namespace zooid::test {
namespace {

class create_test : public contract_test {};
ZOOID_CONTRACT(create_test);

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t longest_ttl = 0xff'ffff'ffff;

std::vector<new_node> of_every_kind() {
    std::vector<new_node> all;
    for (std::int32_t flags = 0; flags <= 3; ++flags) {
        all.push_back({.flags = flags});
        all.push_back({.flags = flags, .op = opcode::create2});
    }
    all.push_back({.flags = 4, .op = opcode::create_container});
    all.push_back({.flags = 5, .op = opcode::create_ttl, .ttl = minute});
    all.push_back({.flags = 6, .op = opcode::create_ttl, .ttl = minute});
    return all;
}

TEST_P(create_test, every_kind_reports_its_path_and_all_but_the_oldest_their_stat) {
    auto zk = open();
    int made = 0;
    for (auto what : of_every_kind()) {
        what.data = "data";
        const auto wanted = path("/n" + std::to_string(made) + "-");
        const auto reply = zk.create(wanted, what);
        ASSERT_EQ(reply.err, ok) << what.flags;
        const bool sequential = what.flags == 2 || what.flags == 3 || what.flags == 6;
        const std::string number = std::to_string(made);
        const auto expected = sequential ? wanted + std::string(10 - number.size(), '0') + number : wanted;
        EXPECT_EQ(reply.path(), expected);
        const auto stat = zk.exists(expected).stat();
        EXPECT_EQ(stat.ephemeral_owner, what.flags == 1 || what.flags == 3 ? zk.id() : 0) << what.flags;
        EXPECT_EQ(stat.data_length, 4);
        EXPECT_EQ(stat.czxid, reply.zxid);
        EXPECT_EQ(zk.get(expected).data(), "data");
        if (what.op == opcode::create) {
            EXPECT_EQ(reply.body.size(), 4 + expected.size());
        } else {
            EXPECT_EQ(reply.stat(), stat);
        }
        ++made;
    }
}

TEST_P(create_test, the_operation_decides_the_kind_and_flags_only_naming_and_ownership) {
    auto zk = open();
    // Flags of a container do not make one.
    ASSERT_EQ(zk.create(path("/plain"), {.flags = 4}).err, ok);
    ASSERT_EQ(zk.create(path("/plain2"), {.flags = 4, .op = opcode::create2}).err, ok);
    // The operation does, whatever the flags.
    ASSERT_EQ(zk.create(path("/container"), {.flags = 0, .op = opcode::create_container}).err, ok);
    ASSERT_EQ(zk.create(path("/owned"), {.flags = 1, .op = opcode::create_container}).err, ok);
    EXPECT_EQ(zk.exists(path("/owned")).stat().ephemeral_owner, 0);
    const auto numbered = zk.create(path("/numbered-"), {.flags = 2, .op = opcode::create_container});
    EXPECT_EQ(numbered.path(), path("/numbered-0000000004"));
    // Containers are removed after their last child; the other nodes stay.
    for (const auto& parent : {path("/plain"), path("/plain2"), path("/container"), path("/owned"), numbered.path()}) {
        ASSERT_EQ(zk.create(parent + "/child").err, ok) << parent;
        ASSERT_EQ(zk.remove(parent + "/child").err, ok) << parent;
    }
    for (const auto& parent : {path("/container"), path("/owned"), numbered.path()}) {
        EXPECT_TRUE(eventually([&] { return zk.exists(parent).err == errc::no_node; })) << parent;
    }
    EXPECT_EQ(zk.exists(path("/plain")).err, ok);
    EXPECT_EQ(zk.exists(path("/plain2")).err, ok);
}

TEST_P(create_test, a_container_that_never_had_a_child_stays) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/unused"), {.flags = 4, .op = opcode::create_container}).err, ok);
    ASSERT_EQ(zk.create(path("/used"), {.flags = 4, .op = opcode::create_container}).err, ok);
    ASSERT_EQ(zk.create(path("/used/child")).err, ok);
    ASSERT_EQ(zk.remove(path("/used/child")).err, ok);
    EXPECT_TRUE(eventually([&] { return zk.exists(path("/used")).err == errc::no_node; }));
    EXPECT_EQ(zk.exists(path("/unused")).err, ok);
}

TEST_P(create_test, the_removal_of_a_container_is_a_change_like_any_other) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/box"), {.flags = 4, .op = opcode::create_container}).err, ok);
    ASSERT_EQ(zk.create(path("/box/child")).err, ok);
    zk.exists(path("/box"), true);
    const auto before = zk.children2(path(), true).stat();
    ASSERT_EQ(zk.remove(path("/box/child")).err, ok);
    const auto events = zk.await_events();
    EXPECT_EQ(events, (event_list{"deleted " + path("/box"), "children " + path()}));
    const auto after = zk.exists(path()).stat();
    EXPECT_EQ(after.cversion, before.cversion + 1);
    EXPECT_GT(after.pzxid, before.pzxid + 1);
}

TEST_P(create_test, a_node_with_a_time_to_live_is_removed_when_it_is_over_and_no_child_is_left) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/short"), {.flags = 5, .op = opcode::create_ttl, .ttl = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/long"), {.flags = 5, .op = opcode::create_ttl, .ttl = longest_ttl}).err, ok);
    ASSERT_EQ(zk.create(path("/parent"), {.flags = 5, .op = opcode::create_ttl, .ttl = 1000}).err, ok);
    ASSERT_EQ(zk.create(path("/parent/child")).err, ok);
    EXPECT_TRUE(eventually([&] { return zk.exists(path("/short")).err == errc::no_node; }));
    // A later one is gone as well by now; the parent's time is over, but it has a child.
    ASSERT_EQ(zk.create(path("/later"), {.flags = 5, .op = opcode::create_ttl, .ttl = 1500}).err, ok);
    EXPECT_TRUE(eventually([&] { return zk.exists(path("/later")).err == errc::no_node; }));
    EXPECT_EQ(zk.exists(path("/long")).err, ok);
    EXPECT_EQ(zk.exists(path("/parent")).err, ok);
    ASSERT_EQ(zk.remove(path("/parent/child")).err, ok);
    EXPECT_TRUE(eventually([&] { return zk.exists(path("/parent")).err == errc::no_node; }));
}

TEST_P(create_test, flags_that_do_not_belong_to_the_operation_are_bad_arguments) {
    auto zk = open();
    const auto code = [&](opcode op, std::int32_t flags, std::int64_t ttl) {
        return zk.create(path("/never"), {.flags = flags, .op = op, .ttl = ttl}).err;
    };
    for (const auto op : {opcode::create, opcode::create2, opcode::create_container}) {
        for (const std::int32_t flags : {5, 6, 7, 8, 100, -1, -2'147'483'647}) {
            EXPECT_EQ(code(op, flags, 0), errc::bad_arguments) << to_string(op) << " " << flags;
        }
    }
    for (const std::int32_t flags : {0, 1, 2, 3, 4, 7, -1}) {
        EXPECT_EQ(code(opcode::create_ttl, flags, minute), errc::bad_arguments) << flags;
    }
    EXPECT_EQ(zk.exists(path("/never")).err, errc::no_node);
}

TEST_P(create_test, a_time_to_live_has_bounds) {
    auto zk = open();
    for (const std::int64_t ttl :
         {std::int64_t{0}, std::int64_t{-1}, longest_ttl + 1, std::int64_t{1} << 62, -(std::int64_t{1} << 62)}) {
        EXPECT_EQ(zk.create(path("/never"), {.flags = 5, .op = opcode::create_ttl, .ttl = ttl}).err,
                  errc::bad_arguments)
            << ttl;
        EXPECT_EQ(zk.create(path("/never"), {.flags = 6, .op = opcode::create_ttl, .ttl = ttl}).err,
                  errc::bad_arguments)
            << ttl;
    }
    EXPECT_EQ(zk.create(path("/longest"), {.flags = 5, .op = opcode::create_ttl, .ttl = longest_ttl}).err, ok);
}

TEST_P(create_test, null_data_stays_null_and_empty_data_empty) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/null"), {.data = std::nullopt}).err, ok);
    ASSERT_EQ(zk.create(path("/empty"), {.data = ""}).err, ok);
    EXPECT_EQ(zk.get(path("/null")).data(), std::nullopt);
    EXPECT_EQ(zk.get(path("/empty")).data(), "");
    EXPECT_EQ(zk.exists(path("/null")).stat().data_length, 0);
    ASSERT_EQ(zk.set(path("/empty"), std::nullopt).err, ok);
    EXPECT_EQ(zk.get(path("/empty")).data(), std::nullopt);
    ASSERT_EQ(zk.set(path("/null"), std::string_view("\0", 1)).err, ok);
    EXPECT_EQ(zk.get(path("/null")).data(), std::string("\0", 1));
}

// ---- sequence numbers ---------------------------------------------------------------------------------------------

TEST_P(create_test, a_sequence_counts_the_children_that_ever_were) {
    auto zk = open();
    const auto next = [&](const std::string& prefix) {
        return zk.create(path(prefix), {.flags = 2}).path().substr(path().size() + 1);
    };
    EXPECT_EQ(next("/a-"), "a-0000000000");
    EXPECT_EQ(next("/b-"), "b-0000000001") << "prefixes share the counter";
    ASSERT_EQ(zk.create(path("/plain")).err, ok);
    EXPECT_EQ(next("/a-"), "a-0000000003") << "other children count";
    ASSERT_EQ(zk.remove(path("/plain")).err, ok);
    EXPECT_EQ(next("/a-"), "a-0000000004") << "deletions don't";
    EXPECT_EQ(zk.create(path("/a-0000000004")).err, errc::node_exists);
    EXPECT_EQ(next("/a-"), "a-0000000005") << "nor does what failed";
    ASSERT_EQ(zk.create(path("/a-0000000007")).err, ok);
    EXPECT_EQ(zk.create(path("/a-"), {.flags = 2}).err, errc::node_exists) << "number 7 is taken";
    EXPECT_EQ(next("/c-"), "c-0000000007");
    EXPECT_EQ(next("/"), "0000000008") << "the prefix may be empty";
    EXPECT_EQ(next("/.."), "..0000000009");
    EXPECT_EQ(next("/."), ".0000000010");
    EXPECT_EQ(zk.create(path("/a-"), {.flags = 3}).path(), path("/a-0000000011"));
    EXPECT_EQ(zk.create(path("/a-"), {.flags = 6, .op = opcode::create_ttl, .ttl = minute}).path(),
              path("/a-0000000012"));
}

TEST_P(create_test, each_parent_has_its_own_sequence_and_grandchildren_do_not_count) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/p")).err, ok);
    ASSERT_EQ(zk.create(path("/p/q")).err, ok);
    ASSERT_EQ(zk.create(path("/p/q/r")).err, ok);
    EXPECT_EQ(zk.create(path("/p/n"), {.flags = 2}).path(), path("/p/n0000000001"));
    EXPECT_EQ(zk.create(path("/p/q/n"), {.flags = 2}).path(), path("/p/q/n0000000001"));
    EXPECT_EQ(zk.create(path("/p/q/r/n"), {.flags = 2}).path(), path("/p/q/r/n0000000000"));
    // A parent made anew begins anew.
    ASSERT_EQ(zk.remove(path("/p/q/r/n0000000000")).err, ok);
    ASSERT_EQ(zk.remove(path("/p/q/r")).err, ok);
    ASSERT_EQ(zk.create(path("/p/q/r")).err, ok);
    EXPECT_EQ(zk.create(path("/p/q/r/n"), {.flags = 2}).path(), path("/p/q/r/n0000000000"));
}

// ---- errors -------------------------------------------------------------------------------------------------------

TEST_P(create_test, every_operation_reports_missing_and_ephemeral_parents_and_nodes_that_exist) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/x")).err, ok);
    for (const auto& what : of_every_kind()) {
        EXPECT_EQ(zk.create(path("/missing/x"), what).err, errc::no_node) << what.flags;
        EXPECT_EQ(zk.create(path("/e/x"), what).err, errc::no_children_for_ephemerals) << what.flags;
        if (what.flags != 2 && what.flags != 3 && what.flags != 6) {
            EXPECT_EQ(zk.create(path("/x"), what).err, errc::node_exists) << what.flags;
            EXPECT_EQ(zk.create("/", what).err, errc::node_exists) << what.flags;
        }
    }
}

TEST_P(create_test, a_failure_has_no_body_and_takes_a_transaction_id) {
    auto zk = open();
    const auto before = zk.create(path("/x")).zxid;
    const auto failed = zk.create(path("/x"), {.op = opcode::create2});
    EXPECT_EQ(failed.err, errc::node_exists);
    EXPECT_TRUE(failed.body.empty());
    EXPECT_EQ(failed.zxid, before + 1);
    EXPECT_EQ(zk.create(path("/y")).zxid, before + 2);
}

TEST_P(create_test, of_several_errors_the_first_checked_wins) {
    auto zk = open();
    const zooid::acl nothing;
    const auto invalid = only("no-such-scheme", "x");
    const auto locked = only("digest", "somebody:else");
    ASSERT_EQ(zk.create(path("/locked"), {.acl = &locked}).err, ok);
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    const auto code = [&](const std::string& where, const new_node& what) { return zk.create(where, what).err; };

    // Flags before the time to live, before the path.
    EXPECT_EQ(code("no-slash", {.flags = 9, .acl = &nothing}), errc::bad_arguments);
    EXPECT_EQ(code("no-slash", {.acl = &nothing}), errc::bad_arguments);
    // A path without a slash or with a zero byte before the ACL; other path rules much later.
    EXPECT_EQ(code(std::string("/a\0b", 4), {.acl = &nothing}), errc::bad_arguments);
    EXPECT_EQ(code(path("/a//b"), {.acl = &nothing}), errc::invalid_acl);
    EXPECT_EQ(code(path("/missing/x"), {.acl = &invalid}), errc::invalid_acl);
    EXPECT_EQ(code(path("/x"), {.acl = &nothing}), errc::invalid_acl);
    // The parent, then the permission, then the path.
    EXPECT_EQ(code(path("/missing/."), {}), errc::no_node);
    EXPECT_EQ(code(path("/locked/."), {}), errc::no_auth);
    EXPECT_EQ(code(path("/."), {}), errc::bad_arguments);
    EXPECT_EQ(code(path("/e/."), {}), errc::bad_arguments);
    EXPECT_EQ(code(path("/locked/x"), {}), errc::no_auth);
    // The number is part of the name that is checked.
    EXPECT_EQ(code(path("/."), {.flags = 2}), ok);
}

TEST_P(create_test, ephemerals_end_with_their_session_in_one_transaction) {
    auto observer = open();
    auto zk = open();
    ASSERT_EQ(zk.create(path("/e1"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/p")).err, ok);
    ASSERT_EQ(zk.create(path("/p/e2"), {.flags = 3}).path(), path("/p/e20000000000"));
    const auto before = observer.exists(path()).stat();
    const auto closing = zk.close();
    EXPECT_EQ(closing.err, ok);
    EXPECT_TRUE(zk.ended());
    EXPECT_EQ(observer.exists(path("/e1")).err, errc::no_node);
    EXPECT_EQ(observer.children(path("/p")).names(), name_list{});
    EXPECT_EQ(observer.exists(path()).stat().pzxid, closing.zxid);
    EXPECT_EQ(observer.exists(path("/p")).stat().pzxid, closing.zxid);
    EXPECT_EQ(observer.exists(path()).stat().cversion, before.cversion + 1);
}

} // namespace
} // namespace zooid::test
