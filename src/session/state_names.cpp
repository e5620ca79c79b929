#include <zooid/watch_event.hpp>

namespace zooid {

std::string_view to_string(session_state s) noexcept {
    switch (s) {
    case session_state::connected:
        return "connected";
    case session_state::suspended:
        return "suspended";
    case session_state::lost:
        return "lost";
    }
    return "unknown";
}

std::string_view to_string(keeper_state s) noexcept {
    switch (s) {
    case keeper_state::closed:
        return "closed";
    case keeper_state::connecting:
        return "connecting";
    case keeper_state::authenticating:
        return "authenticating";
    case keeper_state::connected:
        return "connected";
    case keeper_state::connected_read_only:
        return "connected_read_only";
    case keeper_state::expired:
        return "expired";
    case keeper_state::auth_failed:
        return "auth_failed";
    }
    return "unknown";
}

std::string_view to_string(event_type t) noexcept {
    switch (t) {
    case event_type::session:
        return "session";
    case event_type::created:
        return "created";
    case event_type::deleted:
        return "deleted";
    case event_type::data_changed:
        return "data_changed";
    case event_type::children_changed:
        return "children_changed";
    case event_type::data_watch_removed:
        return "data_watch_removed";
    case event_type::child_watch_removed:
        return "child_watch_removed";
    case event_type::persistent_watch_removed:
        return "persistent_watch_removed";
    }
    return "unknown";
}

std::string_view to_string(watch_kind k) noexcept {
    switch (k) {
    case watch_kind::data:
        return "data";
    case watch_kind::exist:
        return "exist";
    case watch_kind::child:
        return "child";
    case watch_kind::persistent:
        return "persistent";
    case watch_kind::recursive:
        return "recursive";
    }
    return "unknown";
}

} // namespace zooid
