#pragma once

#include <zooid/types.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

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
    /// `seed` goes into the lists' hashes.
    explicit acl_table(std::uint64_t seed = 0);
    acl_table(const acl_table&) = delete;
    acl_table& operator=(const acl_table&) = delete;

    /// The id of an equal list (same entries in the same order), which is added if need be. The caller owns one use of it.
    [[nodiscard]] acl_id acquire(std::span<const acl_entry> list);
    /// Gives one use back. With the last one the list goes, except the open one, and another may get its id.
    void release(acl_id id) noexcept;

    /// The list of an id in use; valid until the table changes.
    [[nodiscard]] const acl& list(acl_id id) const noexcept { return slots_[index(id)].list; }
    /// Number of different lists, the open one included.
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size() - (free_.size() - stale_); }
    /// How many own a use of that list; not counted for the open one.
    [[nodiscard]] std::size_t uses(acl_id id) const noexcept { return slots_[index(id)].uses; }

private:
    struct slot {
        acl list;
        std::size_t uses = 0;
        std::size_t hash = 0;
    };
    struct wanted {
        std::span<const acl_entry> list;
        std::size_t hash = 0;
    };
    struct slot_hash {
        using is_transparent = void;
        using is_avalanching = void;
        const std::vector<slot>* slots = nullptr;
        [[nodiscard]] std::size_t operator()(acl_id id) const noexcept { return (*slots)[index(id)].hash; }
        [[nodiscard]] std::size_t operator()(const wanted& w) const noexcept { return w.hash; }
    };
    struct slot_equal {
        using is_transparent = void;
        const std::vector<slot>* slots = nullptr;
        [[nodiscard]] bool operator()(acl_id a, acl_id b) const noexcept { return a == b; }
        [[nodiscard]] bool operator()(const wanted& w, acl_id id) const noexcept;
        [[nodiscard]] bool operator()(acl_id id, const wanted& w) const noexcept { return (*this)(w, id); }
    };

    static std::size_t index(acl_id id) noexcept { return static_cast<std::size_t>(id); }
    [[nodiscard]] acl_id free_slot();
    void trim() noexcept;

    std::uint64_t seed_;
    std::vector<slot> slots_;
    std::vector<acl_id> free_; // unused ones
    std::size_t stale_ = 0;    // of these, those of slots that have been taken off the end
    boost::unordered_flat_set<acl_id, slot_hash, slot_equal> found_; // all but the open one
};

} // namespace zooid::server
