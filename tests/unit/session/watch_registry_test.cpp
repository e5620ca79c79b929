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

TEST(watch_registry, which_watches_serve_others_on_their_path) {
    using enum watch_kind;
    const watch_kinds plain = only(data) | only(exist) | only(child);
    const watch_kinds p = only(persistent);
    const watch_kinds r = only(recursive);
    for (const watch_kind kind : {data, exist}) {
        EXPECT_FALSE(is_covered(kind, plain));
        EXPECT_TRUE(is_covered(kind, p));
        EXPECT_TRUE(is_covered(kind, r));
    }
    EXPECT_FALSE(is_covered(child, plain));
    EXPECT_TRUE(is_covered(child, p));
    EXPECT_FALSE(is_covered(child, r));
    EXPECT_FALSE(is_covered(child, p | r)) << "the server has the recursive one only";
    EXPECT_FALSE(is_covered(persistent, plain | p));
    EXPECT_TRUE(is_covered(persistent, r));
    EXPECT_FALSE(is_covered(recursive, plain | p | r));
}

TEST(watch_registry, removing_a_watcher) {
    fixture f;
    add_every_kind(f, "/a");
    f.add("other", "/b", watch_kind::data);
    for (const std::size_t i : {2U, 0U, 4U, 1U, 3U}) { // from the middle, both ends, the last
        const std::size_t before = f.registry.size();
        EXPECT_EQ(f.registry.remove(*f.kept[i]), "/a");
        EXPECT_FALSE(f.kept[i]->registered());
        EXPECT_EQ(f.registry.size(), before - 1);
    }
    EXPECT_EQ(f.registry.kinds_at("/a"), 0);
    EXPECT_EQ(f.notify(event_type::deleted, "/a"), lines{});
    EXPECT_EQ(f.notify(event_type::deleted, "/b"), (lines{"other"}));
}

TEST(watch_registry, a_persistent_watcher_is_told_of_children_by_a_recursive_one) {
    fixture f;
    const auto parent = [&](std::string_view path) {
        std::vector<watcher_ptr> told;
        const std::string_view found = f.registry.notify_parent(path, told);
        std::string all{told.empty() ? "" : found};
        for (const auto& w : told) {
            all += " " + static_cast<const test_watcher&>(*w).name;
        }
        return all;
    };
    f.add("p", "/a", watch_kind::persistent);
    EXPECT_EQ(parent("/a/x"), "") << "the server tells it";
    f.add("elsewhere", "/", watch_kind::recursive);
    EXPECT_EQ(parent("/a/x"), "");
    f.add("r", "/a", watch_kind::recursive);
    f.add("c", "/a", watch_kind::child);
    f.add("q", "/a", watch_kind::persistent);
    EXPECT_EQ(parent("/a/x"), "/a p q");
    EXPECT_EQ(parent("/a/x/y"), "");
    EXPECT_EQ(parent("/ab"), "");
    EXPECT_EQ(parent("/a"), "");
    EXPECT_EQ(parent("/"), "");
    EXPECT_EQ(parent(""), "");
    f.add("top", "/", watch_kind::persistent);
    EXPECT_EQ(parent("/a"), "/ top");
    EXPECT_EQ(f.registry.size(), 6U) << "nobody is used up";

    std::vector<watcher_ptr> told;
    f.registry.notify(event_type::children_changed, "/a", told, only(watch_kind::persistent));
    ASSERT_EQ(told.size(), 1U) << "those who know it are not told twice";
    EXPECT_EQ(told[0]->kind(), watch_kind::child);
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
            ASSERT_EQ(f.registry.remove(*victim->w), victim->path);
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
