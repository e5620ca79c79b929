#pragma once

#include "server/acl_table.hpp"
#include "server/block_store.hpp"
#include "server/child_set.hpp"
#include "server/node_data.hpp"
#include "server/node_link.hpp"

#include <zooid/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace zooid::server {

/// What decides how long a node lives.
enum class node_kind : std::uint8_t {
    persistent, ///< until it is deleted
    ephemeral,  ///< as long as its session
    container,  ///< until it has lost its last child
    ttl,        ///< until it has neither changed nor had children for some time
};

/// A node's kind with what belongs to it.
struct lifetime {
    node_kind kind = node_kind::persistent;
    std::int64_t value = 0; ///< session id of an ephemeral, milliseconds of a TTL node, else 0

    [[nodiscard]] static constexpr lifetime of_session(std::int64_t session) noexcept {
        return {node_kind::ephemeral, session};
    }
    [[nodiscard]] static constexpr lifetime container() noexcept { return {node_kind::container, 0}; }
    [[nodiscard]] static constexpr lifetime of_ttl(std::chrono::milliseconds ttl) noexcept {
        return {node_kind::ttl, ttl.count()};
    }

    friend bool operator==(const lifetime&, const lifetime&) = default;
};

/// One node of a `data_tree`, which alone makes, changes and frees nodes. A node stays at its address for life.
///
/// There may be millions, most of which neither change nor have children, so a node is one block of memory: the node as it
/// was made, its name, its data. What becomes of it later, or has no room there, is in a second block: its history.
class znode {
public:
    znode(const znode&) = delete;
    znode& operator=(const znode&) = delete;

    /// The last component of its path; empty for the root.
    [[nodiscard]] std::string_view name() const noexcept { return {tail(), name_length()}; }
    /// Null for the root.
    [[nodiscard]] const znode* parent() const noexcept { return has_history_ ? history_->parent : parent_; }
    [[nodiscard]] znode* parent() noexcept { return has_history_ ? history_->parent : parent_; }

    /// The data, or nothing if it is null; valid until the data changes or the node is removed.
    [[nodiscard]] std::optional<std::string_view> data() const noexcept;
    /// Bytes of data; 0 for null.
    [[nodiscard]] std::int32_t data_length() const noexcept;

    /// The metadata as a client sees it.
    [[nodiscard]] zooid::stat stat() const noexcept;
    /// Number of data changes; what a conditional set_data or delete compares.
    [[nodiscard]] std::int32_t version() const noexcept { return has_history_ ? history_->version : 0; }
    /// Number of ACL changes; what a conditional set_acl compares.
    [[nodiscard]] std::int32_t aversion() const noexcept { return has_history_ ? history_->aversion : 0; }
    /// zxid of its creation.
    [[nodiscard]] std::int64_t czxid() const noexcept { return czxid_; }
    /// zxid of the last change of its data; what set_watches compares data watches with.
    [[nodiscard]] std::int64_t mzxid() const noexcept { return has_history_ ? history_->mzxid : czxid_; }
    /// zxid of the last creation or removal of a child; what set_watches compares child watches with.
    [[nodiscard]] std::int64_t pzxid() const noexcept {
        return has_history_ ? history_->children.pzxid(czxid_) : czxid_;
    }
    /// When it was created. Times before 1970 or after 2248 are kept as those.
    [[nodiscard]] server_time ctime() const noexcept {
        return server_time{server_time::duration{static_cast<std::int64_t>(ctime_)}};
    }
    /// When the data last changed.
    [[nodiscard]] server_time mtime() const noexcept { return has_history_ ? history_->mtime : ctime(); }

    /// The node's list in the tree's `acls()`.
    [[nodiscard]] acl_id acl() const noexcept { return acl_ == elsewhere ? history_->acl : acl_id{acl_}; }

    /// Its kind and, for an ephemeral or TTL node, session or time.
    [[nodiscard]] lifetime life() const noexcept;
    [[nodiscard]] node_kind kind() const noexcept { return static_cast<node_kind>(kind_); }
    /// True for a child of a session, which can have no children of its own.
    [[nodiscard]] bool is_ephemeral() const noexcept { return kind() == node_kind::ephemeral; }

    /// Number of direct children.
    [[nodiscard]] std::size_t child_count() const noexcept { return has_history_ ? history_->children.size() : 0; }
    /// Number of nodes below it, however deep.
    [[nodiscard]] std::size_t descendants() const noexcept { return has_history_ ? history_->descendants : 0; }
    /// How many children have ever been created: the number of the next sequential one. Stops growing at 2147483647.
    [[nodiscard]] std::int32_t created_children() const noexcept {
        return has_history_ ? history_->children.created() : 0;
    }
    /// Calls `visit(const znode&)` for every child, in no order. The tree must not change meanwhile.
    template <class Visitor>
    void for_each_child(Visitor&& visit) const {
        if (has_history_) {
            history_->children.for_each([&visit](const znode* child) { visit(*child); });
        }
    }

private:
    friend class data_tree;
    friend class ephemeral_index;

    // What has become of a node since it was made, and what its block has no room for.
    struct history {
        znode* parent = nullptr;
        child_set children;
        std::size_t descendants = 0;
        std::int64_t mzxid = 0;
        server_time mtime{};
        std::int32_t version = 0;
        std::int32_t aversion = 0;
        acl_id acl{};                   // if its number is too large for the node's block
        std::uint32_t name_length = 0;  // if too large for the node's block
        std::uint32_t first_length = 0; // of the data it was made with, as far as they are in the node's block
        node_data data;                 // too long for the node's block; else null
    };

    // A new node without parent, or an end to one.
    [[nodiscard]] static znode* make(block_store& memory, std::string_view name, std::optional<std::string_view> data,
                                     lifetime life);
    static void destroy(block_store& memory, znode& node) noexcept;

    znode() noexcept : parent_(nullptr) {}
    ~znode() {
        if (has_history_) {
            delete history_;
        }
    }

    void set_parent(znode* parent) noexcept { (has_history_ ? history_->parent : parent_) = parent; }
    // When it was created; the data have not changed since.
    void set_birth(std::int64_t zxid, server_time time) noexcept;
    // Returns the one it had.
    acl_id exchange_acl(acl_id list);

    // Makes the history, if there is none yet.
    history& changed();
    // Frees the history, if nothing is in it.
    void forget_nothing() noexcept;

    // The child of that name or null.
    [[nodiscard]] znode* child(std::string_view name) const noexcept {
        return has_history_ ? history_->children.find(name) : nullptr;
    }

    // Replaces the data, by what may be a view of it.
    void put_data(std::optional<std::string_view> data);
    // Replaces the data, and returns what it was.
    [[nodiscard]] node_data exchange_data(node_data&& data);
    [[nodiscard]] std::uint32_t length_in_block() const noexcept { return length_ == no_data ? 0 : length_; }
    [[nodiscard]] bool has_data_outside() const noexcept { return has_history_ && history_->data.size() != 0; }
    [[nodiscard]] std::size_t name_length() const noexcept {
        return name_length_ == long_name ? history_->name_length : name_length_;
    }
    // Bytes of its block before the data, and what it was asked for with in all.
    [[nodiscard]] std::size_t fixed_size() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept;
    // How much data its block can hold.
    [[nodiscard]] std::size_t capacity() const noexcept;

    // Name and data follow one another from name_ on.
    [[nodiscard]] const char* tail() const noexcept {
        return reinterpret_cast<const char*>(this) + offsetof(znode, name_);
    }
    [[nodiscard]] char* data_in_block() noexcept {
        return reinterpret_cast<char*>(this) + offsetof(znode, name_) + name_length();
    }

    // For every kind but persistent.
    [[nodiscard]] node_link& link() noexcept { return *(reinterpret_cast<node_link*>(this) - 1); }
    [[nodiscard]] const node_link& link() const noexcept { return *(reinterpret_cast<const node_link*>(this) - 1); }
    [[nodiscard]] static znode& of(node_link& link) noexcept { return *reinterpret_cast<znode*>(&link + 1); }
    [[nodiscard]] static const znode& of(const node_link& link) noexcept {
        return *reinterpret_cast<const znode*>(&link + 1);
    }

    // The largest numbers of some bit-fields mean something else.
    static constexpr std::uint64_t latest_ctime = (std::uint64_t{1} << 43) - 1;
    static constexpr std::uint64_t long_name = (std::uint64_t{1} << 18) - 1; // in the history
    static constexpr std::uint32_t no_data = (std::uint32_t{1} << 20) - 1;   // null
    static constexpr std::uint32_t elsewhere = (std::uint32_t{1} << 12) - 1; // in the history

    union {
        znode* parent_;
        history* history_; // if it has one, which then knows the parent
    };
    std::int64_t czxid_ = 0;
    std::uint64_t ctime_ : 43 = 0; // milliseconds since 1970
    std::uint64_t kind_ : 2 = 0;
    std::uint64_t has_history_ : 1 = 0;
    std::uint64_t name_length_ : 18 = 0;
    std::uint32_t length_ : 20 = no_data; // of the data in the block
    std::uint32_t acl_ : 12 = static_cast<std::uint32_t>(open_acl_id);
    char name_[4] = {}; // and on behind the node
};

} // namespace zooid::server
