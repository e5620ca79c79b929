#pragma once

#include "server/acl_table.hpp"
#include "server/node_data.hpp"

#include <zooid/types.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace zooid::server {

class znode;

/// What a `data_tree` has to put back when a transaction fails. Costs nothing between transactions.
class tree_journal {
public:
    enum class step : std::uint8_t { created, removed, changed_data, changed_acl };

    /// One step, with what was there before it.
    struct entry {
        step what = step::created;
        znode* node = nullptr;
        znode* next = nullptr;     ///< removed: the one behind it in its index
        std::int64_t zxid = 0;     ///< created, removed: the parent's pzxid; changed_data: mzxid
        server_time time{};        ///< changed_data: mtime
        std::int32_t number = 0;   ///< created, removed: the parent's counter; changed_data, changed_acl: the version
        acl_id list = open_acl_id; ///< changed_acl
        node_data data{};          ///< changed_data
    };

    [[nodiscard]] bool active() const noexcept { return active_; }
    void begin() noexcept { active_ = true; }
    /// Makes room; after it one `record` does not throw.
    void reserve_one() {
        if (active_ && entries_.size() == entries_.capacity()) {
            entries_.reserve(2 * entries_.size() + 8);
        }
    }
    void record(entry&& what) { entries_.push_back(std::move(what)); }
    /// Ends the transaction; the entries, oldest first.
    [[nodiscard]] std::vector<entry> end() noexcept {
        active_ = false;
        return std::exchange(entries_, {});
    }

private:
    bool active_ = false;
    std::vector<entry> entries_;
};

} // namespace zooid::server
