#include "unit/session/script.hpp"

#include <malloc.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;

struct fixture {
    watch_registry registry;
    std::vector<boost::intrusive_ptr<test_watcher>> kept;

    test_watcher& add(std::string name, std::string_view path, watch_kind kind) {
        kept.push_back(make_watcher(std::move(name)));
        registry.add(kept.back(), path, kind);
        return *kept.back();
    }
    lines notify(event_type type, std::string_view path) {
        std::vector<watcher_ptr> told;
        registry.notify(type, path, told);
        lines names;
        for (const auto& w : told) {
            names.push_back(static_cast<const test_watcher&>(*w).name);
        }
        return names;
    }
};

void add_every_kind(fixture& f, std::string_view path) {
    f.add("data", path, watch_kind::data);
    f.add("exist", path, watch_kind::exist);
    f.add("child", path, watch_kind::child);
    f.add("persistent", path, watch_kind::persistent);
    f.add("recursive", path, watch_kind::recursive);
}

TEST(watch_registry, who_is_told_of_what) {
    const std::map<event_type, lines> expected{
        {event_type::created, {"data", "exist", "persistent", "recursive"}},
        {event_type::deleted, {"data", "exist", "child", "persistent", "recursive"}},
        {event_type::data_changed, {"data", "exist", "persistent", "recursive"}},
        {event_type::children_changed, {"child", "persistent"}},
    };
    for (const auto& [type, names] : expected) {
        fixture f;
        add_every_kind(f, "/a");
        EXPECT_EQ(f.notify(type, "/a"), names) << to_string(type);
        lines again;
        for (const auto& name : names) {
            if (name == "persistent" || name == "recursive") {
                again.push_back(name);
            }
        }
        EXPECT_EQ(f.notify(type, "/a"), again) << "one-shot watches are used up by " << to_string(type);
    }
}

TEST(watch_registry, only_recursive_watchers_see_below) {
    fixture f;
    add_every_kind(f, "/a");
    f.add("root", "/", watch_kind::recursive);
    f.add("elsewhere", "/ab", watch_kind::recursive);
    for (const event_type type : {event_type::created, event_type::deleted, event_type::data_changed}) {
        EXPECT_EQ(f.notify(type, "/a/b/c"), (lines{"recursive", "root"}));
        EXPECT_EQ(f.notify(type, "/b"), (lines{"root"}));
    }
    EXPECT_EQ(f.notify(event_type::children_changed, "/a/b"), lines{});
    EXPECT_EQ(f.notify(event_type::children_changed, "/"), lines{});
    EXPECT_EQ(f.notify(event_type::data_changed, "/"), (lines{"root"})) << "once, though \"/\" is its own ancestor";
    EXPECT_EQ(f.registry.size(), 7U);
}

TEST(watch_registry, a_path_that_is_none_harms_nobody) {
    fixture f;
    f.add("root", "/", watch_kind::recursive);
    EXPECT_EQ(f.notify(event_type::created, ""), lines{});
    EXPECT_EQ(f.notify(event_type::created, "a/b"), lines{});
    EXPECT_EQ(f.notify(event_type::created, "//"), (lines{"root"}));
}

TEST(watch_registry, registration_order_is_kept) {
    fixture f;
    f.add("1", "/a", watch_kind::data);
    f.add("2", "/a", watch_kind::persistent);
    f.add("3", "/a", watch_kind::exist);
    f.add("4", "/a", watch_kind::persistent);
    EXPECT_EQ(f.notify(event_type::data_changed, "/a"), (lines{"1", "2", "3", "4"}));
    f.add("5", "/a", watch_kind::data);
    EXPECT_EQ(f.notify(event_type::data_changed, "/a"), (lines{"2", "4", "5"}));
}

TEST(watch_registry, facts) {
    fixture f;
    EXPECT_FALSE(f.registry.has("/a", watch_kind::data));
    test_watcher& w = f.add("w", "/a", watch_kind::data);
    EXPECT_TRUE(f.registry.has("/a", watch_kind::data));
    EXPECT_FALSE(f.registry.has("/a", watch_kind::child));
    EXPECT_TRUE(w.registered());
    EXPECT_EQ(w.kind(), watch_kind::data);
    f.registry.add(watcher_ptr(&w), "/b", watch_kind::child); // a watcher has one place
    EXPECT_FALSE(f.registry.has("/b", watch_kind::child));
    EXPECT_EQ(f.registry.size(), 1U);
    f.add("v", "/a", watch_kind::data);
    f.add("u", "/a", watch_kind::recursive);
    std::map<std::string, std::size_t> listed;
    f.registry.list([&](std::string_view path, watch_kind kind, std::size_t count) {
        listed[std::string{path} + " " + std::string{to_string(kind)}] = count;
    });
    EXPECT_EQ(listed, (std::map<std::string, std::size_t>{{"/a data", 2}, {"/a recursive", 1}}));
}

TEST(watch_registry, a_lasting_watch_spares_the_one_shot_flag) {
    for (const auto there : {watch_kind::data, watch_kind::child, watch_kind::persistent, watch_kind::recursive}) {
        fixture f;
        f.add("there", "/a", there);
        const bool persistent = there == watch_kind::persistent;
        const bool recursive = there == watch_kind::recursive;
        EXPECT_EQ(f.registry.wants_wire_flag("/a", watch_kind::data), !persistent && !recursive);
        EXPECT_EQ(f.registry.wants_wire_flag("/a", watch_kind::exist), !persistent && !recursive);
        EXPECT_EQ(f.registry.wants_wire_flag("/a", watch_kind::child), !persistent);
        EXPECT_TRUE(f.registry.wants_wire_flag("/a/b", watch_kind::data));
    }
}

TEST(watch_registry, what_the_server_is_told_when_a_watcher_goes) {
    // The watcher that goes, what stays on its path, the type of remove_watches (0: none).
    using row = std::tuple<watch_kind, std::vector<watch_kind>, std::int32_t>;
    using enum watch_kind;
    const std::vector<row> table{
        {data, {}, 2},
        {exist, {}, 2},
        {child, {}, 1},
        {persistent, {}, 3},
        {recursive, {}, 3},
        {data, {data}, 0},
        {data, {exist}, 0},
        {exist, {data}, 0},
        {data, {child}, 2},
        {child, {data}, 1},
        {child, {data, child}, 0},
        {data, {persistent}, 0},
        {data, {recursive}, 0},
        {child, {persistent}, 0},
        {child, {recursive}, 0},
        {persistent, {data}, 0},
        {persistent, {child}, 0},
        {persistent, {recursive}, 0},
        {persistent, {persistent}, 0},
        {recursive, {child}, 0},
        {recursive, {persistent}, 0},
    };
    for (const auto& [gone, left, type] : table) {
        fixture f;
        test_watcher& w = f.add("gone", "/a", gone);
        for (const watch_kind kind : left) {
            f.add("left", "/a", kind);
        }
        f.add("other", "/b", data);
        const watch_removal told = f.registry.remove(w);
        EXPECT_EQ(told.type, type) << to_string(gone) << " with " << left.size() << " left";
        EXPECT_EQ(told.path, "/a");
        EXPECT_FALSE(w.registered());
        EXPECT_EQ(f.registry.size(), left.size() + 1);
        EXPECT_EQ(f.registry.remove(w).type, 0) << "once is enough";
    }
}

TEST(watch_registry, ending_some_kinds_of_a_path) {
    fixture f;
    add_every_kind(f, "/a");
    std::vector<watcher_ptr> ended;
    f.registry.end("/a", kinds_of_removal(2), ended);
    ASSERT_EQ(ended.size(), 2U);
    EXPECT_EQ(ended[0]->kind(), watch_kind::data);
    EXPECT_EQ(ended[1]->kind(), watch_kind::exist);
    ended.clear();
    f.registry.end("/a", kinds_of_removal(1), ended);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0]->kind(), watch_kind::child);
    ended.clear();
    f.registry.end("/a", kinds_of_removal(3), ended);
    EXPECT_EQ(ended.size(), 2U);
    EXPECT_EQ(f.registry.size(), 0U);
    EXPECT_EQ(f.registry.kinds_at("/a"), 0);
}

// Compares with a model that keeps a plain list.
TEST(watch_registry, agrees_with_a_simple_model) {
    const unsigned seed = 20'240'501;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    fixture f;
    struct entry {
        test_watcher* w;
        std::string path;
        watch_kind kind;
    };
    std::vector<entry> model;
    const std::vector<std::string> paths{"/", "/a", "/a/b", "/a/b/c", "/d", "/d/e", "/ab"};
    for (int step = 0; step < 20'000; ++step) {
        const std::string& path = paths[random() % paths.size()];
        const auto choice = random() % 4;
        if (choice < 2) {
            const auto kind = static_cast<watch_kind>(random() % 5);
            model.push_back({&f.add(std::to_string(step), path, kind), path, kind});
        } else if (choice == 2 && !model.empty()) {
            const auto victim = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
            f.registry.remove(*victim->w);
            model.erase(victim);
        } else {
            const auto type = static_cast<event_type>(1 + random() % 4);
            const bool children = type == event_type::children_changed;
            std::multiset<std::string> expected;
            std::vector<entry> left;
            for (const entry& e : model) {
                const bool same = e.path == path;
                const bool below = e.path == "/" || path.starts_with(e.path + "/");
                const bool data_like = e.kind == watch_kind::data || e.kind == watch_kind::exist;
                const bool one_shot = data_like || e.kind == watch_kind::child;
                bool told = false;
                if (data_like) {
                    told = same && !children;
                } else if (e.kind == watch_kind::child) {
                    told = same && (children || type == event_type::deleted);
                } else if (e.kind == watch_kind::persistent) {
                    told = same;
                } else {
                    told = (same || below) && !children;
                }
                if (told) {
                    expected.insert(e.w->name);
                }
                if (!told || !one_shot) {
                    left.push_back(e);
                }
            }
            const lines names = f.notify(type, path);
            ASSERT_EQ(std::multiset<std::string>(names.begin(), names.end()), expected) << "step " << step;
            model = left;
        }
        ASSERT_EQ(f.registry.size(), model.size());
        for (const std::string& p : paths) {
            watch_kinds kinds = 0;
            for (const entry& e : model) {
                kinds = static_cast<watch_kinds>(kinds | (e.path == p ? only(e.kind) : 0));
            }
            ASSERT_EQ(f.registry.kinds_at(p), kinds) << p;
        }
    }
}

TEST(watch_registry, holds_and_releases_its_watchers) {
    auto w = make_watcher("w");
    {
        watch_registry registry;
        registry.add(w, "/a", watch_kind::data);
    }
    EXPECT_FALSE(w->registered());
    watch_registry registry;
    registry.add(w, "/a", watch_kind::data);
    registry.remove(*w);
    registry.add(w, "/b", watch_kind::child);
    EXPECT_TRUE(registry.has("/b", watch_kind::child));
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(watch_registry, a_watch_costs_about_a_hundred_bytes) {
    struct lean_watcher final : watcher {
        explicit lean_watcher() noexcept : watcher(0) {}
        void* callback = nullptr;
    };
    constexpr std::size_t count = 200'000;
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    watch_registry registry;
    for (std::size_t i = 0; i < count; ++i) {
        registry.add(watcher_ptr(new lean_watcher), "/node/" + std::to_string(100'000 + i), watch_kind::data);
    }
    const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    EXPECT_LE((after - before) / count, 104U) << "bytes a watch, the watcher included";
}
#endif

} // namespace
} // namespace zooid::session
