#include "server/error_number.hpp"
#include "server/events.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace zooid::server {
namespace {

/// Which watches a request is about (`WatcherType`); 3.9 has more, 3.8 knows these.
enum class watcher_type : std::int32_t { children = 1, data = 2, any = 3 };

bool concerns(watcher_type type, watch_kind kind) noexcept {
    return type == watcher_type::any || (type == watcher_type::data) == (kind == watch_kind::data);
}

/// Calls `visit(kind)` for the tables a request is about; says whether one of the calls did.
template <class Visitor>
bool any_table(watcher_type type, Visitor visit) {
    bool found = false;
    for (const watch_kind kind : {watch_kind::data, watch_kind::child}) {
        if (concerns(type, kind) && visit(kind)) {
            found = true;
        }
    }
    return found;
}

bool decode_type(const request& r, wire::remove_watches_request& asked) noexcept {
    return wire::decode(r.body, asked) && asked.type >= 1 && asked.type <= 3;
}

void watch_both(server_state& state, peer& who, std::string_view path, watch_mode mode) {
    state.watches.add(who, path, watch_kind::data, mode);
    state.watches.add(who, path, watch_kind::child, mode);
}

/// A client that comes back tells what it was watching, and since when. What it has missed it is told at once; watches for
/// the rest are set. Neither permissions nor existence matter.
class rearming {
public:
    rearming(server_state& state, peer& who, std::int64_t since) noexcept : state_(&state), who_(&who), since_(since) {}

    void data(const wire::list<wire::path_ref>& paths) const {
        for (const wire::path_ref& path : paths) {
            const znode* const node = find(path);
            if (node == nullptr) {
                tell(event_type::deleted, path);
            } else if (node->mzxid() > since_) {
                tell(event_type::data_changed, path);
            } else {
                watch(path, watch_kind::data);
            }
        }
    }

    void exist(const wire::list<wire::path_ref>& paths) const {
        for (const wire::path_ref& path : paths) {
            if (find(path) != nullptr) {
                tell(event_type::created, path);
            } else {
                watch(path, watch_kind::data);
            }
        }
    }

    void child(const wire::list<wire::path_ref>& paths) const {
        for (const wire::path_ref& path : paths) {
            const znode* const node = find(path);
            if (node == nullptr) {
                tell(event_type::deleted, path);
            } else if (node->pzxid() > since_) {
                tell(event_type::children_changed, path);
            } else {
                watch(path, watch_kind::child);
            }
        }
    }

    void lasting(const wire::list<wire::path_ref>& paths, watch_mode mode) const {
        for (const wire::path_ref& path : paths) {
            if (is_there()) {
                watch_both(*state_, *who_, path.path, mode);
            }
        }
    }

private:
    [[nodiscard]] const znode* find(const wire::path_ref& path) const noexcept {
        return std::as_const(state_->tree).find(path.path);
    }
    void tell(event_type type, const wire::path_ref& path) const { notify(*state_, *who_, type, path.path); }
    void watch(const wire::path_ref& path, watch_kind kind) const {
        if (is_there()) {
            state_->watches.add(*who_, path.path, kind, watch_mode::standard);
        }
    }
    /// Telling may have been too much for the connection.
    [[nodiscard]] bool is_there() const noexcept { return who_->end == ending::none; }

    server_state* state_;
    peer* who_;
    std::int64_t since_;
};

} // namespace

std::int32_t handle_add_watch(server_state& state, const request& r) {
    wire::add_watch_request asked;
    if (!wire::decode(r.body, asked) || asked.mode < 0 || asked.mode > 1) {
        return number_of(errc::marshalling_error);
    }
    watch_both(state, r.from, asked.path.path, asked.mode == 0 ? watch_mode::persistent : watch_mode::recursive);
    reply(state, r, wire::error_response{0});
    return 0;
}

std::int32_t handle_check_watches(server_state& state, const request& r) {
    wire::remove_watches_request asked;
    if (!decode_type(r, asked)) {
        return number_of(errc::marshalling_error);
    }
    const std::string_view path = asked.path.path;
    if (!path.empty() && path.find('/') == std::string_view::npos) { // looking for its parents, 3.8 stumbles
        return number_of(errc::marshalling_error);
    }
    // Before 3.9 it makes no difference whose watch it is; on the root's second name there seem to be none.
    const bool found = !path.empty() && any_table(static_cast<watcher_type>(asked.type),
                                                  [&](watch_kind kind) { return state.watches.contains(path, kind); });
    if (!found) {
        return number_of(errc::no_watcher);
    }
    reply(state, r);
    return 0;
}

std::int32_t handle_remove_watches(server_state& state, const request& r) {
    wire::remove_watches_request asked;
    if (!decode_type(r, asked)) {
        return number_of(errc::marshalling_error);
    }
    const bool found = any_table(static_cast<watcher_type>(asked.type),
                                 [&](watch_kind kind) { return state.watches.remove(r.from, asked.path.path, kind); });
    if (!found) {
        return number_of(errc::no_watcher);
    }
    reply(state, r);
    return 0;
}

std::int32_t handle_set_watches(server_state& state, const request& r) {
    wire::set_watches_request asked;
    if (!wire::decode(r.body, asked) || asked.data.is_null() || asked.exist.is_null() || asked.child.is_null()) {
        return number_of(errc::marshalling_error);
    }
    const rearming again{state, r.from, asked.relative_zxid};
    again.data(asked.data);
    again.exist(asked.exist);
    again.child(asked.child);
    reply(state, r);
    return 0;
}

std::int32_t handle_set_watches2(server_state& state, const request& r) {
    wire::set_watches2_request asked;
    if (!wire::decode(r.body, asked) || asked.data.is_null() || asked.exist.is_null() || asked.child.is_null() ||
        asked.persistent.is_null() || asked.persistent_recursive.is_null()) {
        return number_of(errc::marshalling_error);
    }
    const rearming again{state, r.from, asked.relative_zxid};
    again.data(asked.data);
    again.exist(asked.exist);
    again.child(asked.child);
    again.lasting(asked.persistent, watch_mode::persistent);
    again.lasting(asked.persistent_recursive, watch_mode::recursive);
    reply(state, r);
    return 0;
}

} // namespace zooid::server
