#pragma once

#include "server/acl_table.hpp"
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
/// was made, its name, its data. What becomes of it later is in a second block, made with the first change.
class znode {
public:
    znode(const znode&) = delete;
    znode& operator=(const znode&) = delete;

    /// The last component of its path; empty for the root.
    [[nodiscard]] std::string_view name() const noexcept { return {tail(), name_length_}; }
    /// Null for the root.
    [[nodiscard]] const znode* parent() const noexcept { return parent_; }
    [[nodiscard]] znode* parent() noexcept { return parent_; }

    /// The data, or nothing if it is null; valid until the data changes or the node is removed.
    [[nodiscard]] std::optional<std::string_view> data() const noexcept;
    /// Bytes of data; 0 for null.
    [[nodiscard]] std::int32_t data_length() const noexcept;

    /// The metadata as a client sees it.
    [[nodiscard]] zooid::stat stat() const noexcept;
    /// Number of data changes; what a conditional set_data or delete compares.
    [[nodiscard]] std::int32_t version() const noexcept { return history_ == nullptr ? 0 : history_->version; }
    /// Number of ACL changes; what a conditional set_acl compares.
    [[nodiscard]] std::int32_t aversion() const noexcept { return history_ == nullptr ? 0 : history_->aversion; }
    /// zxid of its creation.
    [[nodiscard]] std::int64_t czxid() const noexcept { return czxid_; }
    /// zxid of the last change of its data; what set_watches compares data watches with.
    [[nodiscard]] std::int64_t mzxid() const noexcept { return history_ == nullptr ? czxid_ : history_->mzxid; }
    /// zxid of the last creation or removal of a child; what set_watches compares child watches with.
    [[nodiscard]] std::int64_t pzxid() const noexcept {
        return history_ == nullptr ? czxid_ : history_->children.pzxid(czxid_);
    }
    /// When the data last changed.
    [[nodiscard]] server_time mtime() const noexcept { return history_ == nullptr ? ctime_ : history_->mtime; }

    /// The node's list in the tree's `acls()`.
    [[nodiscard]] acl_id acl() const noexcept { return acl_; }

    /// Its kind and, for an ephemeral or TTL node, session or time.
    [[nodiscard]] lifetime life() const noexcept;
    [[nodiscard]] node_kind kind() const noexcept { return static_cast<node_kind>(kind_); }
    /// True for a child of a session, which can have no children of its own.
    [[nodiscard]] bool is_ephemeral() const noexcept { return kind() == node_kind::ephemeral; }

    /// Number of direct children.
    [[nodiscard]] std::size_t child_count() const noexcept {
        return history_ == nullptr ? 0 : history_->children.size();
    }
    /// How many children have ever been created: the number of the next sequential one. Stops growing at 2147483647.
    [[nodiscard]] std::int32_t created_children() const noexcept {
        return history_ == nullptr ? 0 : history_->children.created();
    }
    /// Calls `visit(const znode&)` for every child, in no order. The tree must not change meanwhile.
    template <class Visitor>
    void for_each_child(Visitor&& visit) const {
        if (history_ != nullptr) {
            history_->children.for_each([&visit](const znode* child) { visit(*child); });
        }
    }

private:
    friend class data_tree;
    friend class ephemeral_index;

    // What has become of a node since it was made.
    struct history {
        child_set children;
        std::int64_t mzxid = 0;
        server_time mtime{};
        std::int32_t version = 0;
        std::int32_t aversion = 0;
        std::int32_t first_length = 0; // that of the data it was made with
        node_data data;                // too long for the node's block; else null
    };

    // A new node without parent, or an end to one.
    [[nodiscard]] static znode* make(std::string_view name, std::optional<std::string_view> data, lifetime life);
    static void destroy(znode& node) noexcept;

    znode() noexcept = default;
    ~znode() { delete history_; }

    // Makes the history, if there is none yet.
    history& changed();
    // Frees the history, if nothing is in it.
    void forget_nothing() noexcept;

    // The child of that name or null.
    [[nodiscard]] znode* child(std::string_view name) const noexcept {
        return history_ == nullptr ? nullptr : history_->children.find(name);
    }

    // Replaces the data, by what may be a view of it.
    void put_data(std::optional<std::string_view> data);
    // Replaces the data, and returns what it was.
    [[nodiscard]] node_data exchange_data(node_data&& data);
    [[nodiscard]] bool has_data_outside() const noexcept { return history_ != nullptr && history_->data.size() != 0; }
    // How much data its block can hold.
    [[nodiscard]] std::size_t capacity() const noexcept;

    // Name and data follow one another from name_ on.
    [[nodiscard]] const char* tail() const noexcept {
        return reinterpret_cast<const char*>(this) + offsetof(znode, name_);
    }
    [[nodiscard]] char* data_in_block() noexcept {
        return reinterpret_cast<char*>(this) + offsetof(znode, name_) + name_length_;
    }

    // For every kind but persistent.
    [[nodiscard]] node_link& link() noexcept { return *(reinterpret_cast<node_link*>(this) - 1); }
    [[nodiscard]] const node_link& link() const noexcept { return *(reinterpret_cast<const node_link*>(this) - 1); }
    [[nodiscard]] static znode& of(node_link& link) noexcept { return *reinterpret_cast<znode*>(&link + 1); }
    [[nodiscard]] static const znode& of(const node_link& link) noexcept {
        return *reinterpret_cast<const znode*>(&link + 1);
    }

    znode* parent_ = nullptr;
    history* history_ = nullptr;
    std::int64_t czxid_ = 0;
    server_time ctime_{};
    acl_id acl_ = open_acl_id;
    std::int32_t length_ = -1; // of the data in the block; -1 for null
    std::uint32_t name_length_ : 29 = 0;
    std::uint32_t kind_ : 3 = 0;
    char name_[4] = {}; // and on behind the node
};

} // namespace zooid::server
