#include "unit/server/core_fixture.hpp"

#include <tuple>

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;
constexpr std::int32_t created = 1;
constexpr std::int32_t deleted = 2;
constexpr std::int32_t changed = 3;
constexpr std::int32_t children = 4;

using events = std::vector<seen_event>;
using lines = std::vector<std::string>;

TEST(watch, which_requests_leave_one) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(other.create("/there"), ok);
    EXPECT_EQ(peer.get("/there", true), ok);
    EXPECT_EQ(peer.exists("/missing", true), err(errc::no_node));
    EXPECT_EQ(peer.get("/missing-too", true), err(errc::no_node));
    EXPECT_EQ(peer.children("/missing-too", true), err(errc::no_node));
    EXPECT_EQ(world.core.watch_count(), 2U);
    EXPECT_EQ(other.create("/missing-too"), ok);
    EXPECT_EQ(other.create("/missing"), ok);
    EXPECT_EQ(other.set("/there", "x"), ok);
    EXPECT_EQ(peer.events(), (events{{created, "/missing"}, {changed, "/there"}}));
    EXPECT_EQ(world.core.watch_count(), 0U) << "they fire once";
}

TEST(watch, what_triggers_what) {
    struct row {
        const char* what;
        events data;
        events child;
        events parent;
    };
    const std::vector<row> table{
        {"set", {{changed, "/p/n"}}, {}, {}},
        {"set acl", {}, {}, {}},
        {"failed set", {}, {}, {}},
        {"create below", {}, {{children, "/p/n"}}, {}},
        {"set below", {}, {}, {}},
        {"delete", {{deleted, "/p/n"}}, {{deleted, "/p/n"}}, {{children, "/p"}}},
        {"sibling", {}, {}, {{children, "/p"}}},
    };
    for (const row& r : table) {
        test_world world;
        test_peer& maker = world.client();
        EXPECT_EQ(maker.create("/p"), ok);
        EXPECT_EQ(maker.create("/p/n"), ok);
        const std::string what = r.what;
        if (what == "set below") {
            EXPECT_EQ(maker.create("/p/n/c"), ok);
        }
        test_peer& data = world.client();
        test_peer& child = world.client();
        test_peer& parent = world.client();
        EXPECT_EQ(data.exists("/p/n", true), ok);
        EXPECT_EQ(child.children("/p/n", true), ok);
        EXPECT_EQ(parent.children("/p", true), ok);
        if (what == "set") {
            EXPECT_EQ(maker.set("/p/n", "x"), ok);
        } else if (what == "set acl") {
            EXPECT_EQ(maker.ask(opcode::set_acls, wire::set_acl_request{"/p/n", open_acl(), -1}).header.err, ok);
        } else if (what == "failed set") {
            EXPECT_EQ(maker.set("/p/n", "x", 9), err(errc::bad_version));
        } else if (what == "create below") {
            EXPECT_EQ(maker.create("/p/n/c"), ok);
        } else if (what == "set below") {
            EXPECT_EQ(maker.set("/p/n/c", "x"), ok);
        } else if (what == "delete") {
            EXPECT_EQ(maker.remove("/p/n"), ok);
        } else {
            EXPECT_EQ(maker.create("/p/sibling"), ok);
        }
        EXPECT_EQ(data.events(), r.data) << what;
        EXPECT_EQ(child.events(), r.child) << what;
        EXPECT_EQ(parent.events(), r.parent) << what;
    }
}

TEST(watch, a_deletion_is_told_once_and_uses_both_watches_up) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    EXPECT_EQ(peer.get("/a", true), ok);
    EXPECT_EQ(peer.exists("/a", true), ok);
    EXPECT_EQ(peer.children("/a", true), ok);
    EXPECT_EQ(world.core.watch_count(), 2U);
    EXPECT_EQ(peer.remove("/a"), ok);
    EXPECT_EQ(peer.events(), (events{{deleted, "/a"}}));
    EXPECT_EQ(world.core.watch_count(), 0U);
}

TEST(watch, events_come_before_the_reply_that_caused_them) {
    test_world world;
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/a"), ok);
    EXPECT_EQ(peer.exists("/a/b", true), err(errc::no_node));
    EXPECT_EQ(peer.children("/a", true), ok);
    peer.story();
    EXPECT_EQ(peer.create("/a/b"), ok);
    EXPECT_EQ(peer.story(), (lines{"event 1 /a/b", "event 4 /a", "reply 4 0"}));
}

TEST(watch, before_any_reply_that_shows_the_change) {
    test_world world;
    test_peer& writer = world.client();
    test_peer& reader = world.client();
    EXPECT_EQ(writer.create("/a"), ok);
    EXPECT_EQ(reader.get("/a", true), ok);
    reader.story();
    EXPECT_EQ(writer.set("/a", "x"), ok);
    EXPECT_EQ(reader.get("/a", true), ok);
    EXPECT_EQ(reader.story(), (lines{"event 3 /a", "reply 2 0"}));
}

TEST(watch, persistent_ones_stay) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(peer.add_watch("/a", 0), ok) << "the node need not exist";
    EXPECT_EQ(other.create("/a"), ok);
    EXPECT_EQ(other.create("/a/b"), ok);
    EXPECT_EQ(other.set("/a/b", "x"), ok);
    EXPECT_EQ(other.set("/a", "x"), ok);
    EXPECT_EQ(other.remove("/a/b"), ok);
    EXPECT_EQ(other.remove("/a"), ok);
    EXPECT_EQ(other.create("/a"), ok);
    EXPECT_EQ(
        peer.events(),
        (events{
            {created, "/a"}, {children, "/a"}, {changed, "/a"}, {children, "/a"}, {deleted, "/a"}, {created, "/a"}}));
}

TEST(watch, recursive_ones_see_everything_below_but_no_lists_of_children) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& all = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(peer.add_watch("/a", 1), ok);
    EXPECT_EQ(peer.add_watch("/a/b", 1), ok) << "overlapping ones are told once";
    EXPECT_EQ(all.add_watch("/", 1), ok);
    EXPECT_EQ(other.create("/a"), ok);
    EXPECT_EQ(other.create("/a/b"), ok);
    EXPECT_EQ(other.create("/ab"), ok);
    EXPECT_EQ(other.set("/a/b", "x"), ok);
    EXPECT_EQ(other.remove("/a/b"), ok);
    EXPECT_EQ(peer.events(), (events{{created, "/a"}, {created, "/a/b"}, {changed, "/a/b"}, {deleted, "/a/b"}}));
    EXPECT_EQ(all.events(),
              (events{{created, "/a"}, {created, "/a/b"}, {created, "/ab"}, {changed, "/a/b"}, {deleted, "/a/b"}}));
}

TEST(watch, the_last_mode_set_is_the_only_one) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(other.create("/a"), ok);
    EXPECT_EQ(peer.add_watch("/a", 0), ok);
    EXPECT_EQ(peer.get("/a", true), ok); // makes one of its two halves fire once
    EXPECT_EQ(other.set("/a", "x"), ok);
    EXPECT_EQ(other.set("/a", "y"), ok);
    EXPECT_EQ(other.create("/a/b"), ok);
    EXPECT_EQ(other.create("/a/c"), ok);
    EXPECT_EQ(peer.events(), (events{{changed, "/a"}, {children, "/a"}, {children, "/a"}}));

    EXPECT_EQ(peer.add_watch("/a", 1), ok);
    EXPECT_EQ(peer.children("/a", true), ok); // harmless: the other half goes on
    EXPECT_EQ(other.create("/a/d"), ok);
    EXPECT_EQ(other.set("/a/d", "x"), ok);
    EXPECT_EQ(peer.events(), (events{{created, "/a/d"}, {children, "/a"}, {changed, "/a/d"}}));
}

TEST(watch, checking_and_removing) {
    const std::int32_t none = err(errc::no_watcher);
    constexpr std::int32_t child_type = 1;
    constexpr std::int32_t data_type = 2;
    constexpr std::int32_t any_type = 3;
    test_world world;
    test_peer& peer = world.client();
    test_peer& other = world.client();
    EXPECT_EQ(other.create("/a"), ok);
    const auto check = [&](std::string_view path, std::int32_t type) {
        return peer.ask(opcode::check_watches, wire::remove_watches_request{path, type}).header.err;
    };
    const auto remove = [&](std::string_view path, std::int32_t type) {
        return peer.ask(opcode::remove_watches, wire::remove_watches_request{path, type}).header.err;
    };
    EXPECT_EQ(check("/a", any_type), none);
    EXPECT_EQ(remove("/a", any_type), none);
    EXPECT_EQ(peer.get("/a", true), ok);
    EXPECT_EQ(check("/a", data_type), ok);
    EXPECT_EQ(check("/a", any_type), ok);
    EXPECT_EQ(check("/a", child_type), none);
    EXPECT_EQ(other.ask(opcode::check_watches, wire::remove_watches_request{"/a", data_type}).header.err, ok)
        << "3.8 does not look at whose it is";
    EXPECT_EQ(other.ask(opcode::remove_watches, wire::remove_watches_request{"/a", data_type}).header.err, none)
        << "but nobody removes another's";
    EXPECT_EQ(remove("/a", child_type), none);
    EXPECT_EQ(world.core.watch_count(), 1U) << "checking removes nothing";
    EXPECT_EQ(remove("/a", data_type), ok);
    EXPECT_EQ(other.set("/a", "x"), ok);
    EXPECT_EQ(peer.events(), events{});

    EXPECT_EQ(peer.add_watch("/a", 0), ok);
    EXPECT_EQ(remove("/a", data_type), ok); // half of it
    EXPECT_EQ(other.set("/a", "y"), ok);
    EXPECT_EQ(other.create("/a/b"), ok);
    EXPECT_EQ(peer.events(), (events{{children, "/a"}}));
    EXPECT_EQ(peer.add_watch("/a", 1), ok);
    EXPECT_EQ(remove("/a", any_type), ok);
    EXPECT_EQ(world.core.watch_count(), 0U);

    EXPECT_EQ(check("a", any_type), err(errc::marshalling_error));
    EXPECT_EQ(remove("a", any_type), none);
    for (const std::int32_t type : {0, 4, 5, -1}) {
        EXPECT_EQ(check("/a", type), err(errc::marshalling_error)) << type;
        EXPECT_EQ(remove("/a", type), err(errc::marshalling_error)) << type;
    }
    for (const std::int32_t mode : {-1, 2}) {
        EXPECT_EQ(peer.add_watch("/a", mode), err(errc::marshalling_error)) << mode;
    }
}

TEST(watch, they_die_with_their_connection_alone) {
    test_world world;
    test_peer& peer = world.client();
    test_peer& stays = world.client();
    for (test_peer* const one : {&peer, &stays}) {
        EXPECT_EQ(one->get("/", true), ok);
        EXPECT_EQ(one->add_watch("/x", 1), ok);
    }
    world.lose(peer);
    EXPECT_EQ(world.core.watch_count(), 3U);
    test_peer& back = world.open();
    EXPECT_EQ(back.resume(peer.session(), peer.password()).session_id, peer.session());
    EXPECT_EQ(back.create("/x"), ok);
    EXPECT_EQ(back.events(), events{});
    EXPECT_EQ(stays.events(), (events{{created, "/x"}}));
}

class setting_again : public ::testing::Test {
protected:
    setting_again() {
        for (const std::string_view path : {"/same", "/changed", "/gone", "/parent", "/again", "/last"}) {
            EXPECT_EQ(maker.create(path), ok);
        }
        seen = world.core.last_zxid();
        EXPECT_EQ(maker.set("/changed", "x"), ok);
        EXPECT_EQ(maker.create("/parent/c"), ok);
        EXPECT_EQ(maker.remove("/gone"), ok);
        EXPECT_EQ(maker.create("/new"), ok);
        EXPECT_EQ(maker.remove("/again"), ok);
        EXPECT_EQ(maker.create("/again"), ok);
        peer.story();
    }

    test_world world;
    test_peer& maker = world.client();
    test_peer& peer = world.client();
    std::int64_t seen = 0;
};

TEST_F(setting_again, tells_what_was_missed_and_watches_the_rest) {
    const std::vector<wire::path_ref> data{"/same", "/changed", "/gone", "/again", "/last"}; // the last one it has seen
    const std::vector<wire::path_ref> exist{"/new", "/never"};
    const std::vector<wire::path_ref> child{"/parent", "/gone", "/same", "/last"};
    EXPECT_EQ(peer.ask(opcode::set_watches, wire::set_watches_request{seen, data, exist, child}).header.err, ok);
    EXPECT_EQ(peer.story(), (lines{"event 3 /changed", "event 2 /gone", "event 3 /again", "event 1 /new",
                                   "event 4 /parent", "event 2 /gone", "reply 1 0"}));
    EXPECT_EQ(world.core.watch_count(), 5U);
    EXPECT_EQ(maker.set("/same", "x"), ok);
    EXPECT_EQ(maker.create("/never"), ok);
    EXPECT_EQ(maker.create("/same/c"), ok);
    EXPECT_EQ(peer.events(), (events{{3, "/changed"},
                                     {2, "/gone"},
                                     {3, "/again"},
                                     {1, "/new"},
                                     {4, "/parent"},
                                     {2, "/gone"},
                                     {3, "/same"},
                                     {1, "/never"},
                                     {4, "/same"}}));
}

TEST(watch, those_of_a_client_that_is_told_too_much_go_with_it) {
    server_config config;
    config.max_notifications = 1000;
    test_world world(config);
    test_peer& maker = world.client();
    test_peer& peer = world.client();
    peer.reading = false;
    const std::vector<std::string> gone(100, "/gone");
    const std::vector<wire::path_ref> data(gone.begin(), gone.end());
    const std::vector<wire::path_ref> later{"/later"};
    const std::vector<wire::path_ref> none;
    peer.post(opcode::set_watches2, wire::set_watches2_request{0, data, later, none, later, later});
    EXPECT_EQ(world.core.watch_count(), 0U);
    world.lose(peer);
    EXPECT_EQ(maker.create("/later"), ok);
}

TEST_F(setting_again, lasting_watches_have_no_past) {
    const std::vector<wire::path_ref> none;
    const std::vector<wire::path_ref> persistent{"/changed", "/gone"};
    const std::vector<wire::path_ref> recursive{"/parent"};
    const wire::set_watches2_request asked{seen, none, none, none, persistent, recursive};
    EXPECT_EQ(peer.ask(opcode::set_watches2, asked).header.err, ok);
    EXPECT_EQ(peer.story(), (lines{"reply 1 0"}));
    EXPECT_EQ(maker.set("/changed", "y"), ok);
    EXPECT_EQ(maker.set("/changed", "z"), ok);
    EXPECT_EQ(maker.set("/parent/c", "y"), ok);
    EXPECT_EQ(peer.story(), (lines{"event 3 /changed", "event 3 /changed", "event 3 /parent/c"}));
}

TEST_F(setting_again, null_lists_are_malformed) {
    const auto null = wire::list<wire::path_ref>::null();
    EXPECT_EQ(peer.ask(opcode::set_watches, wire::set_watches_request{seen, {}, null, {}}).header.err,
              err(errc::marshalling_error));
    EXPECT_EQ(peer.ask(opcode::set_watches2, wire::set_watches2_request{seen, {}, {}, {}, null, {}}).header.err,
              err(errc::marshalling_error));
}

TEST(watch, events_go_only_to_who_may_read_the_node) {
    for (const bool filtered : {true, false}) {
        server_config config;
        config.filter_events = filtered;
        test_world world{config};
        test_peer& owner = world.client();
        EXPECT_EQ(owner.authenticate("digest", "bob:secret"), ok);
        test_peer& stranger = world.client();
        EXPECT_EQ(stranger.add_watch("/", 1), ok);
        EXPECT_EQ(stranger.exists("/mine", true), err(errc::no_node));
        EXPECT_EQ(owner.add_watch("/mine", 1), ok);
        EXPECT_EQ(owner.create("/mine", "", create_mode::persistent, creator_acl()), ok);
        EXPECT_EQ(stranger.exists("/mine"), ok) << "that it is there is no secret";
        EXPECT_EQ(owner.create("/mine/open"), ok);
        EXPECT_EQ(owner.remove("/mine/open"), ok);
        EXPECT_EQ(owner.remove("/mine"), ok);
        EXPECT_EQ(owner.events(),
                  (events{{created, "/mine"}, {created, "/mine/open"}, {deleted, "/mine/open"}, {deleted, "/mine"}}));
        EXPECT_EQ(stranger.events().size(), filtered ? 2U : 4U);
    }
}

} // namespace
} // namespace zooid::server
