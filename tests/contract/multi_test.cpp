#include "contract/contract_test.hpp"
#include "support/eventually.hpp"
#include "support/hex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Several operations as one: all or nothing, and reads in bulk.

namespace zooid::test {
namespace {

using testing::hex;

class multi_test : public contract_test {
protected:
    static wire::create_request open_node(const std::string& where, std::int32_t flags = 0) {
        return {where, "", open_acl(), flags};
    }
    static std::vector<part_result> commit(raw_session& zk, parts& ops) {
        const auto reply = zk.call(opcode::multi, ops.body());
        EXPECT_EQ(reply.err, ok);
        return results(reply);
    }
    using code_list = std::vector<errc>;
};
ZOOID_CONTRACT(multi_test);

TEST_P(multi_test, every_part_is_done_under_one_transaction_id) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/old"), {.data = "x"}).err, ok);
    parts ops;
    const auto a = path("/a");
    const auto b = path("/b");
    const auto c = path("/c");
    const auto d = path("/d");
    const auto old = path("/old");
    ops->create({a, "data", open_acl(), 0});
    ops->create2(open_node(b, 1));
    ops->create_container(open_node(c, 4));
    ops->create_ttl({d, "", open_acl(), 5, 60'000});
    ops->set({old, "y", 0});
    ops->check({old, 1});
    ops->remove({old, 1});
    const auto reply = zk.call(opcode::multi, ops.body());
    ASSERT_EQ(reply.err, ok);
    const auto done = results(reply);
    ASSERT_EQ(done.size(), 7U);
    EXPECT_EQ(codes(done), code_list(7, ok));
    EXPECT_EQ(done[0].type, opcode::create);
    EXPECT_EQ(done[0].path, a);
    EXPECT_EQ(done[1].type, opcode::create) << "3.8.0 answers a create2 as a create";
    EXPECT_EQ(done[1].path, b);
    EXPECT_EQ(done[2].type, opcode::create2);
    EXPECT_EQ(done[2].path, c);
    EXPECT_EQ(done[2].stat, zk.exists(c).stat());
    EXPECT_EQ(done[3].type, opcode::create2);
    EXPECT_EQ(done[3].path, d);
    EXPECT_EQ(done[3].stat, zk.exists(d).stat());
    EXPECT_EQ(done[4].type, opcode::set);
    ASSERT_TRUE(done[4].stat);
    EXPECT_EQ(done[4].stat->version, 1);
    EXPECT_EQ(done[4].stat->mzxid, reply.zxid);
    EXPECT_EQ(done[5].type, opcode::check);
    EXPECT_EQ(done[6].type, opcode::remove);
    EXPECT_EQ(zk.exists(old).err, errc::no_node);
    const auto stat = zk.get(a).stat();
    EXPECT_EQ(stat.czxid, reply.zxid);
    EXPECT_EQ(zk.exists(b).stat().ctime, stat.ctime);
    EXPECT_EQ(zk.exists(b).stat().ephemeral_owner, zk.id());
    EXPECT_EQ(zk.exists(path()).stat().pzxid, reply.zxid);
}

TEST_P(multi_test, later_parts_see_earlier_ones) {
    auto zk = open();
    parts ops;
    const auto parent = path("/p");
    const auto child = path("/p/n-");
    const auto first = path("/p/n-0000000000");
    ops->create(open_node(parent));
    ops->create(open_node(child, 2));
    ops->create(open_node(child, 2));
    ops->set({first, "1", 0});
    ops->set({first, "2", 1});
    ops->check({first, 2});
    ops->remove({first, 2});
    const auto done = commit(zk, ops);
    ASSERT_EQ(codes(done), code_list(7, ok));
    EXPECT_EQ(done[1].path, first);
    EXPECT_EQ(done[2].path, path("/p/n-0000000001"));
    EXPECT_EQ(zk.children(parent).names(), (name_list{"n-0000000001"}));
    EXPECT_EQ(zk.exists(parent).stat().cversion, 3);
}

TEST_P(multi_test, a_failing_part_undoes_all) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a"), {.data = "before"}).err, ok);
    const auto unchanged = zk.get(path("/a"));
    const auto parent = zk.exists(path()).stat();
    const auto a = path("/a");
    const auto b = path("/b-");
    parts ops;
    ops->create(open_node(b, 2));
    ops->set({a, "after", 0});
    ops->check({a, 7});
    ops->remove({a, -1});
    ops->create(open_node(a));
    const auto reply = zk.call(opcode::multi, ops.body());
    EXPECT_EQ(reply.err, ok) << "the header does not tell";
    EXPECT_EQ(reply.zxid, unchanged.zxid + 1) << "a failure takes an id as well";
    const auto done = results(reply);
    EXPECT_EQ(codes(done),
              (code_list{ok, ok, errc::bad_version, errc::runtime_inconsistency, errc::runtime_inconsistency}));
    for (const auto& part : done) {
        EXPECT_EQ(part.type, opcode::error);
    }
    EXPECT_EQ(zk.get(a).data(), "before");
    EXPECT_EQ(zk.get(a).stat(), unchanged.stat());
    EXPECT_EQ(zk.exists(path()).stat(), parent);
    EXPECT_EQ(zk.create(b, {.flags = 2}).path(), path("/b-0000000001")) << "the counter is where it was";
}

TEST_P(multi_test, each_part_fails_with_its_own_error) {
    auto zk = open();
    const auto locked_acl = only("digest", "somebody:else");
    ASSERT_EQ(zk.create(path("/locked"), {.acl = &locked_acl}).err, ok);
    ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
    ASSERT_EQ(zk.create(path("/full")).err, ok);
    ASSERT_EQ(zk.create(path("/full/child")).err, ok);
    const auto missing = path("/missing");
    const auto below_missing = path("/missing/x");
    const auto locked = path("/locked");
    const auto below_locked = path("/locked/x");
    const auto below_ephemeral = path("/e/x");
    const auto full = path("/full");
    const auto bad = path("/x/");
    const auto fails = [&](auto&& add, errc expected) {
        parts ops;
        add(*ops.operator->());
        EXPECT_EQ(codes(commit(zk, ops)), code_list{expected});
    };
    using encoder = wire::multi_encoder;
    fails([&](encoder& to) { to.create(open_node(full)); }, errc::node_exists);
    fails([&](encoder& to) { to.create(open_node(below_missing)); }, errc::no_node);
    fails([&](encoder& to) { to.create(open_node(below_locked)); }, errc::no_auth);
    fails([&](encoder& to) { to.create(open_node(below_ephemeral)); }, errc::no_children_for_ephemerals);
    fails([&](encoder& to) { to.create({missing, "", {}, 0}); }, errc::invalid_acl);
    fails([&](encoder& to) { to.create(open_node(missing, 55)); }, errc::bad_arguments);
    fails([&](encoder& to) { to.create(open_node("no-slash")); }, errc::bad_arguments);
    fails([&](encoder& to) { to.create_ttl({missing, "", open_acl(), 5, 0}); }, errc::bad_arguments);
    fails([&](encoder& to) { to.remove({missing, -1}); }, errc::no_node);
    fails([&](encoder& to) { to.remove({full, 5}); }, errc::bad_version);
    fails([&](encoder& to) { to.remove({full, -1}); }, errc::not_empty);
    fails([&](encoder& to) { to.set({missing, "", -1}); }, errc::no_node);
    fails([&](encoder& to) { to.set({full, "", 9}); }, errc::bad_version);
    fails([&](encoder& to) { to.set({locked, "", -1}); }, errc::no_auth);
    fails([&](encoder& to) { to.set({bad, "", -1}); }, errc::bad_arguments);
    fails([&](encoder& to) { to.check({missing, -1}); }, errc::no_node);
    fails([&](encoder& to) { to.check({locked, -1}); }, errc::no_auth);
    fails([&](encoder& to) { to.check({full, 9}); }, errc::bad_version);
    fails([&](encoder& to) { to.check({bad, -1}); }, errc::bad_arguments);
}

TEST_P(multi_test, flags_make_a_container_inside_a_multi) {
    auto zk = open();
    const auto box = path("/box");
    const auto child = path("/box/child");
    parts ops;
    ops->create(open_node(box, 4));
    ops->create(open_node(child));
    ops->remove({child, -1});
    const auto done = commit(zk, ops);
    EXPECT_EQ(codes(done), code_list(3, ok));
    EXPECT_TRUE(eventually([&] { return zk.exists(box).err == errc::no_node; }));
}

TEST_P(multi_test, an_empty_one_takes_a_transaction_id) {
    auto zk = open();
    const auto before = zk.set(path(), "").zxid;
    parts none;
    const auto reply = zk.call(opcode::multi, none.body());
    EXPECT_EQ(reply.err, ok);
    EXPECT_EQ(reply.zxid, before + 1);
    EXPECT_TRUE(results(reply).empty());
}

TEST_P(multi_test, what_cannot_be_part_of_one_fails_the_whole) {
    auto zk = open();
    const auto a = path("/a");
    const auto first = [&](wire::buffer& to) {
        wire::encode(to, wire::multi_header{opcode::create, false, -1});
        wire::encode(to, open_node(a));
    };
    const auto refused = [&](const wire::buffer& body) {
        const auto before = zk.get(path()).zxid;
        const auto reply = zk.call(opcode::multi, wire::encoded_body{body.view()});
        EXPECT_EQ(reply.err, errc::marshalling_error);
        EXPECT_TRUE(reply.body.empty());
        EXPECT_EQ(reply.zxid, before + 1);
        EXPECT_EQ(zk.exists(a).err, errc::no_node);
    };
    for (const auto op : {opcode::exists, opcode::get, opcode::get_children, opcode::sync, opcode::set_acls,
                          opcode::multi, opcode::ping, opcode::close_session, static_cast<opcode>(77)}) {
        SCOPED_TRACE(to_string(op));
        wire::buffer body;
        first(body);
        wire::encode(body, wire::multi_header{op, false, -1});
        wire::encode(body, wire::path_watch_request{a, false});
        wire::encode(body, wire::multi_header{opcode::error, true, -1});
        refused(body);
    }
    wire::buffer unfinished;
    first(unfinished);
    refused(unfinished);
    wire::buffer cut_short;
    first(cut_short);
    wire::encode(cut_short, wire::multi_header{opcode::remove, false, -1});
    refused(cut_short);
}

TEST_P(multi_test, events_come_in_the_order_of_the_parts_and_before_the_reply) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    const auto a = path("/a");
    const auto b = path("/b");
    zk.get(a, true);
    zk.exists(b, true);
    zk.children(path(), true);
    parts ops;
    ops->set({a, "1", -1});
    ops->set({a, "2", -1});
    ops->create(open_node(b));
    ops->remove({a, -1});
    const auto xid = zk.send(opcode::multi, ops.body());
    EXPECT_EQ(codes(results(zk.receive(xid))), code_list(4, ok));
    EXPECT_EQ(zk.events(), (event_list{"changed " + a, "created " + b, "children " + path()}));
}

TEST_P(multi_test, a_failed_one_fires_nothing) {
    auto zk = open();
    const auto a = path("/a");
    zk.exists(a, true);
    zk.children(path(), true);
    parts ops;
    ops->create(open_node(a));
    ops->remove({path("/missing"), -1});
    EXPECT_EQ(codes(commit(zk, ops)), (code_list{ok, errc::no_node}));
    EXPECT_EQ(zk.events(), event_list{});
    ASSERT_EQ(zk.create(a).err, ok);
    EXPECT_EQ(zk.events(), (event_list{"created " + a, "children " + path()}));
}

TEST_P(multi_test, it_may_have_as_many_parts_as_fit_a_frame) {
    auto zk = open();
    const auto a = path("/a");
    parts ops;
    ops->create(open_node(a));
    for (int i = 0; i < 10'000; ++i) {
        ops->set({a, "", i});
    }
    const auto done = commit(zk, ops);
    ASSERT_EQ(done.size(), 10'001U);
    EXPECT_EQ(done.back().stat->version, 10'000);
}

// ---- multiRead ----------------------------------------------------------------------------------------------------

TEST_P(multi_test, reads_succeed_and_fail_one_by_one) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a"), {.data = "data"}).err, ok);
    ASSERT_EQ(zk.create(path("/null"), {.data = std::nullopt}).err, ok);
    const auto locked_acl = only("digest", "somebody:else");
    ASSERT_EQ(zk.create(path("/locked"), {.acl = &locked_acl}).err, ok);
    const auto a = path("/a");
    const auto null = path("/null");
    const auto locked = path("/locked");
    const auto missing = path("/missing");
    parts ops;
    ops->get({a, false});
    ops->get({missing, false});
    ops->get_children({path(), false});
    ops->get({locked, false});
    ops->get_children({missing, false});
    ops->get({null, false});
    const auto reply = zk.call(opcode::multi_read, ops.body());
    ASSERT_EQ(reply.err, ok);
    EXPECT_EQ(reply.zxid, zk.ping().zxid);
    const auto done = results(reply);
    EXPECT_EQ(codes(done), (code_list{ok, errc::no_node, ok, errc::no_auth, errc::no_node, ok}));
    EXPECT_EQ(done[0].type, opcode::get);
    EXPECT_EQ(done[0].data, "data");
    EXPECT_EQ(done[0].stat, zk.exists(a).stat());
    EXPECT_EQ(done[1].type, opcode::error);
    EXPECT_EQ(done[2].type, opcode::get_children);
    EXPECT_EQ(done[2].children, (name_list{"a", "locked", "null"}));
    EXPECT_EQ(done[5].data, std::nullopt);
}

TEST_P(multi_test, reads_leave_no_watches) {
    auto zk = open();
    parts ops;
    const auto root = path();
    ops->get({root, true});
    ops->get_children({root, true});
    ASSERT_EQ(zk.call(opcode::multi_read, ops.body()).err, ok);
    ASSERT_EQ(zk.set(root, "").err, ok);
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    EXPECT_EQ(zk.events(), event_list{});
}

TEST_P(multi_test, no_reads_at_all_are_an_empty_answer) {
    auto zk = open();
    parts ops;
    const auto reply = zk.call(opcode::multi_read, ops.body());
    EXPECT_EQ(reply.err, ok);
    EXPECT_TRUE(results(reply).empty());
}

TEST_P(multi_test, a_write_among_reads_is_refused) {
    auto zk = open();
    const auto a = path("/a");
    parts ops;
    ops->create(open_node(a));
    EXPECT_EQ(zk.call(opcode::multi_read, ops.body()).err, errc::marshalling_error);
    EXPECT_EQ(zk.exists(a).err, errc::no_node);
}

} // namespace
} // namespace zooid::test
