#include "simulation/client_conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace zooid::testing {

namespace {

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr read_options in_time{.timeout = conversation::limit};

std::string joined(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::string text;
    for (const auto& name : names) {
        text += name + ' ';
    }
    return text;
}

std::string text_of(const std::string& path) { return path; }
std::string text_of(const created_node& made) { return made.path + (made.stat.czxid > 0 ? " with stat" : ""); }
std::string text_of(const node& found) { return found.data; }
std::string text_of(const stat& changed) { return "version " + std::to_string(changed.version); }
std::string text_of(const std::optional<stat>& found) { return found ? "there" : "missing"; }
std::string text_of(const std::vector<std::string>& names) { return joined(names); }
std::string text_of(const std::vector<transaction_result>& parts) { return std::to_string(parts.size()) + " parts"; }

} // namespace

conversation::conversation(client_world& world, client zk) : world_(world), zk_(std::move(zk)) {
    for (const char* path : {"/watched", "/parent", "/parent/child", "/counted", "/persistent", "/recursive",
                             "/removed", "/queue", "/tree", "/tree/a", "/tree/a/b", "/tree/c"}) {
        world_.server.create(path, "before");
    }
}

call& conversation::begin(std::string name, opcode type, std::string path) {
    return calls_.emplace_back(call{std::move(name), type, std::move(path), world_.sim.now(), {}, 0, {}, {}});
}

template <class... Results>
void conversation::end(call& c, std::tuple<error_code, Results...> outcome) {
    ++c.completions;
    c.ended = world_.sim.now();
    c.ec = std::get<0>(outcome);
    if constexpr (sizeof...(Results) != 0) {
        c.result = text_of(std::get<1>(outcome));
    }
}

auto conversation::ends(call& c) {
    return [this, &c](error_code ec, auto... results) { end(c, std::tuple(ec, std::move(results)...)); };
}

watch_callback conversation::watcher(const std::string& name) {
    auto& told = events_[name];
    return [&told](const watch_event& e) { told.push_back(e.type); };
}

void conversation::call_all_at_once() {
    const create_options creating{.timeout = limit};
    zk_.async_start(start_options{limit}, ends(begin("start", opcode::create_session, {})));
    zk_.async_add_auth("digest", "user:secret", in_time, ends(begin("auth", opcode::auth, {})));
    zk_.async_create("/made", "x", creating, ends(begin("create", opcode::create, "/made")));
    zk_.async_create_with_stat("/made2", "x", creating, ends(begin("create2", opcode::create2, "/made2")));
    zk_.async_get("/watched", watcher("get"), in_time, ends(begin("get", opcode::get, "/watched")));
    zk_.async_set("/watched", "set", {.timeout = limit}, ends(begin("set", opcode::set, "/watched")));
    zk_.async_exists("/missing", watcher("exists"), in_time, ends(begin("exists", opcode::exists, "/missing")));
    zk_.async_get_children("/parent", watcher("children"), in_time,
                           ends(begin("children", opcode::get_children, "/parent")));
    auto change = zk_.transaction();
    change.create("/multi", "x").set("/counted", "1").check("/counted", 1);
    change.async_commit(in_time, ends(begin("transaction", opcode::multi, {})));
    zk_.async_sync("/", in_time, ends(begin("sync", opcode::sync, "/")));
    zk_.async_add_watch("/persistent", watch_mode::persistent, watcher("persistent"), in_time,
                        ends(begin("persistent", opcode::add_watch, "/persistent")));
    zk_.async_add_watch("/recursive", watch_mode::recursive, watcher("recursive"), in_time,
                        ends(begin("recursive", opcode::add_watch, "/recursive")));
    zk_.async_add_watch("/removed", watch_mode::persistent, watcher("removed"), in_time,
                        ends(begin("removed", opcode::add_watch, "/removed")));
    zk_.async_remove_watches("/removed", watch_selection::any, in_time,
                             ends(begin("removal", opcode::remove_watches, "/removed")));
    zk_.async_create("/queue/n-", "x", {.mode = create_mode::persistent_sequential, .protect = true, .timeout = limit},
                     ends(begin("protected", opcode::error, {})));
    zk_.async_remove("/tree", {.recursive = true, .timeout = limit}, ends(begin("tree", opcode::error, {})));
    all_made_ = true;
}

void conversation::call_in_turn() {
    asio::co_spawn(world_.sim.executor(), talk(), [](const std::exception_ptr& failure) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
}

asio::awaitable<void> conversation::talk() {
    const create_options creating{.timeout = limit};
    const set_options setting{.timeout = limit};
    call& started = begin("start", opcode::create_session, {});
    end(started, co_await zk_.async_start(start_options{limit}, awaited));
    call& authenticated = begin("auth", opcode::auth, {});
    end(authenticated, co_await zk_.async_add_auth("digest", "user:secret", in_time, awaited));
    call& made = begin("create", opcode::create, "/made");
    end(made, co_await zk_.async_create("/made", "x", creating, awaited));
    call& made2 = begin("create2", opcode::create2, "/made2");
    end(made2, co_await zk_.async_create_with_stat("/made2", "x", creating, awaited));
    watch_callback on_data = watcher("get");
    call& got = begin("get", opcode::get, "/watched");
    end(got, co_await zk_.async_get("/watched", std::move(on_data), in_time, awaited));
    call& changed = begin("set", opcode::set, "/watched");
    end(changed, co_await zk_.async_set("/watched", "set", setting, awaited));
    co_await talk_about_watches();
    transaction change = zk_.transaction();
    change.create("/multi", "x").set("/counted", "1").check("/counted", 1);
    call& committed = begin("transaction", opcode::multi, {});
    end(committed, co_await change.async_commit(in_time, awaited));
    call& synced = begin("sync", opcode::sync, "/");
    end(synced, co_await zk_.async_sync("/", in_time, awaited));
    const create_options queueing{.mode = create_mode::persistent_sequential, .protect = true, .timeout = limit};
    call& queued = begin("protected", opcode::error, {});
    end(queued, co_await zk_.async_create("/queue/n-", "x", queueing, awaited));
    const remove_options everything{.recursive = true, .timeout = limit};
    call& removed = begin("tree", opcode::error, {});
    end(removed, co_await zk_.async_remove("/tree", everything, awaited));
    all_made_ = true;
}

asio::awaitable<void> conversation::talk_about_watches() {
    watch_callback on_creation = watcher("exists");
    call& looked = begin("exists", opcode::exists, "/missing");
    end(looked, co_await zk_.async_exists("/missing", std::move(on_creation), in_time, awaited));
    watch_callback on_child = watcher("children");
    call& listed = begin("children", opcode::get_children, "/parent");
    end(listed, co_await zk_.async_get_children("/parent", std::move(on_child), in_time, awaited));
    watch_callback on_change = watcher("persistent");
    call& lasting = begin("persistent", opcode::add_watch, "/persistent");
    end(lasting,
        co_await zk_.async_add_watch("/persistent", watch_mode::persistent, std::move(on_change), in_time, awaited));
    watch_callback on_descendant = watcher("recursive");
    call& deep = begin("recursive", opcode::add_watch, "/recursive");
    end(deep,
        co_await zk_.async_add_watch("/recursive", watch_mode::recursive, std::move(on_descendant), in_time, awaited));
    watch_callback on_nothing = watcher("removed");
    call& added = begin("removed", opcode::add_watch, "/removed");
    end(added,
        co_await zk_.async_add_watch("/removed", watch_mode::persistent, std::move(on_nothing), in_time, awaited));
    call& ended = begin("removal", opcode::remove_watches, "/removed");
    end(ended, co_await zk_.async_remove_watches("/removed", watch_selection::any, in_time, awaited));
}

bool conversation::finished() const {
    return all_made_ && std::all_of(calls_.begin(), calls_.end(), [](const call& c) { return c.completions != 0; });
}

void conversation::nudge() {
    scripted_server& server = world_.server;
    server.set("/watched", "nudged");
    server.has("/missing") ? server.set("/missing", "nudged") : server.create("/missing");
    server.create("/parent/" + std::to_string(server.last_zxid()));
    server.set("/persistent", "nudged");
    server.create("/recursive/" + std::to_string(server.last_zxid()));
    server.set("/removed", "nudged");
}

const call& conversation::at(const std::string& name) const {
    return *std::find_if(calls_.begin(), calls_.end(), [&](const call& c) { return c.name == name; });
}

std::vector<event_type> conversation::changes(const std::string& name) const {
    std::vector<event_type> told = events_.at(name);
    std::erase(told, event_type::session);
    return told;
}

// ---- what must be true ----------------------------------------------------------------------------------------------

std::size_t conversation::times_sent(const call& c) const {
    const auto sent = world_.tap->sent();
    return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), [&](const sent_request& r) {
        return r.type == c.type && (c.path.empty() || r.path == c.path);
    }));
}

void conversation::check_error(const call& c) const {
    if (c.name == "removal" && c.ec == errc::no_watcher) {
        EXPECT_EQ(at("removed").ec, errc::connection_loss) << "the watch was there";
        return;
    }
    EXPECT_EQ(c.ec, errc::connection_loss) << c.ec.message();
    EXPECT_NE(c.name, "start");
    EXPECT_NE(c.name, "auth") << "credentials are sent again";
    EXPECT_NE(c.name, "protected") << "it looks for its node and tries again";
    if (c.name != "tree") {
        EXPECT_EQ(times_sent(c), 1U) << "a request that was not sent cannot have been lost";
    }
}

void conversation::check_calls(steady_time cut) const {
    for (const call& c : calls_) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(c.completions, 1);
        EXPECT_LE(c.ended - c.began, limit);
        if (c.ec) {
            check_error(c);
            EXPECT_GE(c.ended, cut) << "nothing was wrong yet";
        } else if (c.type != opcode::create_session && c.type != opcode::auth && c.type != opcode::error) {
            EXPECT_EQ(times_sent(c), 1U) << "it is not for the client to repeat it";
        }
    }
    const std::map<std::string, std::string> expected{
        {"create", "/made"},        {"create2", "/made2 with stat"}, {"set", "version "},
        {"transaction", "3 parts"}, {"protected", "/queue/_c_"},
    };
    for (const auto& [name, result] : expected) {
        if (const call& c = at(name); c.ok()) {
            EXPECT_TRUE(c.result.starts_with(result)) << name << ": " << c.result;
        }
    }
    if (at("get").ok()) {
        EXPECT_EQ(at("get").result, at("get").ended <= cut ? "before" : "nudged");
    }
    if (at("exists").ok()) {
        EXPECT_EQ(at("exists").result, at("exists").ended <= cut ? "missing" : "there");
    }
    if (at("children").ok()) {
        EXPECT_EQ(at("children").result.starts_with("child "), at("children").ended <= cut) << at("children").result;
    }
}

void conversation::check_watches(bool last_seen) const {
    for (const char* name : {"get", "exists", "children"}) {
        SCOPED_TRACE(name);
        EXPECT_EQ(changes(name).size(), at(name).ok() ? 1U : 0U) << "a one-shot watch fires once";
    }
    for (const char* name : {"persistent", "recursive"}) {
        SCOPED_TRACE(name);
        // Lasting watches are not told what they missed, but have to be there again.
        const std::size_t told = changes(name).size();
        if (!at(name).ok()) {
            EXPECT_EQ(told, 0U);
        } else if (last_seen) {
            EXPECT_EQ(told, 1U);
        } else {
            EXPECT_LE(told, 1U);
        }
    }
    const auto& of_removed = changes("removed");
    if (at("removal").ok()) {
        EXPECT_EQ(of_removed, std::vector{event_type::persistent_watch_removed});
    } else if (!at("removed").ok()) {
        EXPECT_TRUE(of_removed.empty());
    } else if (last_seen) {
        EXPECT_EQ(of_removed, std::vector{event_type::data_changed}) << "whose removal failed is still there";
    }
}

void conversation::check_closing() const {
    for (const call& c : calls_) {
        SCOPED_TRACE(c.name + ": " + c.ec.message());
        EXPECT_EQ(c.completions, 1);
        const bool simple = c.type != opcode::create_session && c.type != opcode::auth && c.type != opcode::error;
        if (simple && c.ec == errc::connection_loss) {
            EXPECT_EQ(times_sent(c), 1U);
        } else if (simple && c.ec == errc::closed) {
            EXPECT_EQ(times_sent(c), 0U) << "what was sent cannot be said not to have happened";
        } else if (simple && !c.ec) {
            EXPECT_EQ(times_sent(c), 1U);
        } else {
            EXPECT_TRUE(!c.ec || c.ec == errc::closed || c.ec == errc::closing || c.ec == errc::connection_loss ||
                        (c.name == "removal" && c.ec == errc::no_watcher));
        }
    }
    for (const auto& [name, told] : events_) {
        const bool watching = at(name).ok();
        EXPECT_LE(told.size(), watching ? 2U : 0U) << name;
        EXPECT_TRUE(!watching || !told.empty()) << name << ": a watcher has to be told that it is over";
    }
}

void conversation::check_server() const {
    const scripted_server& server = world_.server;
    for (const auto& [name, path] : {std::pair{"create", "/made"}, {"create2", "/made2"}, {"transaction", "/multi"}}) {
        const auto& received = server.received();
        const bool executed = std::any_of(received.begin(), received.end(), [&, &called = at(name)](const auto& r) {
            return r.type == called.type && (called.path.empty() || r.path == called.path);
        });
        EXPECT_EQ(server.has(path), executed) << path;
        EXPECT_TRUE(executed || !at(name).ok()) << path;
    }
    EXPECT_EQ(server.data("/counted"), server.has("/multi") ? "1" : "before");
    EXPECT_EQ(server.children("/queue").size(), 1U) << "a protected creation makes exactly one node";
    EXPECT_EQ("/queue/" + joined(server.children("/queue")), at("protected").result + ' ');
    if (at("tree").ok()) {
        EXPECT_FALSE(server.has("/tree"));
    }
    std::uint64_t connection = 0;
    for (const scripted_request& r : server.received()) {
        if (r.connection != std::exchange(connection, r.connection) && r.connection > 1) {
            EXPECT_EQ(r.type, opcode::auth) << "credentials come before anything else on a new connection";
        }
    }
}

} // namespace zooid::testing
