#include "server/node.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <stdexcept>

namespace zooid::server {
namespace {

constexpr std::uint32_t longest_name = (std::uint32_t{1} << 29) - 1;

constexpr std::size_t bytes_before(node_kind kind) noexcept {
    return kind == node_kind::persistent ? 0 : sizeof(node_link);
}

} // namespace

znode* znode::make(std::string_view name, lifetime life) {
    static_assert(sizeof(node_link) % alignof(znode) == 0);
    if (name.size() > longest_name) {
        throw std::length_error("a node's name is too long");
    }
    const std::size_t before = bytes_before(life.kind);
    const std::size_t after = std::max(sizeof(znode), offsetof(znode, name_) + name.size());
    char* const memory = static_cast<char*>(::operator new(before + after));
    if (before != 0) {
        (new (memory) node_link)->value = life.value;
    }
    znode* const node = new (memory + before) znode;
    node->name_length_ = static_cast<std::uint32_t>(name.size()) & longest_name;
    node->kind_ = static_cast<std::uint8_t>(life.kind) & 7U;
    if (!name.empty()) {
        std::memcpy(memory + before + offsetof(znode, name_), name.data(), name.size());
    }
    return node;
}

void znode::destroy(znode& node) noexcept {
    char* const memory = reinterpret_cast<char*>(&node) - bytes_before(node.kind());
    node.~znode();
    ::operator delete(memory);
}

zooid::stat znode::stat() const noexcept {
    zooid::stat s;
    s.czxid = czxid_;
    s.mzxid = mzxid_;
    s.ctime = ctime_;
    s.mtime = mtime_;
    s.version = version_;
    s.aversion = aversion_;
    s.ephemeral_owner = is_ephemeral() ? link().value : 0;
    s.data_length = data_.size();
    s.num_children = static_cast<std::int32_t>(child_count());
    s.pzxid = pzxid();
    // Creations and removals of children; wraps.
    s.cversion = static_cast<std::int32_t>(2 * static_cast<std::uint32_t>(created_children()) -
                                           static_cast<std::uint32_t>(s.num_children));
    return s;
}

lifetime znode::life() const noexcept {
    return kind() == node_kind::persistent ? lifetime{} : lifetime{kind(), link().value};
}

} // namespace zooid::server
