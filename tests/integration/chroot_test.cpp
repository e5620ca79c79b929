#include "support/recorder.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace zooid::test {
namespace {

class chroot_test : public server_test {};
ZOOID_ON_EVERY_VERSION(chroot_test);

TEST_P(chroot_test, paths_are_the_views_in_requests_and_answers) {
    auto zk = connect();
    EXPECT_EQ(zk.chroot(), root());
    auto view = zk.chroot("/app");
    EXPECT_EQ(view.chroot(), root() + "/app");
    EXPECT_EQ(error_of([&] { return view.create("/a"); }), errc::no_node) << "the view's root is not made by itself";
    zk.create("/app", "top");
    EXPECT_EQ(view.get("/").data, "top");
    EXPECT_EQ(view.create("/a", "1"), "/a");
    EXPECT_EQ(view.create("/s-", "", {.mode = create_mode::persistent_sequential}), "/s-0000000001");
    EXPECT_EQ(zk.get("/app/a").data, "1");
    EXPECT_EQ(admin().get(root() + "/app/a").data, "1");
    EXPECT_EQ(view.get_children("/").size(), 2U);
    EXPECT_NO_THROW(view.sync("/"));
    EXPECT_EQ(view.set("/", "new").version, 1);
    if (since(3, 5)) {
        EXPECT_EQ(view.create_with_stat("/ws").path, "/ws");
    }
}

TEST_P(chroot_test, a_number_alone_is_a_name_below_the_views_root) {
    auto zk = connect();
    zk.create("/app");
    auto view = zk.chroot("/app");
    const create_options numbered{.mode = create_mode::persistent_sequential};
    EXPECT_EQ(view.create("/", "", numbered), "/0000000000");
    if (since(3, 5)) {
        EXPECT_EQ(view.create_with_stat("/", "", numbered).path, "/0000000001");
    }
    const auto made = view.transaction().create("/", "", numbered).commit();
    EXPECT_EQ(made.at(0).path, since(3, 5) ? "/0000000002" : "/0000000001");
    EXPECT_EQ(view.get_children("/").size(), since(3, 5) ? 3U : 2U);
    EXPECT_EQ(zk.get_children("/").size(), 1U) << "nothing beside it";
}

TEST_P(chroot_test, a_view_cannot_remove_its_root) {
    auto zk = connect();
    zk.create("/app");
    auto view = zk.chroot("/app");
    EXPECT_EQ(error_of([&] {
                  view.remove("/");
                  return 0;
              }),
              errc::bad_arguments);
    EXPECT_EQ(error_of([&] { return view.transaction().remove("/").commit(); }), errc::bad_arguments);
    EXPECT_TRUE(zk.exists("/app"));
}

TEST_P(chroot_test, views_nest) {
    auto zk = connect();
    zk.ensure_path("/a/b");
    auto inner = zk.chroot("/a").chroot("/b");
    EXPECT_EQ(inner.chroot(), root() + "/a/b");
    inner.create("/c");
    EXPECT_TRUE(zk.exists("/a/b/c"));
    EXPECT_EQ(zk.chroot("/").chroot(), zk.chroot());
    EXPECT_EQ(admin().chroot(), "");
    EXPECT_EQ(admin().chroot("/").chroot(), "");
}

TEST_P(chroot_test, the_missing_root_can_be_made_through_the_view) {
    auto zk = connect();
    auto view = zk.chroot("/x/y");
    view.ensure_path("/");
    EXPECT_TRUE(zk.exists("/x/y"));
    auto other = zk.chroot("/p/q");
    EXPECT_EQ(other.create("/r/s", "", {.make_path = true}), "/r/s");
    EXPECT_TRUE(zk.exists("/p/q/r/s"));
}

TEST_P(chroot_test, events_are_the_views) {
    auto zk = connect();
    zk.create("/app");
    auto view = zk.chroot("/app");
    const recorder<watch_event> in_view;
    const recorder<watch_event> outside;
    view.get("/", in_view);
    view.exists("/a", in_view);
    view.get_children("/", in_view);
    zk.get("/app", outside);
    zk.set("/app", "1");
    zk.create("/app/a");
    zk.sync("/");
    std::vector<std::string> told;
    for (const auto& e : in_view.all()) {
        told.push_back(e.path + ' ' + std::string(to_string(e.type)));
    }
    EXPECT_EQ(told, (std::vector<std::string>{"/ data_changed", "/a created", "/ children_changed"}));
    EXPECT_EQ(outside.last().path, "/app");
    EXPECT_EQ(view.get_and_watch("/a").watch.path(), "/a");
}

TEST_P(chroot_test, recursive_watches_on_a_views_root_cover_the_view_only) {
    if (!since(3, 6)) {
        GTEST_SKIP() << "recursive watches came with 3.6";
    }
    auto zk = connect();
    zk.create("/app");
    auto view = zk.chroot("/app");
    const recorder<watch_event> seen;
    view.add_watch("/", watch_mode::recursive, seen);
    zk.create("/apple");
    zk.create("/app/a");
    zk.set("/app", "1");
    zk.remove("/apple");
    zk.sync("/");
    std::vector<std::string> told;
    for (const auto& e : seen.all()) {
        told.push_back(e.path + ' ' + std::string(to_string(e.type)));
    }
    EXPECT_EQ(told, (std::vector<std::string>{"/a created", "/ data_changed"}));
    EXPECT_NO_THROW(view.remove_watches("/", watch_selection::any));
}

TEST_P(chroot_test, transactions_are_the_views) {
    auto zk = connect();
    zk.create("/app");
    auto view = zk.chroot("/app");
    const auto results = view.transaction()
                             .create("/t", "1")
                             .create("/t/s-", "", {.mode = create_mode::persistent_sequential})
                             .set("/", "changed")
                             .check("/t", 0)
                             .commit();
    ASSERT_EQ(results.size(), 4U);
    EXPECT_EQ(results[0].path, "/t");
    EXPECT_EQ(results[1].path, "/t/s-0000000000");
    EXPECT_EQ(zk.get("/app").data, "changed");
    EXPECT_TRUE(zk.exists("/app/t/s-0000000000"));
    if (since(3, 6)) {
        const auto read = view.multi_read().get("/").get_children("/t").commit();
        EXPECT_EQ(read.at(0).data, "changed");
        EXPECT_EQ(read.at(1).children, std::vector<std::string>{"s-0000000000"});
    }
}

TEST_P(chroot_test, errors_name_the_path_as_it_was_given) {
    auto view = connect().chroot("/app");
    try {
        view.get("/missing");
        FAIL();
    } catch (const no_node_error& e) {
        EXPECT_EQ(e.path(), "/missing");
    }
}

TEST_P(chroot_test, a_view_keeps_the_session_alive) {
    std::optional<client> view;
    {
        auto zk = connect();
        zk.create("/app");
        view = zk.chroot("/app");
    }
    EXPECT_EQ(view->create("/a"), "/a");
}

} // namespace
} // namespace zooid::test
