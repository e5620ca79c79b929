#pragma once

#include "server/node_link.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zooid::server {

class znode;

/// Which ephemerals a session owns, oldest first. Not thread-safe.
class ephemeral_index {
public:
    /// Adds a node to those of its session, before another one of them or, with null, at the end.
    void insert(znode& node, znode* before);
    /// Takes a node out; returns the one behind it or null.
    znode* erase(znode& node) noexcept;

    /// The oldest node of a session or null.
    [[nodiscard]] znode* first(std::int64_t session) noexcept;
    /// Calls `visit(const node_link&)` for those of a session, oldest first.
    template <class Visitor>
    void for_each(std::int64_t session, Visitor&& visit) const {
        if (const auto at = sessions_.find(session); at != sessions_.end()) {
            for (const node_link& link : at->second) {
                visit(link);
            }
        }
    }

    /// Number of nodes.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Number of nodes of a session; looks at each.
    [[nodiscard]] std::size_t count(std::int64_t session) const noexcept;
    /// Number of sessions that own some.
    [[nodiscard]] std::size_t session_count() const noexcept { return sessions_.size(); }
    /// The sessions that own some, in no order.
    [[nodiscard]] std::vector<std::int64_t> sessions() const;

private:
    boost::unordered_flat_map<std::int64_t, node_links> sessions_; // none of them empty
    std::size_t size_ = 0;
};

} // namespace zooid::server
