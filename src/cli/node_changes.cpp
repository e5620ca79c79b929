#include "cli/node_changes.hpp"

namespace zooid::cli {
namespace {

void report(std::vector<watch_event>& changes, event_type type, const std::string& path, std::int64_t zxid) {
    changes.push_back({type, keeper_state::connected, path, zxid});
}

} // namespace

node_mark mark_of(const stat& s) noexcept { return {s.czxid, s.mzxid, s.pzxid}; }

std::vector<watch_event> changes_between(const node_marks& before, const node_marks& after, bool children) {
    std::vector<watch_event> changes;
    for (const auto& [path, old] : before) {
        const auto found = after.find(path);
        if (found == after.end() || found->second.czxid != old.czxid) {
            report(changes, event_type::deleted, path, -1); // which transaction did it is not known any more
        }
    }
    for (const auto& [path, mark] : after) {
        const auto old = before.find(path);
        if (old == before.end() || old->second.czxid != mark.czxid) {
            report(changes, event_type::created, path, mark.czxid);
            continue;
        }
        if (old->second.mzxid != mark.mzxid) {
            report(changes, event_type::data_changed, path, mark.mzxid);
        }
        if (children && old->second.pzxid != mark.pzxid) {
            report(changes, event_type::children_changed, path, mark.pzxid);
        }
    }
    return changes;
}

bool is_contained(const watch_event& event, const node_marks& marks, const std::optional<stat>& now) {
    const auto known = marks.find(event.path);
    if (known == marks.end()) {
        return !now; // created and deleted, or deleted, before the marks were read
    }
    if (!now) {
        return false;
    }
    switch (event.type) {
    case event_type::data_changed:
        return now->mzxid == known->second.mzxid;
    case event_type::children_changed:
        return now->pzxid == known->second.pzxid;
    default: // created, or deleted and created again
        return now->czxid == known->second.czxid;
    }
}

void remember(node_marks& marks, const std::string& path, const std::optional<stat>& now) {
    if (now) {
        marks[path] = mark_of(*now);
    } else {
        marks.erase(path);
    }
}

} // namespace zooid::cli
