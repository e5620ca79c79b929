#include "session/session.hpp"

// Which watches the server has and which it should have.
//
// A lasting watch serves all other watches on its path, as far as it can: servers before 3.9 keep one of them only. Which
// one the server is asked for is settled where a request gets its place in line; whether that was right shows with the
// reply, when the requests ahead of it have been answered as well. What is missing then is set again with the catch-up of
// set_watches, so nothing is lost in between.

namespace zooid::session {
namespace {

constexpr watch_kinds data_kinds = only(watch_kind::data) | only(watch_kind::exist);
constexpr watch_kinds child_kinds = only(watch_kind::child);
constexpr auto no_node = static_cast<std::int32_t>(errc::no_node);
constexpr auto no_watcher = static_cast<std::int32_t>(errc::no_watcher);

// Of remove_watches; the last two since 3.9.
constexpr std::int32_t type_children = 1;
constexpr std::int32_t type_data = 2;
constexpr std::int32_t type_any = 3;
constexpr std::int32_t type_persistent = 4;
constexpr std::int32_t type_recursive = 5;

} // namespace

watch_kinds session::kinds_in_line(std::string_view path) {
    watch_kinds kinds = 0;
    if (watches_in_line_ != 0) {
        pending_.for_each([&](const pending_request& p) {
            if (p.watch && p.watch->interested && p.watch->path == path) {
                kinds |= only(p.watch->kind);
            }
        });
    }
    return kinds;
}

// The kinds that are registered, and the lasting ones in line.
watch_kinds session::kinds_wanted(std::string_view path) const {
    watch_kinds kinds = watches_.kinds_at(path);
    for (auto [at, end] = by_path_.equal_range(path); at != end; ++at) {
        kinds |= at->second->interested ? only(at->second->kind) : watch_kinds{0};
    }
    return kinds;
}

// ---- What the server is asked for ----

void session::suit(opcode& /*op*/, wire::path_watch_request& read, watch_request& watch) {
    watch.asked = !is_covered(watch.kind, kinds_wanted(watch.path));
    read.watch = watch.asked;
}

void session::suit(opcode& op, wire::add_watch_request& addition, watch_request& watch) {
    watch.asked = !is_covered(watch.kind, kinds_wanted(watch.path));
    if (!watch.asked) { // by whatever has an answer and changes nothing; both consist of a path and a number
        op = opcode::check_watches;
        addition.mode = type_any;
    }
}

void session::suit(opcode& op, wire::remove_watches_request& removal, watch_request& watch) {
    const watch_kind one_shot = removal.type == type_children ? watch_kind::child : watch_kind::data;
    if (removal.type != type_any && is_covered(one_shot, kinds_wanted(watch.path))) {
        op = opcode::check_watches; // servers before 3.9 would take a part of the lasting one away
        removal.type = type_any;
    }
}

// ---- What comes of it ----

// Registers, or ends, what the request was about, before anyone sees the reply.
void session::settle_watch(pending_request& p, std::int32_t& err) {
    watch_request& w = *p.watch;
    if (w.ends != 0) {
        err = err == 0 ? settle_removal(p) : err;
        return;
    }
    if (p.op == opcode::exists) {
        w.kind = err == 0 ? watch_kind::data : watch_kind::exist;
    } else if (p.op == opcode::check_watches && err == no_watcher) {
        err = 0; // what would have served it is not there: see below
    }
    if (err != 0 && !(p.op == opcode::exists && err == no_node)) {
        return;
    }
    knows_removal_ = knows_removal_ || is_lasting(w.kind);
    if (w.interested != nullptr) {
        watches_.add(std::move(w.interested), w.path, w.kind);
        if ((!w.asked || w.displaced) && !is_covered(w.kind, watches_.kinds_at(w.path))) {
            set_again(w.path, only(w.kind), gap::possible); // what should have served it is not there
        }
    } else if (w.asked) {
        let_go(w.path, w.kind);
    }
    if (w.kind == watch_kind::recursive && watches_.has(w.path, watch_kind::child)) {
        set_again(w.path, child_kinds, gap::possible); // its place was taken
    }
}

std::int32_t session::settle_removal(pending_request& p) {
    const std::string_view path = outputs_.strings.emplace_back(p.watch->path);
    const std::size_t first = outputs_.watchers.size();
    watches_.end(path, p.watch->ends, outputs_.watchers);
    for (std::size_t i = first; i < outputs_.watchers.size(); ++i) {
        output& o = outputs_.items.emplace_back();
        o.what = output::kind::watch;
        o.state = state_;
        o.keeper = keeper_;
        o.event = removal_event(outputs_.watchers[i]->kind());
        o.interested = outputs_.watchers[i].get();
        o.text = path;
    }
    if (p.watch->displaced && (watches_.kinds_at(path) | kinds_in_line(path)) == 0) {
        tell_removal(path, type_any); // of what was set again after the server had removed it
    }
    const bool in_vain = p.op == opcode::check_watches && first == outputs_.watchers.size();
    return in_vain ? no_watcher : 0;
}

// ---- What the server need not watch any more ----

void session::stop_watching(watcher& w) {
    if (w.registered()) {
        const watch_kind kind = w.kind();
        let_go(watches_.remove(w), kind);
        return;
    }
    pending_.for_each([&w](pending_request& p) {
        if (p.watch && p.watch->interested == &w) {
            p.watch->interested.reset(); // the rest when its reply is there
        }
    });
}

// A watcher of this kind has gone from the path.
void session::let_go(std::string_view path, watch_kind gone) {
    const auto left = static_cast<watch_kinds>(watches_.kinds_at(path) | kinds_in_line(path));
    if (phase_ != phase::established || (left & only(gone)) != 0) {
        return; // a new connection is not told of it in the first place
    }
    if (left == 0) {
        tell_removal(path, type_any);
    } else if (is_lasting(gone)) {
        let_lasting_go(path, gone, left);
    } else if (gone == watch_kind::child) {
        if (!is_covered(gone, left)) {
            tell_removal(path, type_children);
        }
    } else if ((left & data_kinds) == 0 && !is_covered(gone, left)) {
        tell_removal(path, type_data);
    }
}

void session::let_lasting_go(std::string_view path, watch_kind gone, watch_kinds left) {
    const watch_kinds here = watches_.kinds_at(path);
    if (here != 0 && (here & only(watch_kind::recursive)) == 0) {
        // Before 3.9 these take the place of the lasting one.
        const watch_kinds persistent = here & only(watch_kind::persistent);
        set_again(path, persistent != 0 ? persistent : here, gap::none);
    }
    if (modes_apart_) {
        tell_removal(path, gone == watch_kind::persistent ? type_persistent : type_recursive);
    } else if ((left & lasting_kinds) == 0 && (left & child_kinds) == 0) {
        tell_removal(path, type_children);
    } else if ((left & lasting_kinds) == 0 && (left & data_kinds) == 0) {
        tell_removal(path, type_data);
    }
}

void session::set_again(std::string_view path, watch_kinds kinds, gap before) {
    if (before == gap::possible && (kinds & only(watch_kind::persistent)) != 0 &&
        !watches_.has(path, watch_kind::exist)) {
        kinds |= child_kinds; // for the catch-up, which the lists of lasting watches lack
    }
    watch_registry::write_set_watches(outbox_.control(true), last_zxid_, path, kinds);
    ++unanswered_controls_;
    for (auto [at, end] = by_path_.equal_range(path); at != end; ++at) {
        at->second->displaced = true; // the server may have served it already
    }
}

void session::tell_removal(std::string_view path, std::int32_t type) {
    if (knows_removal_) {
        wire::put_request(outbox_.control(true), wire::xids::set_watches, opcode::remove_watches,
                          wire::remove_watches_request{path, type});
        ++unanswered_controls_;
    }
}

} // namespace zooid::session
