#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Several watches of one client on one path. Servers before 3.9 keep only the last one set, 3.9 keeps them apart; a user
// should not notice.

namespace zooid::test {
namespace {

using events = recorder<watch_event>;
using changes = std::vector<std::pair<event_type, std::string>>;
using order = std::array<watch_kind, 4>;
using enum watch_kind;

class watch_sharing_test : public server_test {
protected:
    void SetUp() override {
        server_test::SetUp();
        if (!IsSkipped() && !since(3, 6)) {
            GTEST_SKIP() << "lasting watches came with 3.6";
        }
    }

    static watch subscribe(client& zk, const std::string& path, watch_kind kind) {
        switch (kind) {
        case data:
            return zk.get_and_watch(path).watch;
        case exist:
            return zk.exists_and_watch(path).watch;
        case child:
            return zk.get_children_and_watch(path).watch;
        case persistent:
            return zk.add_watch(path, watch_mode::persistent);
        case recursive:
            break;
        }
        return zk.add_watch(path, watch_mode::recursive);
    }
    /// What a subscription has been told; after a round trip that is all there is.
    static changes taken(client& zk, watch& w) {
        zk.sync("/");
        changes all;
        while (const auto e = w.try_next()) {
            all.emplace_back(e->type, e->path);
        }
        return all;
    }
    static void change(client& zk, const std::string& path) {
        zk.set(path, "1");
        zk.create(path + "/x");
    }
    /// What a watch of this kind is told of `change`.
    static changes expected(const std::string& path, watch_kind kind) {
        const std::pair changed{event_type::data_changed, path};
        const std::pair children{event_type::children_changed, path};
        const std::pair created{event_type::created, path + "/x"};
        switch (kind) {
        case child:
            return {children};
        case persistent:
            return {changed, children};
        case recursive:
            return {changed, created};
        default:
            return {changed};
        }
    }
    static std::string in_words(const order& kinds) {
        std::string all;
        for (const watch_kind k : kinds) {
            all += std::string{to_string(k)} + " ";
        }
        return all;
    }
    /// Calls `visit(kinds, path)` for every order of the kinds, each time with a new node.
    template <class Visit>
    void for_every_order(client& zk, const Visit& visit) {
        order kinds{data, child, persistent, recursive};
        std::sort(kinds.begin(), kinds.end());
        int number = 0;
        do {
            const std::string path = "/n" + std::to_string(number++);
            zk.create(path);
            SCOPED_TRACE(in_words(kinds));
            visit(kinds, path);
        } while (std::next_permutation(kinds.begin(), kinds.end()));
        EXPECT_EQ(number, 24);
    }
};
ZOOID_ON_EVERY_VERSION(watch_sharing_test);

TEST_P(watch_sharing_test, all_kinds_share_a_path_in_whatever_order) {
    auto zk = connect();
    for_every_order(zk, [&](const order& kinds, const std::string& path) {
        std::vector<watch> all;
        for (const watch_kind kind : kinds) {
            all.push_back(subscribe(zk, path, kind));
        }
        change(zk, path);
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            EXPECT_EQ(taken(zk, all[i]), expected(path, kinds[i])) << to_string(kinds[i]);
        }
    });
}

TEST_P(watch_sharing_test, whoever_goes_takes_nothing_from_the_others) {
    auto zk = connect();
    for_every_order(zk, [&](const order& kinds, const std::string& path) {
        for (std::size_t gone = 0; gone < kinds.size(); ++gone) {
            const std::string node = path + "-" + std::to_string(gone);
            zk.create(node);
            std::vector<watch> all;
            for (const watch_kind kind : kinds) {
                all.push_back(subscribe(zk, node, kind));
            }
            all[gone].reset();
            change(zk, node);
            for (std::size_t i = 0; i < kinds.size(); ++i) {
                if (i != gone) {
                    EXPECT_EQ(taken(zk, all[i]), expected(node, kinds[i]))
                        << to_string(kinds[i]) << " when " << to_string(kinds[gone]) << " has gone";
                }
            }
        }
    });
}

TEST_P(watch_sharing_test, whoever_stays_last_is_told_and_nothing_is_left_behind) {
    auto zk = connect();
    auto warm = zk.exists_and_watch("/warm");
    zk.create("/warm"); // the event shows the client whether the server keeps watches apart
    zk.sync("/");
    for_every_order(zk, [&](const order& kinds, const std::string& path) {
        std::vector<watch> all;
        for (const watch_kind kind : kinds) {
            all.push_back(subscribe(zk, path, kind));
        }
        for (std::size_t i = 0; i + 1 < kinds.size(); ++i) {
            all[i].reset();
        }
        change(zk, path);
        EXPECT_EQ(taken(zk, all.back()), expected(path, kinds.back()));
        all.clear();
    });
    zk.sync("/");
    EXPECT_TRUE(eventually([&] { return server().watch_count() == 0; })) << server().ask("wchp");
}

TEST_P(watch_sharing_test, removing_one_shot_watches_leaves_lasting_ones_whole) {
    auto zk = connect();
    for (const watch_mode mode : {watch_mode::persistent, watch_mode::recursive}) {
        const watch_kind kind = mode == watch_mode::persistent ? persistent : recursive;
        const std::string path = "/" + std::string{to_string(kind)};
        zk.create(path);
        auto lasting = zk.add_watch(path, mode);
        const events once;
        zk.get(path, once);
        zk.get_children(path, once);
        zk.remove_watches(path, watch_selection::data);
        zk.remove_watches(path, watch_selection::children);
        EXPECT_EQ(error_of([&] { return zk.remove_watches(path, watch_selection::data), 0; }), errc::no_watcher);
        change(zk, path);
        EXPECT_EQ(taken(zk, lasting), expected(path, kind));
        ASSERT_EQ(once.size(), 2U);
        EXPECT_EQ(once.all()[0].type, event_type::data_watch_removed);
        EXPECT_EQ(once.all()[1].type, event_type::child_watch_removed);
    }
}

TEST_P(watch_sharing_test, all_kinds_are_there_again_after_a_crash_of_the_server) {
    if (!server().keeps_state()) {
        GTEST_SKIP() << "its sessions end with its memory";
    }
    auto zk = connect();
    std::vector<std::vector<watch>> all;
    std::vector<order> orders;
    std::vector<std::string> paths;
    for_every_order(zk, [&](const order& kinds, const std::string& path) {
        orders.push_back(kinds);
        paths.push_back(path);
        all.emplace_back();
        for (const watch_kind kind : kinds) {
            all.back().push_back(subscribe(zk, path, kind));
        }
    });
    server().restart();
    for (std::size_t n = 0; n < paths.size(); ++n) {
        SCOPED_TRACE(in_words(orders[n]));
        ASSERT_TRUE(eventually([&] { return !error_of([&] { return zk.sync("/"), 0; }); }));
        change(zk, paths[n]);
        for (std::size_t i = 0; i < orders[n].size(); ++i) {
            EXPECT_EQ(taken(zk, all[n][i]), expected(paths[n], orders[n][i])) << to_string(orders[n][i]);
        }
    }
}

} // namespace
} // namespace zooid::test
