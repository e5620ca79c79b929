#pragma once

#include "server/watch_table.hpp"

#include <zooid/types.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace zooid::server {

class znode;
struct server_state;

/// A change that watchers hear of once its transaction is committed. No list: everybody may hear of it.
struct pending_event {
    event_type type = event_type::created;
    std::string path;
    std::shared_ptr<const acl> of_node;
    std::shared_ptr<const acl> of_parent;
};

// Each of these tells watchers of a change at once, or puts it off while a transaction is open. Nodes must still be there.

/// A node has been created: the node's data watches, then the parent's child watches.
void announce_created(server_state& state, std::string_view path, const znode& node);
/// A node is about to be removed: its data watches, its child watches that haven't been told, the parent's child watches.
void announce_deleted(server_state& state, std::string_view path, const znode& node);
/// A node's data has changed.
void announce_data(server_state& state, std::string_view path, const znode& node);

/// Tells what was put off, in order.
void announce_pending(server_state& state);

/// Sends one event to one connection without asking whether it may read the node.
void notify(server_state& state, struct peer& to, event_type type, std::string_view path);

} // namespace zooid::server
