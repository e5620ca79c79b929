#pragma once

#include "server/node.hpp"
#include "wire/codec.hpp"

#include <cstddef>
#include <cstdint>

namespace zooid::server {

/// The names of a node's children, written straight from the tree; encoded only.
struct children_body {
    const znode* of;
};

/// The same with the node's metadata behind it.
struct children_and_stat_body {
    static constexpr std::size_t field_count = 2;

    children_body children;
    zooid::stat stat;
};

} // namespace zooid::server

template <>
struct zooid::wire::codec<zooid::server::children_body> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = false;
    static std::size_t size(const server::children_body& v) noexcept {
        std::size_t n = 4 + 4 * v.of->child_count();
        v.of->for_each_child([&n](const server::znode& child) { n += child.name().size(); });
        return n;
    }
    static char* store(char* at, const server::children_body& v) noexcept {
        at = store_i32(at, static_cast<std::int32_t>(v.of->child_count()));
        v.of->for_each_child(
            [&at](const server::znode& child) { at = codec<std::string_view>::store(at, child.name()); });
        return at;
    }
};
