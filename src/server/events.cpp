#include "server/events.hpp"

#include "server/server_state.hpp"
#include "wire/frame.hpp"

#include <zooid/path.hpp>

#include <span>

namespace zooid::server {
namespace {

/// Null: everybody may hear of it.
const acl* readers_of(const server_state& state, const znode& node) noexcept {
    return !state.config.filter_events || node.acl() == open_acl_id ? nullptr : &state.tree.acl_of(node);
}

/// The same for later: one copy for all events of the transaction, during which no list's number changes its meaning.
std::shared_ptr<const acl> copy_of_readers(server_state& state, const znode* node) {
    const acl* const list = node == nullptr ? nullptr : readers_of(state, *node);
    if (list == nullptr) {
        return nullptr;
    }
    std::shared_ptr<const acl>& copy = state.pending_readers[node->acl()];
    if (copy == nullptr) {
        copy = std::make_shared<const acl>(*list);
    }
    return copy;
}

void encode_event(wire::buffer& out, event_type type, std::string_view path) {
    out.clear();
    wire::put_notification(out, -1, {static_cast<std::int32_t>(type), 3, path});
}

void deliver(server_state& state, peer& to, std::string_view frame) {
    if (to.end != ending::none) {
        return;
    }
    if (to.output.size() >= state.config.max_notifications) {
        state.log(log_level::warning, "closing a connection from " + to.address + ", which does not read its events");
        state.close(to, ending::at_once);
        return;
    }
    to.output.append(frame);
    state.count_sent(to);
    state.mark_ready(to);
}

void tell(server_state& state, std::span<watcher* const> watchers, event_type type, std::string_view path,
          const acl* readers) {
    if (watchers.empty()) {
        return;
    }
    encode_event(state.scratch, type, path);
    for (watcher* const one : watchers) {
        peer& to = static_cast<peer&>(*one);
        if (readers == nullptr || permits(*readers, perms::read, to.who)) {
            deliver(state, to, state.scratch.view());
        }
    }
}

void tell_of_change(server_state& state, event_type type, std::string_view path, const acl* node, const acl* parent) {
    if (state.watches.size() == 0) {
        return;
    }
    tell(state, state.watches.trigger(path, watch_kind::data, type), type, path, node);
    if (type == event_type::deleted) {
        tell(state, state.watches.trigger(path, watch_kind::child, type, true), type, path, node);
    }
    if (type == event_type::created || type == event_type::deleted) {
        constexpr event_type children = event_type::children_changed;
        const std::string_view above = parent_path(path);
        tell(state, state.watches.trigger(above, watch_kind::child, children), children, above, parent);
    }
}

void announce(server_state& state, event_type type, std::string_view path, const znode& node) {
    if (state.watches.size() == 0) {
        return;
    }
    if (state.tree.in_transaction()) {
        state.pending_events.push_back(
            {type, std::string{path}, copy_of_readers(state, &node), copy_of_readers(state, node.parent())});
        return;
    }
    const acl* const of_node = readers_of(state, node);
    const acl* const of_parent = node.parent() == nullptr ? nullptr : readers_of(state, *node.parent());
    tell_of_change(state, type, path, of_node, of_parent);
}

} // namespace

void announce_created(server_state& state, std::string_view path, const znode& node) {
    announce(state, event_type::created, path, node);
}

void announce_deleted(server_state& state, std::string_view path, const znode& node) {
    announce(state, event_type::deleted, path, node);
}

void announce_data(server_state& state, std::string_view path, const znode& node) {
    announce(state, event_type::data_changed, path, node);
}

void announce_pending(server_state& state) {
    for (const pending_event& event : state.pending_events) {
        tell_of_change(state, event.type, event.path, event.of_node.get(), event.of_parent.get());
    }
    state.forget_pending();
}

void notify(server_state& state, peer& to, event_type type, std::string_view path) {
    encode_event(state.scratch, type, path);
    deliver(state, to, state.scratch.view());
}

} // namespace zooid::server
