#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

// Access control lists: what they may say, what they permit, and what of them is shown.

namespace zooid::test {
namespace {

const std::string bob = "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="; // "bob:secret", digested
const std::string amy = "amy:wAkfIy8j+JmnVUrn6pyOs5Cs/tE="; // "amy:x"

class acl_test : public contract_test {
protected:
    raw_session open_as(const char* user_and_password) const {
        auto zk = open();
        EXPECT_EQ(zk.add_auth("digest", user_and_password).err, ok);
        return zk;
    }
};
ZOOID_CONTRACT(acl_test);

TEST_P(acl_test, a_list_is_given_back_as_it_was_given) {
    auto zk = open();
    const zooid::acl list{{perms::all, "world", "anyone"}, {perms::read, "ip", "127.0.0.1"}, {3, "digest", "a:b"},
                          {0, "ip", "10.0.0.0/8"},         {64, "world", "anyone"},          {-1, "digest", "c:d"}};
    ASSERT_EQ(zk.create(path("/a"), {.acl = &list}).err, ok);
    const auto reply = zk.get_acl(path("/a"));
    EXPECT_EQ(reply.acls(), (std::vector<std::string>{"world:anyone:31", "ip:127.0.0.1:1", "digest:a:b:3",
                                                      "ip:10.0.0.0/8:0", "world:anyone:64", "digest:c:d:-1"}));
    EXPECT_EQ(reply.stat(), zk.exists(path("/a")).stat());
    const auto other = only("world", "anyone", 17);
    ASSERT_EQ(zk.set_acl(path("/a"), other).err, ok);
    EXPECT_EQ(zk.get_acl(path("/a")).acls(), (std::vector<std::string>{"world:anyone:17"}));
}

TEST_P(acl_test, an_entry_given_twice_is_kept_once) {
    auto zk = open();
    const zooid::acl list{{31, "world", "anyone"}, {1, "ip", "127.0.0.1"}, {31, "world", "anyone"}};
    ASSERT_EQ(zk.create(path("/a"), {.acl = &list}).err, ok);
    EXPECT_EQ(zk.get_acl(path("/a")).acls(), (std::vector<std::string>{"world:anyone:31", "ip:127.0.0.1:1"}));
}

TEST_P(acl_test, what_makes_no_sense_is_invalid) {
    auto zk = open();
    std::vector<zooid::acl> invalid{
        {},
        only("no-such-scheme", "x"),
        only("", "x"),
        only("world", "somebody"),
        only("world", ""),
        only("super", "x"),
        only("auth", ""), // nobody is authenticated
        only("digest", "no-colon"),
        only("digest", "too:many:colons"),
        only("sasl", "bob"),
        only("ip", ""),
        only("ip", "localhost"),
        only("ip", "127.0.0"),
        only("ip", "127.0.0.256"),
        only("ip", "127.0.0.1/33"),
        only("ip", "127.0.0.1/-1"),
        only("ip", "127.0.0.1/x"),
        only("ip", "::1"),
        {{31, "world", "anyone"}, {31, "no-such-scheme", "x"}},
    };
    for (const auto& list : invalid) {
        SCOPED_TRACE(list.empty() ? "nothing" : list.back().scheme + ':' + list.back().id);
        EXPECT_EQ(zk.create(path("/a"), {.acl = &list}).err, errc::invalid_acl);
        EXPECT_EQ(zk.set_acl(path(), list).err, errc::invalid_acl);
    }
    const auto null = wire::list<wire::acl_item>::null();
    const auto a = path("/a");
    EXPECT_EQ(zk.call(opcode::create, wire::create_request{a, "", null, 0}).err, errc::invalid_acl);
    EXPECT_EQ(zk.call(opcode::set_acls, wire::set_acl_request{path(), null, -1}).err, errc::invalid_acl);
    EXPECT_EQ(zk.exists(a).err, errc::no_node);
    for (const char* id : {"127.0.0.1/0", "127.0.0.1/32", "0.0.0.0", "1.2.3.4/8"}) {
        const auto list = only("ip", id);
        EXPECT_EQ(zk.create(path("/n-"), {.flags = 2, .acl = &list}).err, ok) << id;
    }
}

TEST_P(acl_test, each_operation_asks_for_its_own_permission) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a"), {.data = "x"}).err, ok);
    const auto a = path("/a");
    const auto child = path("/a/child");
    auto admin = open_as("bob:secret");
    const auto code_with = [&](std::int32_t granted, auto&& request) {
        const zooid::acl list{{granted, "world", "anyone"}, {perms::all, "digest", bob}};
        EXPECT_EQ(admin.set_acl(a, list).err, ok);
        return request();
    };
    const auto needs = [&](std::int32_t permission, const char* what, auto&& request) {
        EXPECT_EQ(code_with(permission, request), ok) << what;
        EXPECT_EQ(code_with(perms::all & ~permission, request), errc::no_auth) << what;
    };
    needs(perms::read, "get", [&] { return zk.get(a).err; });
    needs(perms::read, "getChildren", [&] { return zk.children(a).err; });
    needs(perms::read, "getChildren2", [&] { return zk.children2(a).err; });
    needs(perms::read, "getAllChildrenNumber",
          [&] { return zk.call(opcode::get_all_children_number, wire::path_request{a}).err; });
    needs(perms::write, "set", [&] { return zk.set(a, "y").err; });
    needs(perms::read, "check", [&] {
        parts ops;
        ops->check({a, -1});
        return codes(results(zk.call(opcode::multi, ops.body()))).front();
    });
    needs(perms::create, "create", [&] {
        const auto made = zk.create(child).err;
        admin.remove(child);
        return made;
    });
    needs(perms::remove, "delete", [&] {
        admin.create(child);
        return zk.remove(child).err;
    });
    needs(perms::admin, "setACL", [&] {
        return zk.set_acl(a, {{perms::all, "world", "anyone"}, {perms::all, "digest", bob}}).err;
    });
    // getACL is content with either of two.
    const auto get_acl = [&] { return zk.get_acl(a).err; };
    EXPECT_EQ(code_with(perms::read, get_acl), ok);
    EXPECT_EQ(code_with(perms::admin, get_acl), ok);
    EXPECT_EQ(code_with(perms::all & ~perms::read & ~perms::admin, get_acl), errc::no_auth);
    // sync, addWatch and the removal of watches ask for nothing.
    EXPECT_EQ(code_with(0, [&] { return zk.call(opcode::sync, wire::path_request{a}).err; }), ok);
    EXPECT_EQ(code_with(0, [&] { return zk.add_watch(a, 0).err; }), ok);
    EXPECT_EQ(code_with(0, [&] { return zk.remove_watches(a, 3).err; }), ok);
}

TEST_P(acl_test, the_parent_alone_decides_about_a_deletion) {
    auto zk = open();
    const auto nobody = only("digest", "x:y", 0);
    ASSERT_EQ(zk.create(path("/a"), {.acl = &nobody}).err, ok);
    EXPECT_EQ(zk.get(path("/a")).err, errc::no_auth);
    EXPECT_EQ(zk.remove(path("/a")).err, ok);
}

TEST_P(acl_test, lists_are_not_inherited) {
    auto zk = open();
    const auto no_read = only("world", "anyone", perms::create);
    ASSERT_EQ(zk.create(path("/a"), {.acl = &no_read}).err, ok);
    ASSERT_EQ(zk.create(path("/a/b")).err, ok);
    EXPECT_EQ(zk.children(path("/a")).err, errc::no_auth);
    EXPECT_EQ(zk.get(path("/a/b")).err, ok);
}

TEST_P(acl_test, an_address_is_an_identity) {
    auto zk = open();
    for (const char* mine : {"127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "127.0.0.2/30"}) {
        const auto list = only("ip", mine);
        ASSERT_EQ(zk.create(path("/mine"), {.acl = &list}).err, ok);
        EXPECT_EQ(zk.get(path("/mine")).err, ok) << mine;
        EXPECT_EQ(zk.set(path("/mine"), "x").err, ok) << mine;
        ASSERT_EQ(zk.remove(path("/mine")).err, ok);
    }
    for (const char* foreign : {"127.0.0.2", "10.0.0.0/8", "127.0.0.2/32"}) {
        const auto list = only("ip", foreign);
        ASSERT_EQ(zk.create(path("/foreign"), {.acl = &list}).err, ok);
        EXPECT_EQ(zk.get(path("/foreign")).err, errc::no_auth) << foreign;
        ASSERT_EQ(zk.remove(path("/foreign")).err, ok);
    }
}

TEST_P(acl_test, a_password_opens_what_its_digest_locks) {
    auto zk = open();
    const auto list = only("digest", bob);
    ASSERT_EQ(zk.create(path("/bobs"), {.data = "x", .acl = &list}).err, ok);
    EXPECT_EQ(zk.get(path("/bobs")).err, errc::no_auth);
    EXPECT_EQ(open_as("bob:wrong").get(path("/bobs")).err, errc::no_auth);
    EXPECT_EQ(open_as("amy:secret").get(path("/bobs")).err, errc::no_auth);
    auto as_bob = open_as("bob:secret");
    EXPECT_EQ(as_bob.get(path("/bobs")).data(), "x");
    EXPECT_EQ(as_bob.set(path("/bobs"), "y").err, ok);
    EXPECT_EQ(as_bob.create(path("/bobs/child")).err, ok);
    EXPECT_EQ(zk.get(path("/bobs")).err, errc::no_auth) << "one connection's identity is not another's";
}

TEST_P(acl_test, auth_stands_for_every_identity_of_the_creator) {
    auto zk = open_as("bob:secret");
    ASSERT_EQ(zk.add_auth("digest", "amy:x").err, ok);
    const auto list = only("auth", "ignored", 21);
    ASSERT_EQ(zk.create(path("/ours"), {.acl = &list}).err, ok);
    auto acls = zk.get_acl(path("/ours")).acls();
    std::sort(acls.begin(), acls.end());
    EXPECT_EQ(acls, (std::vector<std::string>{"digest:" + amy + ":21", "digest:" + bob + ":21"}));
    EXPECT_EQ(open_as("amy:x").get(path("/ours")).err, ok);
    EXPECT_EQ(open_as("bob:secret").get(path("/ours")).err, ok);
    EXPECT_EQ(open().get(path("/ours")).err, errc::no_auth);
    ASSERT_EQ(zk.set_acl(path(), list).err, ok);
    EXPECT_EQ(zk.get_acl(path()).acls().size(), 2U);
}

TEST_P(acl_test, digests_are_shown_to_administrators_only) {
    auto zk = open();
    const zooid::acl list{{perms::read, "world", "anyone"}, {perms::all, "digest", bob}, {1, "ip", "10.0.0.1"}};
    ASSERT_EQ(zk.create(path("/a"), {.acl = &list}).err, ok);
    EXPECT_EQ(zk.get_acl(path("/a")).acls(),
              (std::vector<std::string>{"world:anyone:1", "digest:bob:x:31", "ip:10.0.0.1:1"}));
    EXPECT_EQ(open_as("bob:secret").get_acl(path("/a")).acls(),
              (std::vector<std::string>{"world:anyone:1", "digest:" + bob + ":31", "ip:10.0.0.1:1"}));
}

TEST_P(acl_test, who_may_not_read_is_told_of_no_events) {
    auto zk = open();
    auto as_bob = open_as("bob:secret");
    const auto list = only("digest", bob);
    ASSERT_EQ(as_bob.create(path("/bobs"), {.acl = &list}).err, ok);
    for (auto* each : {&zk, &as_bob}) {
        ASSERT_EQ(each->add_watch(path("/bobs"), 0).err, ok);
        ASSERT_EQ(each->exists(path("/bobs/child"), true).err, errc::no_node);
    }
    ASSERT_EQ(as_bob.set(path("/bobs"), "x").err, ok);
    ASSERT_EQ(as_bob.create(path("/bobs/child")).err, ok);
    ASSERT_EQ(as_bob.remove(path("/bobs/child")).err, ok);
    ASSERT_EQ(as_bob.remove(path("/bobs")).err, ok);
    EXPECT_EQ(as_bob.events(),
              (event_list{"changed " + path("/bobs"), "created " + path("/bobs/child"), "children " + path("/bobs"),
                          "children " + path("/bobs"), "deleted " + path("/bobs")}));
    EXPECT_EQ(zk.events(), (event_list{"created " + path("/bobs/child")})) << "the child is open to all";
}

// From 3.8.4 on this needs the permission to read.
TEST_P(acl_test, whether_a_node_exists_is_no_secret) {
    auto zk = open();
    const auto list = only("digest", bob);
    auto as_bob = open_as("bob:secret");
    ASSERT_EQ(as_bob.create(path("/bobs"), {.data = "12345", .acl = &list}).err, ok);
    const auto reply = zk.exists(path("/bobs"), true);
    ASSERT_EQ(reply.err, ok);
    EXPECT_EQ(reply.stat().data_length, 5);
    ASSERT_EQ(as_bob.set(path("/bobs"), "x").err, ok);
    EXPECT_EQ(zk.events(), event_list{}) << "what happens to it is one";
    ASSERT_EQ(as_bob.set_acl(path("/bobs"), open_acl()).err, ok);
    ASSERT_EQ(as_bob.set(path("/bobs"), "y").err, ok);
    EXPECT_EQ(zk.events(), event_list{}) << "the watch has been used up all the same";
}

} // namespace
} // namespace zooid::test
