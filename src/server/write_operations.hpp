#pragma once

#include "server/data_tree.hpp"
#include "server/server_state.hpp"
#include "wire/requests.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// The changes a client can make, alone or as parts of a multi: checked in ZooKeeper's order, applied, announced. Each
// returns 0 or the error number of the first check that failed, and then has changed nothing.

namespace zooid::server {

/// Who changes something, and in which transaction.
struct change_author {
    server_state& state;
    const peer* from; ///< null: the server itself, which may do everything
    tree_change change;
};

/// What is to be created. The operation says what kind of node, the flags whether it is ephemeral or sequential; they say
/// so even where the two don't belong together.
struct creation {
    opcode op = opcode::create;
    std::string_view path;
    std::optional<std::string_view> data;
    const wire::list<wire::acl_item>* acl = nullptr;
    std::int32_t flags = 0;
    std::int64_t ttl = -1;
};

/// What has been created. The path is a view of the request's, or of `server_state::path` until the next creation.
struct created_place {
    std::string_view path;
    zooid::stat stat;
};

[[nodiscard]] std::int32_t create_node(const change_author& author, const creation& what, created_place& made);
[[nodiscard]] std::int32_t delete_node(const change_author& author, std::string_view path, std::int32_t version);
[[nodiscard]] std::int32_t set_node_data(const change_author& author, const wire::set_data_request& what,
                                         const znode*& changed);
[[nodiscard]] std::int32_t set_node_acl(const change_author& author, const wire::set_acl_request& what,
                                        const znode*& changed);
[[nodiscard]] std::int32_t check_version(const change_author& author, std::string_view path, std::int32_t version);

/// Whether a connection has one of the permissions on a node.
[[nodiscard]] bool may(const server_state& state, const peer& who, std::int32_t wanted, const znode& node) noexcept;

} // namespace zooid::server
