#include "support/scripted_watches.hpp"

#include "wire/frame.hpp"

#include <algorithm>

namespace zooid::testing {

namespace {

using event = scripted_tree::event;

[[nodiscard]] bool is_under(std::string_view path, std::string_view root) {
    return root == "/" || path == root || (path.starts_with(root) && path[root.size()] == '/');
}

} // namespace

void put_change(wire::buffer& out, const scripted_tree::change& change) {
    wire::put_notification(out, -1, {static_cast<std::int32_t>(change.what), 3, change.path});
}

errc scripted_watches::remove(const wire::remove_watches_request& unwanted, bool removes) {
    const auto path = unwanted.path.path;
    bool found = false;
    const auto look_in = [&](auto& watches, bool concerned) {
        const auto at = watches.find(path);
        if (concerned && at != watches.end()) {
            found = true;
            if (removes) {
                watches.erase(at);
            }
        }
    };
    look_in(child_, unwanted.type == 1 || unwanted.type == 3);
    look_in(data_, unwanted.type == 2 || unwanted.type == 3);
    look_in(persistent_, unwanted.type == 4 || unwanted.type == 3);
    look_in(recursive_, unwanted.type == 5 || unwanted.type == 3);
    return found ? errc{} : errc::no_watcher;
}

void scripted_watches::rearm(const wire::set_watches2_request& watches, const scripted_tree& tree, wire::buffer& out) {
    const auto tell = [&](event what, std::string_view path) { put_change(out, {what, std::string{path}}); };
    const auto since = watches.relative_zxid;
    for (const auto& watch : watches.data) {
        const auto* n = tree.find(watch.path);
        if (n == nullptr || n->stat.mzxid > since) {
            tell(n == nullptr ? event::deleted : event::data_changed, watch.path);
        } else {
            add_data(watch.path);
        }
    }
    for (const auto& watch : watches.exist) {
        if (tree.find(watch.path) != nullptr) {
            tell(event::created, watch.path);
        } else {
            add_data(watch.path);
        }
    }
    for (const auto& watch : watches.child) {
        const auto* n = tree.find(watch.path);
        if (n == nullptr || n->stat.pzxid > since) {
            tell(n == nullptr ? event::deleted : event::children_changed, watch.path);
        } else {
            add_child(watch.path);
        }
    }
    for (const auto& watch : watches.persistent) {
        persistent_.emplace(watch.path);
    }
    for (const auto& watch : watches.persistent_recursive) {
        recursive_.emplace(watch.path);
    }
}

bool scripted_watches::fire(const scripted_tree::change& change) {
    bool tells = persistent_.contains(change.path);
    if (change.what == event::children_changed) {
        return child_.erase(change.path) != 0 || tells;
    }
    tells = data_.erase(change.path) != 0 || tells;
    if (change.what == event::deleted) {
        tells = child_.erase(change.path) != 0 || tells;
    }
    return tells || std::any_of(recursive_.begin(), recursive_.end(),
                                [&](const auto& root) { return is_under(change.path, root); });
}

} // namespace zooid::testing
