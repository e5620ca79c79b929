#include "support/scripted_watches.hpp"

#include "wire/frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace zooid::testing {

namespace {

using event = scripted_tree::event;

[[nodiscard]] bool is_below(std::string_view path, std::string_view root) {
    return path != root && (root == "/" || (path.starts_with(root) && path[root.size()] == '/'));
}

} // namespace

void put_change(wire::buffer& out, const scripted_tree::change& change, std::int64_t zxid) {
    wire::put_notification(out, zxid, {static_cast<std::int32_t>(change.what), 3, change.path});
}

void scripted_watches::add(table& to, std::string_view path, modes mode) {
    modes& there = to.try_emplace(std::string{path}).first->second;
    there = modes_ == watch_modes::apart ? static_cast<modes>(there | mode) : mode;
}

void scripted_watches::add_persistent(std::string_view path) {
    add(data_, path, persistent);
    add(child_, path, persistent);
}

void scripted_watches::add_recursive(std::string_view path) {
    add(data_, path, recursive);
    if (modes_ == watch_modes::last_one_wins) {
        add(child_, path, recursive);
    }
}

bool scripted_watches::take(table& from, std::string_view path, modes unwanted, bool removes) {
    const auto found = from.find(path);
    if (found == from.end() || (found->second & unwanted) == 0) {
        return false;
    }
    if (removes) {
        found->second = static_cast<modes>(found->second & ~unwanted);
        if (found->second == 0) {
            from.erase(found);
        }
    }
    return true;
}

errc scripted_watches::remove(const wire::remove_watches_request& unwanted, bool removes) {
    const auto path = unwanted.path.path;
    const bool apart = modes_ == watch_modes::apart;
    if (unwanted.type < 1 || unwanted.type > (apart ? 5 : 3)) {
        return errc::marshalling_error;
    }
    const modes of_plain = apart ? plain : any; // before, whatever is there
    constexpr std::array<modes, 5> of_data{0, 0, any, persistent, recursive};
    constexpr std::array<modes, 5> of_child{0, 0, any, persistent, 0};
    const auto row = static_cast<std::size_t>(unwanted.type - 1);
    const bool data_found = take(data_, path, unwanted.type == 2 ? of_plain : of_data[row], removes);
    const bool child_found = take(child_, path, unwanted.type == 1 ? of_plain : of_child[row], removes);
    return data_found || child_found ? errc{} : errc::no_watcher;
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
        add_persistent(watch.path);
    }
    for (const auto& watch : watches.persistent_recursive) {
        add_recursive(watch.path);
    }
}

bool scripted_watches::has_lasting() const noexcept {
    const auto lasts = [](const table::value_type& one) { return (one.second & (persistent | recursive)) != 0; };
    return std::any_of(data_.begin(), data_.end(), lasts) || std::any_of(child_.begin(), child_.end(), lasts);
}

// Whether the watches of that very path in one table are told.
bool scripted_watches::fire(table& of, std::string_view path, bool children_only) {
    const auto found = of.find(path);
    const modes there = found == of.end() ? modes{0} : found->second;
    take(of, path, plain, true);
    return (there & (children_only ? plain | persistent : any)) != 0;
}

bool scripted_watches::fire(const scripted_tree::change& change) {
    if (change.what == event::children_changed) {
        return fire(child_, change.path, true);
    }
    bool tells = fire(data_, change.path, false);
    if (change.what == event::deleted) {
        tells = fire(child_, change.path, false) || tells;
    }
    const auto covers = [&](const table::value_type& one) {
        return (one.second & recursive) != 0 && is_below(change.path, one.first);
    };
    return tells || std::any_of(data_.begin(), data_.end(), covers) ||
           (change.what == event::deleted && std::any_of(child_.begin(), child_.end(), covers));
}

} // namespace zooid::testing
