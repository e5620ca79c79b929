#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid {

/// The three states of a session, as kazoo names them.
enum class session_state : std::uint8_t {
    connected, ///< requests are answered
    suspended, ///< cut off: whether the session lives is unknown, and so is every held thing
    lost,      ///< the session is over: its ephemerals and watches are gone
};

/// The detailed state behind `session_state`.
enum class keeper_state : std::uint8_t {
    closed,              ///< not started, or closed
    connecting,          ///< looking for a server
    authenticating,      ///< connected, credentials not yet confirmed
    connected,           ///< to a server that takes writes
    connected_read_only, ///< to a server that answers reads only
    expired,             ///< the server has refused the session
    auth_failed,         ///< credentials were refused; the client does not try again
};

/// What a watch reports; the values are ZooKeeper's (`Watcher.Event.EventType`).
enum class event_type : std::int32_t {
    session = -1,     ///< the session ended, and the watch with it; nothing follows
    created = 1,      ///< the node was created
    deleted = 2,      ///< the node was deleted
    data_changed = 3, ///< the node's data changed
    children_changed = 4,
    data_watch_removed = 5,       ///< removed by `remove_watches`; nothing follows
    child_watch_removed = 6,      ///< removed by `remove_watches`; nothing follows
    persistent_watch_removed = 7, ///< removed by `remove_watches`; nothing follows
};

/// The kinds of watch.
enum class watch_kind : std::uint8_t {
    data,       ///< one-shot, left by `get`, or by `exists` on a node that exists
    exist,      ///< one-shot, left by `exists` on a missing node
    child,      ///< one-shot, left by `get_children`
    persistent, ///< data and children of one node, until removed (servers since 3.6)
    recursive,  ///< a node and all its descendants, without `children_changed`, until removed (servers since 3.6)
};

/// The enumerator's name, e.g. `"connected"`.
[[nodiscard]] std::string_view to_string(session_state s) noexcept;
[[nodiscard]] std::string_view to_string(keeper_state s) noexcept;
[[nodiscard]] std::string_view to_string(event_type t) noexcept;
[[nodiscard]] std::string_view to_string(watch_kind k) noexcept;

/// One event of a watch.
struct watch_event {
    event_type type = event_type::session;
    keeper_state state = keeper_state::connected; ///< the session's state when the event arrived
    std::string path;                             ///< of the node concerned, as the watching client sees it
    std::int64_t zxid = -1;                       ///< of the change; -1 from servers before 3.9
};

} // namespace zooid
