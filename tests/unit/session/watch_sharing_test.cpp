#include "support/scripted_tree.hpp"
#include "support/scripted_watches.hpp"
#include "unit/session/script.hpp"

#include <algorithm>
#include <memory>
#include <set>

// Several watches on one path: whatever the order in which they come and go, each is told what it is to be told, by a
// server that keeps them apart as well as by one that keeps the last one set only.

namespace zooid::session {
namespace {

using lines = std::vector<std::string>;
using testing::scripted_tree;
using testing::scripted_watches;
using testing::watch_modes;
using enum watch_kind;

/// A session and the server it talks to, which answers when it is told to.
class conversation {
public:
    explicit conversation(watch_modes how) : modes(how), watches(how) {
        connect();
        for (const char* path : {"/a", "/a/x"}) {
            change([&] { create(path); });
        }
    }

    // The server.

    void serve() {
        for (auto requests = s.take_requests(); !requests.empty(); requests = s.take_requests()) {
            for (const auto& r : requests) {
                answer(r);
            }
        }
    }
    template <class Change>
    void change(const Change& make) {
        ++zxid;
        make();
        for (const auto& one : tree.take_changes()) {
            if (watches.fire(one)) {
                wire::buffer event;
                put_change(event, one, watches.event_zxid(zxid));
                s.deliver(event);
            }
        }
    }
    void create(std::string path) { EXPECT_EQ(tree.create(path, "", create_mode::persistent, author()), errc{}); }
    void set(std::string_view path) { EXPECT_EQ(tree.set(path, "", -1, author()), errc{}); }
    void remove(std::string_view path) { EXPECT_EQ(tree.remove(path, -1, author()), errc{}); }

    // The user.

    void add(watch_kind kind, std::string_view path = "/a") {
        const opcode op = kind == data    ? opcode::get
                          : kind == exist ? opcode::exists
                          : kind == child ? opcode::get_children
                                          : opcode::add_watch;
        watchers.push_back(make_watcher(std::string{to_string(kind)} + std::to_string(watchers.size())));
        kinds.push_back(kind);
        s.submit(op, {watchers.back(), std::string{path}, kind});
    }
    /// Stops the oldest watcher of that kind; false if there is none.
    bool stop(watch_kind kind) {
        for (std::size_t i = 0; i < watchers.size(); ++i) {
            if (kinds[i] == kind && stopped.insert(i).second) {
                s.stop_watching(*watchers[i]);
                return true;
            }
        }
        return false;
    }
    void stop_all() {
        for (const auto& w : watchers) {
            s.stop_watching(*w);
        }
    }
    void remove_watches(std::int32_t type) {
        s.submit(opcode::remove_watches, {nullptr, "/a", data, kinds_of_removal(type)});
    }
    /// Gives the last request up.
    void cancel() {
        static_cast<void>(s.core.cancel(s.requests.back().line(), code(errc::operation_timeout)));
        s.settle();
    }
    void reconnect() {
        s.lose_link();
        watches = scripted_watches(modes);
        connect();
    }
    /// Has the server say how far it has come.
    void ask() { s.get("/elsewhere"); }
    [[nodiscard]] bool is_registered(std::size_t i) const { return watchers[i]->registered(); }

    const watch_modes modes;
    script s;
    scripted_tree tree;
    scripted_watches watches;
    std::vector<boost::intrusive_ptr<test_watcher>> watchers;
    std::vector<watch_kind> kinds; // as asked for
    std::set<std::size_t> stopped;
    std::int64_t zxid = 0;
    std::vector<opcode> served;

private:
    [[nodiscard]] scripted_tree::author author() const { return {0, zxid, {}}; }

    void connect() {
        s.connect();
        if (modes == watch_modes::apart) {
            s.event(event_type::created, "/elsewhere", zxid); // gives its version away
        }
    }

    void answer(const seen_request& r) {
        served.push_back(r.op);
        auto err = errc{};
        if (r.op == opcode::add_watch) {
            watches.add(r.as<wire::add_watch_request>());
        } else if (r.op == opcode::remove_watches || r.op == opcode::check_watches) {
            err = watches.remove(r.as<wire::remove_watches_request>(), r.op == opcode::remove_watches);
        } else if (r.op == opcode::set_watches || r.op == opcode::set_watches2) {
            set_again(r);
        } else {
            err = read(r);
        }
        s.reply(r.xid, zxid, code(err));
    }
    void set_again(const seen_request& r) {
        wire::set_watches2_request all;
        if (r.op == opcode::set_watches2) {
            all = r.as<wire::set_watches2_request>();
        } else {
            const auto old = r.as<wire::set_watches_request>();
            all = {old.relative_zxid, old.data, old.exist, old.child, {}, {}};
        }
        wire::buffer missed;
        watches.rearm(all, tree, missed);
        s.deliver(missed);
    }
    errc read(const seen_request& r) {
        const auto asked = r.as<wire::path_watch_request>();
        const bool there = tree.find(asked.path.path) != nullptr;
        if (asked.watch && (there || r.op == opcode::exists)) {
            r.op == opcode::get_children ? watches.add_child(asked.path.path) : watches.add_data(asked.path.path);
        }
        return there ? errc{} : errc::no_node;
    }
};

/// Something that happens below, or to, /a, and what a watcher of that kind on /a is to be told of it.
struct happening {
    const char* name;
    void (*make)(conversation&);
    std::vector<std::pair<watch_kind, const char*>> told;
};

const std::vector<happening>& happenings() {
    static const std::vector<happening> all{
        {"set",
         [](conversation& c) { c.set("/a"); },
         {{data, "/a data_changed"}, {persistent, "/a data_changed"}, {recursive, "/a data_changed"}}},
        {"child",
         [](conversation& c) { c.create("/a/y"); },
         {{child, "/a children_changed"}, {persistent, "/a children_changed"}, {recursive, "/a/y created"}}},
        {"grandchild", [](conversation& c) { c.create("/a/x/y"); }, {{recursive, "/a/x/y created"}}},
        {"end of a child",
         [](conversation& c) { c.remove("/a/x"); },
         {{child, "/a children_changed"}, {persistent, "/a children_changed"}, {recursive, "/a/x deleted"}}},
    };
    return all;
}

std::vector<std::pair<watch_kind, const char*>> told_of_child(std::string_view child) {
    return {{watch_kind::child, "/a children_changed"},
            {persistent, "/a children_changed"},
            {recursive, child == "/a/y" ? "/a/y created" : "/a/z created"}};
}

/// What each registered watcher is to be told.
std::multiset<std::string> expected(const conversation& c, const happening& h) {
    std::multiset<std::string> all;
    for (std::size_t i = 0; i < c.watchers.size(); ++i) {
        for (const auto& [kind, event] : h.told) {
            if (c.is_registered(i) && c.watchers[i]->kind() == kind) {
                all.insert("event " + std::string{event} + " " + c.watchers[i]->name);
            }
        }
    }
    return all;
}

/// What a user can do; the letter names it in what a failing test prints.
struct action {
    char letter;
    bool (*act)(conversation&); // false: there was nothing to do
};

const std::vector<action>& actions() {
    const static auto remove = [](conversation& c, std::int32_t type) {
        return !c.watchers.empty() && (c.remove_watches(type), true);
    };
    static const std::vector<action> all{
        {'d', [](conversation& c) { return c.add(data), true; }},
        {'c', [](conversation& c) { return c.add(child), true; }},
        {'p', [](conversation& c) { return c.add(persistent), true; }},
        {'r', [](conversation& c) { return c.add(recursive), true; }},
        {'D', [](conversation& c) { return c.stop(data); }},
        {'C', [](conversation& c) { return c.stop(child); }},
        {'P', [](conversation& c) { return c.stop(persistent); }},
        {'R', [](conversation& c) { return c.stop(recursive); }},
        {'1', [](conversation& c) { return remove(c, 1); }},
        {'2', [](conversation& c) { return remove(c, 2); }},
        {'3', [](conversation& c) { return remove(c, 3); }},
        {'x', [](conversation& c) { return !c.watchers.empty() && (c.cancel(), true); }},
        {'|', [](conversation& c) { return !c.watchers.empty() && (c.reconnect(), true); }},
    };
    return all;
}

/// Does what `steps` says; null if one of them has nothing to do. After each, the server answers unless `late`.
std::unique_ptr<conversation> perform(watch_modes modes, std::string_view steps, bool late) {
    auto c = std::make_unique<conversation>(modes);
    for (const char step : steps) {
        const auto what =
            std::find_if(actions().begin(), actions().end(), [step](const action& a) { return a.letter == step; });
        if (!what->act(*c)) {
            return nullptr;
        }
        if (!late) {
            c->serve();
        }
    }
    c->serve();
    return c;
}

/// Calls `visit(steps)` for all ways to do something `count` times; where it returns false, not for those that begin so.
template <class Visit>
void visit_all_ways(std::size_t count, const Visit& visit, std::string& steps) {
    if (!steps.empty() && !visit(steps)) {
        return;
    }
    for (const action& next : actions()) {
        if (steps.size() < count) {
            steps.push_back(next.letter);
            visit_all_ways(count, visit, steps);
            steps.pop_back();
        }
    }
}

struct setting {
    watch_modes modes;
    bool late; // all requests are on their way before the first is answered
};

class watch_sharing : public ::testing::TestWithParam<setting> {
protected:
    template <class Visit>
    static void for_all_ways(const Visit& visit) {
        std::string steps;
        visit_all_ways(4, visit, steps);
    }
    static std::string in_words(const setting& p) {
        return std::string{p.modes == watch_modes::apart ? "apart" : "last_one_wins"} + (p.late ? "_late" : "");
    }

public:
    static std::string name(const ::testing::TestParamInfo<setting>& info) { return in_words(info.param); }
};

INSTANTIATE_TEST_SUITE_P(servers, watch_sharing,
                         ::testing::Values(setting{watch_modes::last_one_wins, false},
                                           setting{watch_modes::last_one_wins, true},
                                           setting{watch_modes::apart, false}, setting{watch_modes::apart, true}),
                         watch_sharing::name);

TEST_P(watch_sharing, everybody_is_told_whatever_the_order) {
    std::size_t tried = 0;
    for_all_ways([&](const std::string& steps) {
        for (const happening& h : happenings()) {
            const auto c = perform(GetParam().modes, steps, GetParam().late);
            if (c == nullptr) {
                return false;
            }
            c->s.take_seen();
            const auto wanted = expected(*c, h);
            c->change([&] { h.make(*c); });
            const lines seen = c->s.take_seen();
            EXPECT_EQ(std::multiset<std::string>(seen.begin(), seen.end()), wanted) << steps << ": " << h.name;
            EXPECT_EQ(c->s.closes, 0U) << steps;
            ++tried;
        }
        return !::testing::Test::HasFailure();
    });
    EXPECT_GT(tried, 10'000U);
}

TEST_P(watch_sharing, what_was_told_before_a_watch_came_or_went_holds_nothing_back) {
    const auto told_of = [](conversation& c, const char* child) {
        c.s.take_seen();
        const auto wanted = expected(c, {"", nullptr, told_of_child(child)});
        c.change([&] { c.create(child); });
        const lines seen = c.s.take_seen();
        return std::pair{std::multiset<std::string>(seen.begin(), seen.end()), wanted};
    };
    std::string begin;
    visit_all_ways(
        3,
        [&](const std::string& steps) {
            for (const action& last : actions()) {
                const auto c = perform(GetParam().modes, steps, false);
                if (c == nullptr) {
                    return false;
                }
                told_of(*c, "/a/y");
                c->ask();
                c->serve();
                if (!last.act(*c)) {
                    continue;
                }
                c->serve();
                const auto [seen, wanted] = told_of(*c, "/a/z");
                EXPECT_EQ(seen, wanted) << steps << ", an event, " << last.letter;
            }
            return !::testing::Test::HasFailure();
        },
        begin);
}

TEST_P(watch_sharing, nothing_is_left_on_the_server_when_everybody_has_gone) {
    for_all_ways([&](const std::string& steps) {
        const auto c = perform(GetParam().modes, steps, GetParam().late);
        if (c == nullptr) {
            return false;
        }
        c->stop_all();
        c->serve();
        // A read given up may leave a one-shot watch, which ends by itself.
        const bool given_up = GetParam().late && steps.find('x') != std::string::npos;
        EXPECT_TRUE(given_up ? !c->watches.has_lasting() : c->watches.empty()) << steps;
        EXPECT_EQ(c->s.core.watches().size(), 0U) << steps;
        return !::testing::Test::HasFailure();
    });
}

} // namespace
} // namespace zooid::session
