#pragma once

#include "server/acl_table.hpp"
#include "server/block_store.hpp"
#include "server/ephemeral_index.hpp"
#include "server/node.hpp"
#include "server/node_link.hpp"
#include "server/quota.hpp"
#include "server/tree_journal.hpp"

#include <zooid/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

/// The transaction that makes a change.
struct tree_change {
    std::int64_t zxid = 0;
    server_time time{};
};

/// What stands at the end of a path's parent: where a child is, or would be.
struct tree_place {
    znode* parent = nullptr; ///< null: there is no such parent
    std::string_view name;   ///< a view into the path
};

/// The nodes of a server, in memory. Pure: no clock, no I/O. Not thread-safe.
///
/// The tree keeps what no order of requests may break: the nodes' metadata, the counters for sequential names, the indexes of
/// ephemerals, containers and TTL nodes, quota statistics, the count of nodes and bytes, undoing. It asks no questions: whether
/// a request is allowed (paths, permissions, versions, existence, kinds, quotas) is its caller's to check before a change,
/// with the questions offered here. What a change must not be called with is said there and asserted only.
///
/// Paths are absolute, as the wire has them. Those of reads need not be valid: what does not name a node is not found.
class data_tree {
public:
    /// The four nodes every server has. `seed` goes into the hashes of names; a server that cannot trust its clients takes
    /// a random one.
    explicit data_tree(std::uint64_t seed = 0);
    ~data_tree();
    data_tree(const data_tree&) = delete;
    data_tree& operator=(const data_tree&) = delete;

    // --- Looking

    [[nodiscard]] const znode& root() const noexcept { return *root_; }
    /// The node of that path or null. The empty path is an alias of "/"; "//", "/a/", "a" are never found.
    [[nodiscard]] const znode* find(std::string_view path) const noexcept;
    [[nodiscard]] znode* find(std::string_view path) noexcept;
    /// The node before the last slash and the name behind it; no parent when there is no slash. For "/": the root and "";
    /// for "//b", as in ZooKeeper, the root, and the name "/b", which no child has.
    [[nodiscard]] tree_place place_of(std::string_view path) noexcept;
    /// The child of that name or null. The root is its own child of the name "", so that `place_of("/")` finds it.
    [[nodiscard]] znode* find_child(znode& parent, std::string_view name) noexcept;
    [[nodiscard]] const znode* find_child(const znode& parent, std::string_view name) const noexcept;

    /// The node's path.
    [[nodiscard]] std::string path_of(const znode& node) const;
    /// Appends the node's path.
    void append_path(const znode& node, std::string& out) const;

    /// The list of a node.
    [[nodiscard]] const acl& acl_of(const znode& node) const noexcept { return acls_.list(node.acl()); }
    [[nodiscard]] const acl_table& acls() const noexcept { return acls_; }

    /// True for "/", "/zookeeper", "/zookeeper/quota" and "/zookeeper/config", which cannot be deleted.
    [[nodiscard]] static bool is_system_path(std::string_view path) noexcept;

    /// Number of nodes as `srvr` counts them: the alias "" of the root is one more. 5 in a new tree.
    [[nodiscard]] std::size_t node_count() const noexcept { return totals_.nodes + 1; }
    /// Bytes of paths and data (`zk_approximate_data_size`).
    [[nodiscard]] std::uint64_t data_size() const noexcept { return totals_.bytes; }
    /// Bytes of memory that nodes are made in, beside what malloc has.
    [[nodiscard]] std::size_t slab_size() const noexcept { return blocks_.size(); }

    // --- Changing. None of these fires watches or counts zxids.

    /// Appends the number (ten digits) that a sequential child created now gets.
    static void append_sequence(const znode& parent, std::string& path);

    /// Makes a child. Its parent's pzxid becomes the change's and its counter grows, except that a counter of 2147483647
    /// stays, and pzxid with it. Requires: a valid name that is not there yet; `parent` no ephemeral.
    znode& create(znode& parent, std::string_view name, std::optional<std::string_view> data,
                  std::span<const acl_entry> acls, lifetime life, tree_change at);
    /// Takes a node out. Its parent's pzxid becomes `zxid` if that is larger. Requires: no children, no system node. During
    /// a transaction the node's memory stays until it is committed, otherwise it is gone.
    void remove(znode& node, std::int64_t zxid);
    /// Replaces the data (which may be a view of the node's own): version + 1 (which wraps), new mzxid and mtime.
    void set_data(znode& node, std::optional<std::string_view> data, tree_change at);
    /// Replaces the ACL: aversion + 1 (which wraps).
    void set_acl(znode& node, std::span<const acl_entry> acls);
    /// For tests, which cannot create billions of children: lets a node go on with another counter; a smaller number
    /// than its own is ignored. Requires: no transaction, which could not undo it.
    void resume_counter(znode& node, std::int32_t created_children);

    // --- All or nothing

    /// From here on changes can be undone. Transactions do not nest.
    void begin();
    /// Keeps the changes since `begin`.
    void commit() noexcept;
    /// Undoes all changes since `begin`: the tree is as it was, counters, statistics and indexes included.
    void rollback() noexcept;
    [[nodiscard]] bool in_transaction() const noexcept { return journal_.active(); }

    // --- Ephemerals

    /// Number of ephemeral nodes.
    [[nodiscard]] std::size_t ephemeral_count() const noexcept { return ephemerals_.size(); }
    /// Number of those of a session.
    [[nodiscard]] std::size_t ephemeral_count(std::int64_t session) const noexcept {
        return ephemerals_.count(session);
    }
    /// Number of sessions that own one.
    [[nodiscard]] std::size_t ephemeral_session_count() const noexcept { return ephemerals_.session_count(); }
    /// The oldest ephemeral of a session or null: `while (znode* n = first_ephemeral(s)) { ...; remove(*n, zxid); }`.
    [[nodiscard]] znode* first_ephemeral(std::int64_t session) noexcept { return ephemerals_.first(session); }
    /// Paths of a session's ephemerals, oldest first.
    [[nodiscard]] std::vector<std::string> ephemerals_of(std::int64_t session) const;
    /// The sessions that own ephemerals, in no order.
    [[nodiscard]] std::vector<std::int64_t> ephemeral_sessions() const { return ephemerals_.sessions(); }

    // --- Reaping

    /// Paths of at most `limit` nodes that should be removed by now: containers that are empty but once had a child, TTL
    /// nodes without children whose data is older than their time. Looks at containers and TTL nodes only. The caller removes
    /// them as transactions of their own, and checks `is_reapable` before each.
    [[nodiscard]] std::vector<std::string> reapable(server_time now, std::size_t limit) const;
    /// True for a container or TTL node that should be removed by now.
    [[nodiscard]] static bool is_reapable(const znode& node, server_time now) noexcept;

    // --- Quotas. A quota applies from the creation of its limits node to the removal of it; the deepest one above a path
    // counts, alone. Statistics are kept without touching version or zxid of the stats node; a stats node that is missing or
    // holds something else is left alone.

    /// What the creation of a node at `path` with that much data would do to its quota.
    [[nodiscard]] quota_verdict check_create(std::string_view path, std::size_t data_length) const noexcept;
    /// What changing the length of a node's data would do to its quota.
    [[nodiscard]] quota_verdict check_set_data(std::string_view path, std::size_t before,
                                               std::size_t after) const noexcept;
    /// Number of quotas in force.
    [[nodiscard]] std::size_t quota_count() const noexcept { return totals_.quotas; }

private:
    struct totals {
        std::size_t nodes = 0;
        std::uint64_t bytes = 0; // of paths and data
        std::size_t quotas = 0;
    };
    struct quota_place {
        const znode* at = nullptr; // below /zookeeper/quota; null: no quota applies
        std::size_t length = 0;    // of the part of the path that it is on
    };

    [[nodiscard]] znode* walk(std::string_view path) const noexcept;
    [[nodiscard]] std::size_t path_length(const znode& node) const noexcept;
    template <class Visitor>
    static void for_each_from(const znode& top, Visitor&& visit);
    void make_system_nodes();
    [[nodiscard]] znode& put_below(znode& parent, std::string_view name, std::optional<std::string_view> data,
                                   std::span<const acl_entry> acls, lifetime life, tree_change at);
    void enter_index(znode& node, znode* before);
    znode* leave_index(znode& node) noexcept;
    void count_node(znode& node, bool added) noexcept;
    static std::size_t count_below(znode& node, bool added) noexcept;
    void replace_data(znode& node, std::optional<std::string_view> data);
    void discard(znode& node) noexcept;
    void undo(tree_journal::entry& done) noexcept;
    static void restore_counter(znode& parent, const tree_journal::entry& done) noexcept;

    [[nodiscard]] bool is_below_quota_root(const znode& node) const noexcept;
    [[nodiscard]] bool is_limits_node(const znode& node) const noexcept;
    [[nodiscard]] quota_place quota_of(std::string_view path) const noexcept;
    [[nodiscard]] static std::optional<quota_numbers> quota_text(const znode& place, std::string_view name) noexcept;
    [[nodiscard]] quota_verdict check_quota(std::string_view path, std::int64_t nodes,
                                            std::int64_t bytes) const noexcept;
    void count_quota(std::string_view path, std::int64_t nodes, std::int64_t bytes);
    void count_quota_of_new(znode& node);
    void count_quota_of_old(const znode& node);
    void recount_quota(znode& stats);

    std::uint64_t seed_;
    block_store blocks_;
    acl_table acls_;
    ephemeral_index ephemerals_;
    node_links mortals_; // containers and TTL nodes
    tree_journal journal_;
    totals totals_;
    totals totals_before_; // the transaction
    znode* root_ = nullptr;
    znode* quota_root_ = nullptr;
};

// Visits a node and all below it, without recursion.
template <class Visitor>
void data_tree::for_each_from(const znode& top, Visitor&& visit) {
    std::vector<const znode*> pending{&top};
    while (!pending.empty()) {
        const znode* const node = pending.back();
        pending.pop_back();
        visit(*node);
        node->for_each_child([&pending](const znode& child) { pending.push_back(&child); });
    }
}

} // namespace zooid::server
