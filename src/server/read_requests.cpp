#include "server/access.hpp"
#include "server/children_body.hpp"
#include "server/error_number.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"
#include "server/write_operations.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <zooid/types.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

// Reads do not judge paths: what names no node is not found, with the exception of exists and NUL.

namespace zooid::server {
namespace {

/// A request's path and watch flag, and the node if it may be read.
struct reading {
    wire::path_watch_request asked;
    const znode* node = nullptr;
};

std::int32_t find_readable(const server_state& state, const request& r, reading& found) {
    if (!wire::decode(r.body, found.asked)) {
        return number_of(errc::marshalling_error);
    }
    found.node = state.tree.find(found.asked.path.path);
    if (found.node == nullptr) {
        return number_of(errc::no_node);
    }
    return may(state, r.from, perms::read, *found.node) ? 0 : number_of(errc::no_auth);
}

void watch(server_state& state, const request& r, const wire::path_watch_request& asked, watch_kind kind) {
    if (asked.watch) {
        state.watches.add(r.from, asked.path.path, kind, watch_mode::standard);
    }
}

/// Whether nothing is left of a prefix, or the root, once blanks (in Java, every control character) are cut off its
/// ends.
bool means_everything(std::string_view prefix) noexcept {
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    const auto first = std::ranges::find_if_not(prefix, is_blank);
    const auto rest = prefix.substr(static_cast<std::size_t>(first - prefix.begin()));
    return rest.empty() || (rest.front() == '/' && std::ranges::all_of(rest.substr(1), is_blank));
}

} // namespace

std::int32_t handle_exists(server_state& state, const request& r) {
    wire::path_watch_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const std::string_view path = asked.path.path;
    if (path.find('\0') != std::string_view::npos) {
        return number_of(errc::bad_arguments);
    }
    const znode* const node = std::as_const(state.tree).find(path);
    watch(state, r, asked, watch_kind::data); // even for a node that is not there, or may not be read
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    reply(state, r, wire::stat_response{node->stat()});
    return 0;
}

std::int32_t handle_get(server_state& state, const request& r) {
    reading found;
    if (const std::int32_t err = find_readable(state, r, found)) {
        return err;
    }
    watch(state, r, found.asked, watch_kind::data);
    reply(state, r, wire::get_data_response{found.node->data(), found.node->stat()});
    return 0;
}

std::int32_t handle_get_children(server_state& state, const request& r) {
    reading found;
    if (const std::int32_t err = find_readable(state, r, found)) {
        return err;
    }
    watch(state, r, found.asked, watch_kind::child);
    reply(state, r, children_body{found.node});
    return 0;
}

std::int32_t handle_get_children2(server_state& state, const request& r) {
    reading found;
    if (const std::int32_t err = find_readable(state, r, found)) {
        return err;
    }
    watch(state, r, found.asked, watch_kind::child);
    reply(state, r, children_and_stat_body{{found.node}, found.node->stat()});
    return 0;
}

std::int32_t handle_get_acls(server_state& state, const request& r) {
    wire::path_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const znode* const node = std::as_const(state.tree).find(asked.path.path);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    const acl& list = state.tree.acl_of(*node);
    if (may(state, r.from, perms::admin, *node)) {
        reply(state, r, wire::get_acl_response{list, node->stat()});
        return 0;
    }
    if (!may(state, r.from, perms::read, *node)) {
        return number_of(errc::no_auth);
    }
    acl masked = list;
    for (acl_entry& entry : masked) {
        entry.id = masked_id(entry);
    }
    reply(state, r, wire::get_acl_response{masked, node->stat()});
    return 0;
}

std::int32_t handle_sync(server_state& state, const request& r) {
    wire::path_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    reply(state, r, wire::path_response{asked.path.path});
    return 0;
}

std::int32_t handle_get_ephemerals(server_state& state, const request& r) {
    wire::get_ephemerals_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    std::vector<std::string> paths = state.tree.ephemerals_of(r.from.session->id);
    if (asked.prefix && !means_everything(*asked.prefix)) {
        std::erase_if(paths, [&](const std::string& path) { return !path.starts_with(*asked.prefix); });
    }
    reply(state, r, wire::ephemerals_response{paths});
    return 0;
}

std::int32_t handle_get_all_children_number(server_state& state, const request& r) {
    wire::path_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const znode* const node = std::as_const(state.tree).find(asked.path.path);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    if (!may(state, r.from, perms::read, *node)) {
        return number_of(errc::no_auth);
    }
    // Under its second name the root counts as one of its own descendants.
    const std::size_t count = node->descendants() + (asked.path.path.empty() ? 1 : 0);
    reply(state, r, wire::count_response{static_cast<std::int32_t>(count)});
    return 0;
}

std::int32_t handle_who_am_i(server_state& state, const request& r) {
    std::vector<wire::identity_item> shown;
    for (const identity& one : r.from.who.identities()) {
        shown.emplace_back(one.scheme, user_of(one));
    }
    reply(state, r, wire::who_am_i_response{shown});
    return 0;
}

} // namespace zooid::server
