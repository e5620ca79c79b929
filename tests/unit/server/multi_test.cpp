#include "unit/server/core_fixture.hpp"

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

using lines = std::vector<std::string>;

/// A multi that is being put together.
struct parts {
    wire::buffer body;
    wire::multi_encoder add{body};

    wire::encoded_body finished() {
        add.finish();
        return {body.view()};
    }
};

/// The results as text: the type, and for failures the error.
lines results(const seen_reply& reply) {
    EXPECT_EQ(reply.header.err, 0);
    lines text;
    wire::multi_reply_reader in{reply.body};
    wire::multi_result one;
    wire::multi_step step = in.next(one);
    for (; step == wire::multi_step::part; step = in.next(one)) {
        std::string line = one.type == opcode::error ? std::to_string(one.err) : std::string{to_string(one.type)};
        if (!one.path.empty()) {
            line.append(" ").append(one.path);
        }
        if (one.stat) {
            line.append(" v").append(std::to_string(one.stat->version));
        }
        text.push_back(std::move(line));
    }
    EXPECT_EQ(step, wire::multi_step::end);
    return text;
}

TEST(multi, parts_see_what_those_before_them_did) {
    test_world world;
    test_peer& peer = world.client();
    parts p;
    p.add.create({"/a", "", open_acl(), 0});
    p.add.create({"/a/s", "", open_acl(), 2});
    p.add.set({"/a", "x", 0});
    p.add.check({"/a", 1});
    p.add.remove({"/a/s0000000000", 0});
    p.add.create({"/a/s", "", open_acl(), 2});
    const std::int64_t before = world.core.last_zxid();
    EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())),
              (lines{"create /a", "create /a/s0000000000", "set v1", "check", "remove", "create /a/s0000000001"}));
    EXPECT_EQ(world.core.last_zxid(), before + 1) << "one transaction";
    EXPECT_EQ(peer.stat_of("/a").czxid, before + 1);
    EXPECT_EQ(peer.stat_of("/a").mzxid, before + 1);
}

TEST(multi, all_or_nothing) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    const zooid::stat before = peer.stat_of("/a");
    parts p;
    p.add.create({"/a/s", "", open_acl(), 2});
    p.add.set({"/a", "x", -1});
    p.add.create({"/e", "", open_acl(), 1});
    p.add.remove({"/a", -1});
    p.add.check({"/a", -1});
    const std::int64_t zxid = world.core.last_zxid();
    EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())), (lines{"0", "0", "0", "-111", "-2"}));
    EXPECT_EQ(world.core.last_zxid(), zxid + 1) << "a failed one takes a zxid as well";
    EXPECT_EQ(peer.stat_of("/a"), before);
    EXPECT_EQ(peer.exists("/e"), err(errc::no_node));
    EXPECT_EQ(
        peer.ask(opcode::create, wire::create_request{"/a/s", "", open_acl(), 2}).as<wire::create_response>().path,
        "/a/s0000000000")
        << "numbers are rolled back";
}

TEST(multi, results_have_the_types_of_3_8_0) {
    test_world world;
    test_peer& peer = world.client();
    parts p;
    p.add.create({"/a", "", open_acl(), 0});
    p.add.create2({"/b", "", open_acl(), 0});
    p.add.create({"/c", "", open_acl(), 4});
    p.add.create_container({"/d", "", open_acl(), 4});
    p.add.create_container({"/e", "", open_acl(), 0});
    p.add.create_ttl({"/t", "", open_acl(), 5, 1'000});
    p.add.create_ttl({"/f", "", open_acl(), 0, 1'000});
    p.add.create_ttl({"/g", "", open_acl(), 4, 0});
    EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())),
              (lines{"create /a", "create /b", "create2 /c v0", "create2 /d v0", "create /e", "create2 /t v0",
                     "create /f", "create2 /g v0"}));
    EXPECT_EQ(world.core.tree().find("/e")->kind(), node_kind::persistent) << "the flags alone decide";
    EXPECT_EQ(world.core.tree().find("/f")->kind(), node_kind::persistent);
    EXPECT_EQ(world.core.tree().find("/c")->kind(), node_kind::container);
    EXPECT_EQ(world.core.tree().find("/t")->kind(), node_kind::ttl);
}

TEST(multi, bad_parts_are_results_but_what_does_not_belong_is_malformed) {
    test_world world;
    test_peer& peer = world.client();
    {
        parts p;
        p.add.create({"/a", "", open_acl(), 9});
        EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())), lines{"-8"});
    }
    {
        parts p; // the flags of a TTL node, but no time
        p.add.create({"/a", "", open_acl(), 5});
        EXPECT_EQ(peer.ask(opcode::multi, p.finished()).header.err, err(errc::marshalling_error));
    }
    {
        parts p; // unless an earlier one has failed
        p.add.check({"/none", 0});
        p.add.create({"/a", "", open_acl(), 5});
        EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())), (lines{"-101", "-2"}));
    }
    {
        parts p;
        p.add.create({"/a", "", {}, 0});
        EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())), lines{"-114"});
    }
    const std::int64_t before = world.core.last_zxid();
    {
        parts p;
        p.add.create({"/a", "", open_acl(), 0});
        p.add.get({"/", false});
        const seen_reply reply = peer.ask(opcode::multi, p.finished());
        EXPECT_EQ(reply.header.err, err(errc::marshalling_error));
        EXPECT_EQ(reply.body, "");
    }
    {
        parts p; // without its end
        p.add.create({"/a", "", open_acl(), 0});
        EXPECT_EQ(peer.ask(opcode::multi, wire::encoded_body{p.body.view()}).header.err, err(errc::marshalling_error));
    }
    EXPECT_EQ(world.core.last_zxid(), before + 2);
    EXPECT_EQ(peer.exists("/a"), err(errc::no_node));
}

TEST(multi, nothing_at_all_is_a_transaction_too) {
    test_world world;
    test_peer& peer = world.client();
    parts p;
    const std::int64_t before = world.core.last_zxid();
    EXPECT_EQ(results(peer.ask(opcode::multi, p.finished())), lines{});
    EXPECT_EQ(world.core.last_zxid(), before + 1);
}

TEST(multi, permissions_hold_inside_as_well) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, {{perms::read, "world", "anyone"}}), ok);
    EXPECT_EQ(peer.create("/secret", "", create_mode::persistent, {{perms::write, "world", "anyone"}}), ok);
    parts create;
    create.add.create({"/locked/a", "", open_acl(), 0});
    EXPECT_EQ(results(peer.ask(opcode::multi, create.finished())), lines{"-102"});
    parts check;
    check.add.check({"/secret", 99});
    EXPECT_EQ(results(peer.ask(opcode::multi, check.finished())), lines{"-102"}) << "checking is reading";
}

TEST(multi, events_come_in_order_before_the_reply_and_only_if_it_worked) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.add_watch("/a", 0), ok);
    EXPECT_EQ(peer.add_watch("/a", 1), ok);
    EXPECT_EQ(peer.children("/", true), ok);
    peer.story();
    parts bad;
    bad.add.create({"/a", "", open_acl(), 0});
    bad.add.check({"/none", 0});
    EXPECT_EQ(results(peer.ask(opcode::multi, bad.finished())), (lines{"0", "-101"}));
    EXPECT_EQ(peer.story(), lines{"reply 4 0"});
    parts good;
    good.add.create({"/a", "", open_acl(), 0});
    good.add.set({"/a", "x", -1});
    good.add.set({"/a", "y", -1});
    good.add.create({"/a/b", "", open_acl(), 0});
    good.add.remove({"/a/b", -1});
    EXPECT_EQ(results(peer.ask(opcode::multi, good.finished())).size(), 5U);
    EXPECT_EQ(peer.story(), (lines{"event 1 /a", "event 4 /", "event 3 /a", "event 3 /a", "event 1 /a/b",
                                   "event 2 /a/b", "reply 5 0"}));
}

TEST(multi_read, each_part_for_itself) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a", "x"), ok);
    EXPECT_EQ(peer.create("/a/b"), ok);
    EXPECT_EQ(peer.create("/locked", "", create_mode::persistent, {{perms::write, "world", "anyone"}}), ok);
    parts p;
    p.add.get({"/none", true});
    p.add.get({"/a", true});
    p.add.get_children({"/a", true});
    p.add.get({"/locked", true});
    const std::int64_t before = world.core.last_zxid();
    const seen_reply reply = peer.ask(opcode::multi_read, p.finished());
    EXPECT_EQ(results(reply), (lines{"-101", "get v0", "get_children", "-102"}));
    EXPECT_EQ(reply.header.zxid, before);
    EXPECT_EQ(world.core.watch_count(), 0U) << "the watch flag is ignored";
    parts writing;
    writing.add.remove({"/a/b", -1});
    EXPECT_EQ(peer.ask(opcode::multi_read, writing.finished()).header.err, err(errc::marshalling_error));
    EXPECT_EQ(peer.exists("/a/b"), ok);
}

TEST(multi_read, does_not_take_all_memory_for_one_request) {
    test_world world;
    test_peer& maker = world.client();
    test_peer& greedy = world.client();
    EXPECT_EQ(maker.create("/large", std::string(1'000'000, 'x')), ok);
    parts modest;
    parts much;
    for (int i = 0; i < 10; ++i) {
        modest.add.get({"/large", false});
    }
    for (int i = 0; i < 10'000; ++i) {
        much.add.get({"/large", false});
    }
    EXPECT_EQ(results(greedy.ask(opcode::multi_read, modest.finished())).size(), 10U);
    greedy.post(opcode::multi_read, much.finished());
    EXPECT_TRUE(greedy.closed());
    EXPECT_EQ(greedy.replies(), 0U);
    EXPECT_EQ(maker.exists("/large"), ok);
}

} // namespace
} // namespace zooid::server
