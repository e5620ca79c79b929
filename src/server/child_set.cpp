#include "server/child_set.hpp"

#include "server/node.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace zooid::server {
namespace {

// Sizes of the array: 1, 3 and 7 pointers fill what malloc hands out.
constexpr std::uint16_t most_in_array = 7;
constexpr std::uint16_t next_capacity(std::uint16_t capacity) noexcept {
    return static_cast<std::uint16_t>(2 * capacity + 1);
}
constexpr std::size_t few_for_a_table =
    4;                             // fewer than fit into the array, so that it isn't made and unmade all the time
constexpr std::size_t sparse = 16; // a table has this many times the room it needs: give it back

struct name_hash {
    using is_transparent = void;
    using is_avalanching = void;
    std::uint64_t seed = 0;
    [[nodiscard]] std::size_t operator()(std::string_view name) const noexcept {
        std::size_t hash = seed;
        boost::hash_range(hash, name.data(), name.data() + name.size());
        return hash;
    }
    [[nodiscard]] std::size_t operator()(const znode* node) const noexcept { return (*this)(node->name()); }
};

struct name_equal {
    using is_transparent = void;
    [[nodiscard]] bool operator()(const znode* a, const znode* b) const noexcept { return a == b; }
    [[nodiscard]] bool operator()(std::string_view name, const znode* b) const noexcept { return name == b->name(); }
    [[nodiscard]] bool operator()(const znode* a, std::string_view name) const noexcept { return name == a->name(); }
};

} // namespace

class child_set::table {
public:
    explicit table(std::uint64_t seed) : nodes(0, name_hash{seed}) {}

    boost::unordered_flat_set<znode*, name_hash, name_equal> nodes;
};

child_set::~child_set() {
    if (block_ != nullptr && block_->is_table()) {
        delete block_->many();
    }
    ::operator delete(block_);
}

znode* child_set::find(std::string_view name) const noexcept {
    if (block_ == nullptr) {
        return nullptr;
    }
    if (block_->is_table()) {
        const auto& nodes = block_->many()->nodes;
        const auto at = nodes.find(name);
        return at == nodes.end() ? nullptr : *at;
    }
    for (std::uint16_t i = 0; i < block_->count; ++i) {
        znode* const child = block_->few()[i];
        if (child->name() == name) {
            return child;
        }
    }
    return nullptr;
}

std::size_t child_set::size() const noexcept {
    if (block_ == nullptr) {
        return 0;
    }
    return block_->is_table() ? block_->many()->nodes.size() : block_->count;
}

void child_set::insert(znode& child, std::uint64_t seed) {
    if (block_ == nullptr || block_->count == block_->capacity) {
        grow(seed);
    }
    if (block_->is_table()) {
        block_->many()->nodes.insert(&child);
    } else {
        block_->few()[block_->count++] = &child;
    }
}

void child_set::erase(const znode& child) noexcept {
    if (block_->is_table()) {
        block_->many()->nodes.erase(block_->many()->nodes.find(child.name()));
    } else {
        znode** const end = block_->few() + block_->count;
        *std::find(block_->few(), end, &child) = *(end - 1);
        --block_->count;
    }
    try {
        shrink();
    } catch (const std::bad_alloc&) { // stays as large as it is
    }
}

void child_set::remember(std::int32_t created, std::int64_t pzxid) {
    if (block_ == nullptr) {
        resize(0);
    }
    block_->created = created;
    block_->pzxid = pzxid;
}

void child_set::forget() noexcept { ::operator delete(std::exchange(block_, nullptr)); }

void child_set::visit_table(visitor visit, void* context) const {
    for (znode* const child : block_->many()->nodes) {
        visit(context, child);
    }
}

// Exchanges the block for one with an array of another size, or of_table: with room for the pointer to a table.
void child_set::resize(std::uint16_t capacity) {
    const std::size_t pointers = capacity == of_table ? 1 : capacity;
    block* const fresh = new (::operator new(sizeof(block) + pointers * sizeof(znode*))) block;
    fresh->capacity = capacity;
    if (block_ != nullptr) {
        fresh->created = block_->created;
        fresh->pzxid = block_->pzxid;
        if (!block_->is_table() && capacity != of_table) {
            std::copy_n(block_->few(), block_->count, fresh->few());
            fresh->count = block_->count;
        }
    }
    ::operator delete(std::exchange(block_, fresh));
}

void child_set::grow(std::uint64_t seed) {
    if (block_ == nullptr || block_->capacity < most_in_array) {
        resize(block_ == nullptr ? 1 : next_capacity(block_->capacity));
        return;
    }
    auto children = std::make_unique<table>(seed);
    children->nodes.reserve(most_in_array + 1);
    children->nodes.insert(block_->few(), block_->few() + block_->count);
    resize(of_table);
    block_->many() = children.release();
}

void child_set::shrink() {
    if (!block_->is_table()) {
        if (block_->count == 0) {
            resize(0);
        } else if (block_->capacity == most_in_array && block_->count <= 2) {
            resize(3);
        }
        return;
    }
    auto& nodes = block_->many()->nodes;
    if (nodes.size() <= few_for_a_table) {
        table* const emptied = block_->many();
        resize(most_in_array); // if there is no memory for that, the table stays
        const std::unique_ptr<table> children{emptied};
        for (znode* const child : children->nodes) {
            block_->few()[block_->count++] = child;
        }
    } else if (nodes.bucket_count() > sparse * nodes.size()) {
        nodes.rehash(0);
    }
}

} // namespace zooid::server
