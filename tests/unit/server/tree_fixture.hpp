#pragma once

#include "server/data_tree.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

/// A wall-clock time, in milliseconds since 1970.
inline server_time at_ms(std::int64_t ms) { return server_time{std::chrono::milliseconds{ms}}; }

/// A tree and short ways to change it by path. Every change has the next zxid, and a time of 1000 times the zxid.
struct tree_fixture {
    data_tree tree{4711};
    std::int64_t zxid = 0;

    tree_change next() {
        ++zxid;
        return {zxid, at_ms(1000 * zxid)};
    }

    znode& node(std::string_view path) {
        znode* const found = tree.find(path);
        if (found == nullptr) {
            throw std::logic_error("no node " + std::string{path});
        }
        return *found;
    }

    znode& create(std::string_view path, std::optional<std::string_view> data = "", lifetime life = {},
                  const acl& acls = open_acl()) {
        const tree_place place = tree.place_of(path);
        if (place.parent == nullptr) {
            throw std::logic_error("no parent of " + std::string{path});
        }
        return tree.create(*place.parent, place.name, data, acls, life, next());
    }

    void remove(std::string_view path) { tree.remove(node(path), next().zxid); }
    void set(std::string_view path, std::optional<std::string_view> data) { tree.set_data(node(path), data, next()); }

    stat stat_of(std::string_view path) { return node(path).stat(); }
    std::string data_of(std::string_view path) { return std::string{node(path).data().value_or("(null)")}; }

    /// Sorted.
    std::vector<std::string> children_of(std::string_view path) {
        std::vector<std::string> names;
        node(path).for_each_child([&names](const znode& child) { names.emplace_back(child.name()); });
        std::ranges::sort(names);
        return names;
    }
};

} // namespace zooid::server
