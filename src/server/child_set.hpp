#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zooid::server {

class znode;

/// A node's children by name, and what a node remembers of children it had. A pointer, null in a node that never had any; a
/// small array while they are few, a hash table when they are many.
class child_set {
public:
    child_set() noexcept = default;
    child_set(const child_set&) = delete;
    child_set& operator=(const child_set&) = delete;
    ~child_set();

    /// The child of that name or null.
    [[nodiscard]] znode* find(std::string_view name) const noexcept;
    /// Adds a child whose name is not there. `seed` goes into a hash table that this may make.
    void insert(znode& child, std::uint64_t seed);
    /// Takes a child out that is there.
    void erase(const znode& child) noexcept;

    [[nodiscard]] std::size_t size() const noexcept;
    /// Calls `visit(znode*)` for each, in no order.
    template <class Visitor>
    void for_each(Visitor&& visit) const;

    /// How many have ever been created.
    [[nodiscard]] std::int32_t created() const noexcept { return block_ == nullptr ? 0 : block_->created; }
    /// zxid of the last creation or removal, if there was one, else `none`.
    [[nodiscard]] std::int64_t pzxid(std::int64_t none) const noexcept {
        return block_ == nullptr ? none : block_->pzxid;
    }
    /// Sets both.
    void remember(std::int32_t created, std::int64_t pzxid);
    /// Forgets both, which needs an empty set.
    void forget() noexcept;
    /// True when there is nothing to remember.
    [[nodiscard]] bool is_unused() const noexcept { return block_ == nullptr; }

private:
    class table;

    // Followed by `capacity` pointers to children of which the first `count` are used, or by the pointer to a table.
    struct block {
        std::int64_t pzxid = 0;
        std::int32_t created = 0;
        std::uint16_t capacity = 0;
        std::uint16_t count = 0;

        [[nodiscard]] znode** few() noexcept { return reinterpret_cast<znode**>(this + 1); }
        [[nodiscard]] table*& many() noexcept { return *reinterpret_cast<table**>(this + 1); }
        [[nodiscard]] bool is_table() const noexcept { return capacity == of_table; }
    };

    static constexpr std::uint16_t of_table = 0xffff;

    // Type-erased so that the hash table stays out of this header.
    using visitor = void (*)(void* context, znode* child);
    void visit_table(visitor visit, void* context) const;
    void resize(std::uint16_t capacity);
    void grow(std::uint64_t seed);
    void shrink();

    block* block_ = nullptr;
};

template <class Visitor>
void child_set::for_each(Visitor&& visit) const {
    if (block_ == nullptr) {
        return;
    }
    if (block_->is_table()) {
        visit_table([](void* context, znode* child) { (*static_cast<Visitor*>(context))(child); }, &visit);
        return;
    }
    for (std::uint16_t i = 0; i < block_->count; ++i) {
        visit(block_->few()[i]);
    }
}

} // namespace zooid::server
