#pragma once

#include <zooid/types.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zooid::server {

/// Names a list of an `acl_table`.
enum class acl_id : std::uint32_t {};

/// Everybody may do everything: most nodes' list, known without looking it up.
inline constexpr acl_id open_acl_id{0};

/// Access control lists, each kept once however many nodes have it, for as long as one has it. Not thread-safe.
class acl_table {
public:
    acl_table();

    /// The id of an equal list (same entries in the same order), which is added if need be. The caller owns one use of it.
    [[nodiscard]] acl_id acquire(std::span<const acl_entry> list);
    /// Takes one more use of a list.
    void acquire(acl_id id) noexcept;
    /// Gives one use back; with the last one the list goes, except the open one, and its id may be given to another.
    void release(acl_id id) noexcept;

    /// The list of an id in use; valid until the table changes.
    [[nodiscard]] const acl& list(acl_id id) const noexcept { return slots_[index(id)].list; }
    /// Number of different lists, the open one included.
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size() - free_.size(); }
    /// How many own a use of the list (0 for an id that is not in use). The open list is not counted: always 1.
    [[nodiscard]] std::size_t uses(acl_id id) const noexcept;

private:
    struct slot {
        acl list;
        std::size_t uses = 0;
        std::size_t hash = 0;
    };

    static std::size_t index(acl_id id) noexcept { return static_cast<std::size_t>(id); }
    [[nodiscard]] acl_id add(std::span<const acl_entry> list, std::size_t hash);

    std::vector<slot> slots_;
    std::vector<acl_id> free_;
    boost::unordered_flat_map<std::size_t, std::vector<acl_id>> by_hash_; // lists other than the open one
};

} // namespace zooid::server
