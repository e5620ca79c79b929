#include "support/scripted_tree.hpp"

#include <array>
#include <cstdio>

namespace zooid::testing {

namespace {

[[nodiscard]] std::string_view parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

[[nodiscard]] std::string name_of(std::string_view path) { return std::string{path.substr(path.rfind('/') + 1)}; }

void children_changed(scripted_tree::node& parent, std::int64_t zxid) {
    ++parent.stat.cversion;
    parent.stat.pzxid = zxid;
    parent.stat.num_children = static_cast<std::int32_t>(parent.children.size());
}

void put_data(scripted_tree::node& to, std::optional<std::string_view> data, const scripted_tree::author& by) {
    to.data.reset();
    if (data) {
        to.data.emplace(*data);
    }
    to.stat.data_length = static_cast<std::int32_t>(data ? data->size() : 0);
    to.stat.mzxid = by.zxid;
    to.stat.mtime = by.now;
}

} // namespace

errc scripted_tree::create(std::string& path, std::optional<std::string_view> data, create_mode mode,
                           const author& by) {
    if (path == "/") {
        return errc::node_exists;
    }
    if (path.empty() || path.front() != '/' || (path.back() == '/' && !is_sequential(mode))) {
        return errc::bad_arguments;
    }
    const auto parent = nodes_.find(parent_of(path));
    if (parent == nodes_.end()) {
        return errc::no_node;
    }
    auto& above = parent->second;
    if (above.stat.ephemeral_owner != 0) {
        return errc::no_children_for_ephemerals;
    }
    if (is_sequential(mode)) {
        std::array<char, 16> suffix{};
        std::snprintf(suffix.data(), suffix.size(), "%010d", above.next_sequence);
        path += suffix.data();
    }
    if (nodes_.contains(path)) {
        return errc::node_exists;
    }
    node& made = nodes_[path];
    put_data(made, data, by);
    made.stat.czxid = made.stat.pzxid = by.zxid;
    made.stat.ctime = by.now;
    made.stat.ephemeral_owner = is_ephemeral(mode) ? by.session : 0;
    ++above.next_sequence;
    above.children.insert(name_of(path));
    children_changed(above, by.zxid);
    changes_.push_back({event::created, path});
    changes_.push_back({event::children_changed, parent->first});
    return {};
}

errc scripted_tree::remove(std::string_view path, std::int32_t version, const author& by) {
    if (path == "/") {
        return errc::bad_arguments;
    }
    if (const auto failure = check(path, version); failure != errc{}) {
        return failure;
    }
    const auto found = nodes_.find(path);
    if (!found->second.children.empty()) {
        return errc::not_empty;
    }
    const auto parent = nodes_.find(parent_of(path));
    parent->second.children.erase(name_of(path));
    children_changed(parent->second, by.zxid);
    changes_.push_back({event::deleted, found->first});
    changes_.push_back({event::children_changed, parent->first});
    nodes_.erase(found);
    return {};
}

errc scripted_tree::set(std::string_view path, std::optional<std::string_view> data, std::int32_t version,
                        const author& by) {
    if (const auto failure = check(path, version); failure != errc{}) {
        return failure;
    }
    auto& changed = nodes_.find(path)->second;
    put_data(changed, data, by);
    ++changed.stat.version;
    changes_.push_back({event::data_changed, std::string{path}});
    return {};
}

errc scripted_tree::check(std::string_view path, std::int32_t version) const {
    const auto* found = find(path);
    if (found == nullptr) {
        return errc::no_node;
    }
    return version == -1 || version == found->stat.version ? errc{} : errc::bad_version;
}

void scripted_tree::remove_ephemerals(const author& by) {
    std::vector<std::string> owned;
    for (const auto& [path, n] : nodes_) {
        if (n.stat.ephemeral_owner == by.session) {
            owned.push_back(path);
        }
    }
    for (const auto& path : owned) {
        static_cast<void>(remove(path, -1, by));
    }
}

const scripted_tree::node* scripted_tree::find(std::string_view path) const {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second;
}

} // namespace zooid::testing
