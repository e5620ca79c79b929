#include "unit/session/script.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

TEST(watch, what_a_reply_registers) {
    using enum watch_kind;
    const auto no_node = code(errc::no_node);
    struct row {
        opcode op;
        watch_kind asked;
        std::int32_t err;
        std::optional<watch_kind> left;
    };
    const std::vector<row> table{
        {opcode::get, data, 0, data},
        {opcode::get, data, no_node, std::nullopt},
        {opcode::exists, exist, 0, data},
        {opcode::exists, exist, no_node, exist},
        {opcode::exists, exist, code(errc::no_auth), std::nullopt},
        {opcode::get_children, child, 0, child},
        {opcode::get_children, child, no_node, std::nullopt},
        {opcode::get_children2, child, 0, child},
        {opcode::add_watch, persistent, 0, persistent},
        {opcode::add_watch, recursive, 0, recursive},
        {opcode::add_watch, recursive, code(errc::unimplemented), std::nullopt},
    };
    for (const row& r : table) {
        script s;
        s.connect();
        auto w = make_watcher("w");
        s.set_watch(r.op, w, "/a", r.asked, r.err);
        EXPECT_EQ(w->registered(), r.left.has_value()) << to_string(r.op) << " " << r.err;
        if (r.left) {
            EXPECT_EQ(w->kind(), *r.left);
            EXPECT_TRUE(s.core.watches().has("/a", *r.left));
        }
        EXPECT_EQ(s.core.watches().size(), r.left ? 1U : 0U);
    }
}

TEST(watch, an_event_right_behind_the_reply_finds_its_watcher) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.submit(opcode::get, {w, "/a", watch_kind::data});
    s.take_seen();
    wire::buffer out;
    wire::put_reply(out, 1, 10, 0, wire::encoded_body{"x"});
    wire::put_notification(out, -1, {3, 3, "/a"});
    s.deliver(out);
    EXPECT_EQ(s.take_seen(), (lines{"done 1", "event /a data_changed w"}));
}

TEST(watch, events_come_in_the_order_of_the_server_and_before_later_replies) {
    script s;
    s.connect();
    auto node = make_watcher("node");
    auto parent = make_watcher("parent");
    s.set_watch(opcode::get, node, "/p/n", watch_kind::data);
    s.set_watch(opcode::get_children, parent, "/p", watch_kind::child);
    s.get("/own/delete");
    s.take_seen();
    wire::buffer out;
    wire::put_notification(out, -1, {2, 3, "/p/n"});
    wire::put_notification(out, -1, {4, 3, "/p"});
    wire::put_reply(out, 3, 10, 0);
    s.deliver(out);
    EXPECT_EQ(s.take_seen(), (lines{"event /p/n deleted node", "event /p children_changed parent", "done 3"}));
}

TEST(watch, carries_zxid_and_state) {
    session_config config;
    config.read_only = true;
    script s(config);
    s.connect(77, 9000, true);
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    wire::buffer out;
    wire::put_notification(out, 1234, {3, 3, "/a"});
    s.core.received(out.view(), s.now);
    const auto& items = s.core.outputs().items;
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].zxid, 1234);
    EXPECT_EQ(items[0].keeper, keeper_state::connected_read_only);
    EXPECT_EQ(items[0].interested, w.get());
    s.settle();
    EXPECT_EQ(s.core.counters().notifications, 1U);
}

TEST(watch, paths_below_a_chroot) {
    script s;
    s.connect();
    auto w = make_watcher("w", 4);
    s.set_watch(opcode::add_watch, w, "/app", watch_kind::recursive);
    s.take_seen();
    s.event(event_type::data_changed, "/app");
    s.event(event_type::created, "/app/a");
    s.event(event_type::created, "/application");
    EXPECT_EQ(s.take_seen(), (lines{"event / data_changed w", "event /a created w"}));
}

TEST(watch, unknown_and_malformed_events) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::add_watch, w, "/a", watch_kind::persistent);
    s.take_seen();
    s.logs.clear();
    for (const std::int32_t type : {0, -1, -2, 5, 6, 7, 99}) {
        wire::buffer out;
        wire::put_notification(out, -1, {type, 3, "/a"});
        s.deliver(out);
    }
    EXPECT_EQ(s.take_seen(), lines{});
    EXPECT_EQ(s.logs.size(), 7U);
    EXPECT_EQ(s.closes, 0U);
    wire::buffer out;
    wire::put_notification(out, -1, {1, 99, "/a"}); // the state is always 3; nothing hangs on it
    s.deliver(out);
    EXPECT_EQ(s.take_seen(), (lines{"event /a created w"}));
    s.reply(wire::xids::notification, -1, 0, "short");
    EXPECT_EQ(s.closes, 1U);
}

TEST(watch, an_event_over_the_limit_is_skipped) {
    session_config config;
    config.max_reply = 100;
    script s(config);
    s.connect();
    const std::string path = "/" + std::string(200, 'x');
    s.event(event_type::created, path);
    EXPECT_EQ(s.closes, 0U);
    auto& a = s.get("/a");
    s.reply(1, 1);
    EXPECT_EQ(a.result(), 0);
}

// ---- Setting watches again ----

TEST(watch, all_kinds_are_set_again) {
    script s;
    s.connect();
    s.set_watch(opcode::get, make_watcher("d"), "/d", watch_kind::data);
    s.set_watch(opcode::exists, make_watcher("e"), "/e", watch_kind::exist, code(errc::no_node));
    s.set_watch(opcode::get_children, make_watcher("c"), "/c", watch_kind::child);
    s.get("/zxid");
    s.reply(4, 400, 0, "x");
    s.take_requests();
    s.lose_link();
    s.get("/behind");
    s.connect();
    auto seen = s.take_requests();
    ASSERT_EQ(seen.size(), 2U) << "requests need not wait for the answer";
    EXPECT_EQ(seen[0].op, opcode::set_watches) << "known to servers before 3.6";
    EXPECT_EQ(seen[0].xid, wire::xids::set_watches);
    const auto set = seen[0].as<wire::set_watches_request>();
    EXPECT_EQ(set.relative_zxid, 400);
    ASSERT_EQ(set.data.size(), 1U);
    EXPECT_EQ(set.data.begin()->path, "/d");
    ASSERT_EQ(set.exist.size(), 1U);
    EXPECT_EQ(set.exist.begin()->path, "/e");
    ASSERT_EQ(set.child.size(), 1U);
    EXPECT_EQ(set.child.begin()->path, "/c");
    s.take_seen();
    s.event(event_type::data_changed, "/d"); // missed meanwhile
    s.reply(wire::xids::set_watches, 900);
    EXPECT_EQ(s.core.last_zxid(), 400);
    s.reply(seen[1].xid, 901, 0, "x");
    EXPECT_EQ(s.take_seen(), (lines{"event /d data_changed d", "done 5"}));
    EXPECT_EQ(s.core.watches().size(), 2U);

    s.set_watch(opcode::add_watch, make_watcher("p"), "/p", watch_kind::persistent);
    s.set_watch(opcode::add_watch, make_watcher("r"), "/r", watch_kind::recursive);
    s.lose_link();
    s.connect();
    seen = s.take_requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].op, opcode::set_watches2);
    const auto set2 = seen[0].as<wire::set_watches2_request>();
    EXPECT_EQ(set2.relative_zxid, 901);
    EXPECT_FALSE(set2.data.is_null());
    EXPECT_EQ(set2.data.size(), 0U);
    EXPECT_EQ(set2.persistent.begin()->path, "/p");
    EXPECT_EQ(set2.persistent_recursive.begin()->path, "/r");
}

TEST(watch, two_hundred_thousand_are_set_again_in_batches) {
    script s;
    s.connect();
    std::set<std::tuple<watch_kind, std::string>> expected;
    for (std::size_t i = 0; i < 200'000; ++i) {
        const std::string path = "/some/node/" + std::to_string(i);
        auto kind = static_cast<watch_kind>(i % 3);
        if (i % 50'000 == 49'999) {
            kind = watch_kind::persistent;
        }
        s.core.watches().add(make_watcher(), path, kind);
        expected.emplace(kind, path);
    }
    s.link_down();
    s.advance_to_deadline();
    s.connect();
    std::set<std::tuple<watch_kind, std::string>> found;
    std::size_t batches = 0;
    std::size_t lasting = 0;
    while (const auto frame = s.take_frame()) {
        ++batches;
        ASSERT_LE(frame->size() + 4, std::size_t{128} << 10);
        wire::reader in{*frame};
        wire::request_header header;
        ASSERT_TRUE(wire::decode(in, header));
        ASSERT_EQ(header.xid, wire::xids::set_watches);
        const auto collect = [&](const wire::list<wire::path_ref>& list, watch_kind kind) {
            for (const wire::path_ref& path : list) {
                EXPECT_TRUE(found.emplace(kind, std::string{path.path}).second);
            }
        };
        if (header.type == opcode::set_watches) {
            wire::set_watches_request set;
            ASSERT_TRUE(wire::decode(in, set));
            collect(set.data, watch_kind::data);
            collect(set.exist, watch_kind::exist);
            collect(set.child, watch_kind::child);
        } else {
            ASSERT_EQ(header.type, opcode::set_watches2);
            wire::set_watches2_request set;
            ASSERT_TRUE(wire::decode(in, set));
            collect(set.data, watch_kind::data);
            collect(set.exist, watch_kind::exist);
            collect(set.child, watch_kind::child);
            collect(set.persistent, watch_kind::persistent);
            collect(set.persistent_recursive, watch_kind::recursive);
            EXPECT_GT(set.persistent.size(), 0U) << "only batches with lasting watches need the newer request";
            lasting += set.persistent.size();
        }
        EXPECT_EQ(in.remaining(), 0U);
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(lasting, 4U);
    EXPECT_LT(batches, 40U) << "well filled";
    for (std::size_t i = 0; i < batches; ++i) {
        s.reply(wire::xids::set_watches, 1);
    }
    EXPECT_EQ(s.closes, 0U);
    s.reply(wire::xids::set_watches, 1); // one too many
    EXPECT_EQ(s.closes, 1U);
}

TEST(watch, a_path_longer_than_a_batch_has_one_for_itself) {
    script s;
    s.connect();
    const std::string path = "/" + std::string(200'000, 'x');
    s.core.watches().add(make_watcher(), path, watch_kind::data);
    s.core.watches().add(make_watcher(), "/short", watch_kind::data);
    s.link_down();
    s.advance_to_deadline();
    s.connect();
    EXPECT_EQ(s.take_requests().size(), 2U);
}

TEST(watch, a_second_drop_before_the_answer_loses_no_event) {
    script s;
    s.connect();
    s.set_watch(opcode::get, make_watcher("w"), "/a", watch_kind::data);
    s.reply(s.get("/x").line() == 2 ? 2 : 0, 300);
    s.take_requests();
    for (int i = 0; i < 3; ++i) {
        s.lose_link();
        s.connect();
        const auto seen = s.take_requests();
        ASSERT_EQ(seen.size(), 1U);
        EXPECT_EQ(seen[0].as<wire::set_watches_request>().relative_zxid, 300);
    }
}

TEST(watch, a_deletion_told_once_for_every_list_is_told_to_a_lasting_watcher_once) {
    script s;
    s.connect();
    s.set_watch(opcode::add_watch, make_watcher("above"), "/", watch_kind::recursive);
    s.set_watch(opcode::add_watch, make_watcher("lasting"), "/a", watch_kind::persistent);
    s.set_watch(opcode::get, make_watcher("data"), "/a", watch_kind::data);
    s.set_watch(opcode::get_children, make_watcher("child"), "/a", watch_kind::child);
    s.lose_link();
    s.connect();
    s.take_requests();
    s.take_seen();
    const auto told_of_deletion = [&s] {
        s.event(event_type::deleted, "/a");
        auto seen = s.take_seen();
        std::sort(seen.begin(), seen.end());
        return seen;
    };
    const lines everybody{"event /a deleted above", "event /a deleted child", "event /a deleted data",
                          "event /a deleted lasting"};
    const lines for_good{"event /a deleted above", "event /a deleted lasting"};
    EXPECT_EQ(told_of_deletion(), everybody);
    EXPECT_EQ(told_of_deletion(), lines{});
    s.event(event_type::created, "/a");
    s.take_seen();
    EXPECT_EQ(told_of_deletion(), for_good) << "it was there again";
    s.reply(wire::xids::set_watches, 1);
    EXPECT_EQ(told_of_deletion(), for_good);
    EXPECT_EQ(told_of_deletion(), for_good) << "the server has nothing more to catch up with";
}

TEST(watch, one_that_takes_over_has_nothing_to_catch_up_with) {
    script s;
    s.connect();
    const auto going = make_watcher("going");
    s.set_watch(opcode::add_watch, going, "/missing", watch_kind::recursive);
    s.set_watch(opcode::add_watch, make_watcher("staying"), "/missing", watch_kind::persistent);
    s.stop_watching(*going);
    const auto sent = s.take_requests();
    ASSERT_FALSE(sent.empty());
    ASSERT_EQ(sent[0].op, opcode::set_watches2);
    const auto set = sent[0].as<wire::set_watches2_request>();
    EXPECT_EQ(set.persistent.size(), 1U);
    EXPECT_EQ(set.data.size() + set.exist.size() + set.child.size(), 0U) << "the server would tell of a deletion";
}

TEST(watch, none_no_request) {
    script s;
    s.connect();
    s.set_watch(opcode::get, make_watcher(), "/a", watch_kind::data);
    s.event(event_type::deleted, "/a");
    s.lose_link();
    s.connect();
    EXPECT_TRUE(s.take_requests().empty());
}

TEST(watch, one_asked_for_by_a_lost_request_is_not_set_again) {
    script s;
    s.connect();
    s.submit(opcode::get, {make_watcher(), "/a", watch_kind::data});
    s.take_requests();
    s.lose_link();
    s.connect();
    EXPECT_TRUE(s.take_requests().empty());
}

TEST(watch, setting_again_may_be_refused) {
    script s;
    s.connect();
    s.set_watch(opcode::get, make_watcher(), "/a", watch_kind::data);
    s.lose_link();
    s.connect();
    s.reply(wire::xids::set_watches, -1, code(errc::unimplemented));
    EXPECT_EQ(s.core.state(), session_state::connected);
    EXPECT_EQ(s.closes, 0U);
}

// ---- Ending watches ----

TEST(watch, remove_watches_ends_the_local_ones) {
    const std::vector<std::pair<std::int32_t, lines>> expected{
        {1, {"event /a child_watch_removed c"}},
        {2, {"event /a data_watch_removed d", "event /a data_watch_removed e"}},
        {3,
         {"event /a data_watch_removed d", "event /a data_watch_removed e", "event /a child_watch_removed c",
          "event /a persistent_watch_removed p", "event /a persistent_watch_removed r"}},
    };
    for (const auto& [type, events] : expected) {
        for (const std::int32_t err : {0, code(errc::no_watcher)}) {
            script s;
            s.connect();
            s.core.watches().add(make_watcher("d"), "/a", watch_kind::data);
            s.core.watches().add(make_watcher("e"), "/a", watch_kind::exist);
            s.core.watches().add(make_watcher("c"), "/a", watch_kind::child);
            s.core.watches().add(make_watcher("p"), "/a", watch_kind::persistent);
            s.core.watches().add(make_watcher("r"), "/a", watch_kind::recursive);
            s.core.watches().add(make_watcher("x"), "/b", watch_kind::data);
            s.submit(opcode::remove_watches, {nullptr, "/a", watch_kind::data, kinds_of_removal(type)});
            s.take_seen();
            s.reply(1, 10, err);
            lines seen = s.take_seen();
            ASSERT_FALSE(seen.empty());
            EXPECT_EQ(seen.back().substr(0, 6), "done 1");
            seen.pop_back();
            EXPECT_EQ(seen, err == 0 ? events : lines{}) << "type " << type;
            EXPECT_EQ(s.core.watches().size(), 6 - seen.size());
        }
    }
}

TEST(watch, stopping_a_watcher_tells_the_server_only_what_is_safe) {
    script s;
    s.connect();
    auto one = make_watcher("one");
    auto two = make_watcher("two");
    s.set_watch(opcode::get, one, "/a", watch_kind::data);
    s.set_watch(opcode::get, two, "/a", watch_kind::data);
    s.stop_watching(*one);
    EXPECT_TRUE(s.take_requests().empty());
    s.stop_watching(*two);
    const auto sent = s.take_requests();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].op, opcode::remove_watches);
    EXPECT_EQ(sent[0].as<wire::remove_watches_request>().path.path, "/a");
    s.stop_watching(*two);
    EXPECT_TRUE(s.take_requests().empty());
    s.event(event_type::data_changed, "/a"); // on its way already
    s.reply(wire::xids::set_watches, 2, code(errc::no_watcher));
    EXPECT_EQ(s.core.watches().size(), 0U);
    EXPECT_EQ(s.core.state(), session_state::connected);
}

TEST(watch, stopping_considers_watches_still_in_line) {
    script s;
    s.connect();
    auto old = make_watcher("old");
    auto fresh = make_watcher("fresh");
    s.set_watch(opcode::get, old, "/a", watch_kind::data);
    s.submit(opcode::exists, {fresh, "/a", watch_kind::exist});
    s.take_requests();
    s.stop_watching(*old);
    EXPECT_TRUE(s.take_requests().empty()) << "it would take the new one away as well";
    s.reply(2, 10);
    EXPECT_TRUE(fresh->registered());
    s.stop_watching(*fresh);
    EXPECT_EQ(s.take_requests().size(), 1U);
}

TEST(watch, one_still_in_line_can_be_stopped) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.submit(opcode::add_watch, {w, "/a", watch_kind::persistent});
    s.take_requests();
    s.stop_watching(*w);
    EXPECT_TRUE(s.take_requests().empty()) << "there is nothing to take away yet";
    s.reply(1, 10);
    EXPECT_FALSE(w->registered());
    EXPECT_EQ(s.core.watches().size(), 0U);
    const auto sent = s.take_requests();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].op, opcode::remove_watches);
}

TEST(watch, stopping_while_cut_off_is_a_local_matter) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    s.lose_link();
    s.stop_watching(*w);
    s.connect();
    EXPECT_TRUE(s.take_requests().empty());
}

TEST(watch, a_server_too_old_to_take_watches_away_is_asked_once) {
    script s;
    s.connect();
    auto one = make_watcher();
    auto two = make_watcher();
    s.set_watch(opcode::get, one, "/a", watch_kind::data);
    s.set_watch(opcode::get, two, "/b", watch_kind::data);
    s.stop_watching(*one);
    EXPECT_EQ(s.take_requests().size(), 1U);
    s.reply(wire::xids::set_watches, -1, code(errc::unimplemented));
    s.lose_link(); // such servers hang up
    s.connect();
    EXPECT_EQ(s.take_requests().size(), 1U) << "the other is set again";
    s.stop_watching(*two);
    EXPECT_TRUE(s.take_requests().empty());
}

TEST(watch, a_removal_given_up_ends_what_the_server_has_removed) {
    script s;
    s.connect();
    auto w = make_watcher("w");
    s.set_watch(opcode::get, w, "/a", watch_kind::data);
    const auto& removal = s.submit(opcode::remove_watches, {nullptr, "/a", watch_kind::data, kinds_of_removal(2)});
    EXPECT_TRUE(s.core.cancel(removal.line(), code(errc::operation_timeout)));
    s.settle();
    s.take_seen();
    s.reply(2, 10);
    EXPECT_EQ(s.take_seen(), (lines{"event /a data_watch_removed w"}));
    EXPECT_FALSE(w->registered());
}

} // namespace
} // namespace zooid::session
