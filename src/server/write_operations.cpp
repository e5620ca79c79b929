#include "server/write_operations.hpp"

#include "server/access.hpp"
#include "server/error_number.hpp"
#include "server/events.hpp"

#include <zooid/path.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::int64_t max_ttl = 0xffffffffff; // ZooKeeper keeps it in 40 bits

bool allowed(const change_author& author, std::int32_t wanted, const znode& node) noexcept {
    return author.from == nullptr || may(author.state, *author.from, wanted, node);
}

bool version_matches(std::int32_t wanted, std::int32_t actual) noexcept { return wanted == -1 || wanted == actual; }

/// The part of a path's rules that holds even for what no node can be called.
bool is_hopeless(std::string_view path) noexcept {
    return path.find('/') == std::string_view::npos || path.find('\0') != std::string_view::npos;
}

std::int32_t check_quota(const change_author& author, const quota_verdict& verdict) {
    if (verdict.answer == quota_answer::within) {
        return 0;
    }
    if (verdict.answer == quota_answer::hard && author.state.config.enforce_quota) {
        return number_of(errc::quota_exceeded);
    }
    if (author.state.warnings.is_due(verdict.prefix, author.state.present.now)) {
        author.state.log(log_level::warning, "quota exceeded at " + std::string{verdict.prefix});
    }
    return 0;
}

/// ZooKeeper judges flags and TTL before anything else. 3.8.0 lets a negative TTL of a mode that has none pass and then
/// exits; this refuses it.
std::int32_t check_mode(const change_author& author, const creation& what) {
    const auto mode = static_cast<create_mode>(what.flags);
    if (what.flags < 0 || what.flags > static_cast<std::int32_t>(create_mode::persistent_sequential_ttl)) {
        return number_of(errc::bad_arguments);
    }
    if (has_ttl(mode) && !author.state.config.ttl_nodes) {
        return number_of(errc::unimplemented);
    }
    const bool in_range = has_ttl(mode) ? what.ttl > 0 && what.ttl <= max_ttl : what.op != opcode::create_ttl;
    return in_range ? 0 : number_of(errc::bad_arguments);
}

lifetime lifetime_of(const change_author& author, const creation& what) noexcept {
    if (what.op == opcode::create_container) {
        return lifetime::container();
    }
    if (what.op == opcode::create_ttl) {
        return lifetime::of_ttl(std::chrono::milliseconds{what.ttl});
    }
    if (is_ephemeral(static_cast<create_mode>(what.flags)) && author.from != nullptr) {
        return lifetime::of_session(author.from->session->id);
    }
    return {};
}

/// True for the list nearly every client sends, which need not be taken apart.
bool is_open(const wire::list<wire::acl_item>& list) noexcept {
    return list.size() == 1 && *list.begin() == wire::acl_item{perms::all, "world", "anyone"};
}

/// A list as its node will have it: one that everybody shares, or its own.
class resolved_acl {
public:
    /// 0, or the error number of a list that may not be set.
    std::int32_t resolve(const change_author& author, const wire::list<wire::acl_item>& asked) {
        if (is_open(asked)) {
            return 0;
        }
        static const credentials nobody;
        list_ = &own_;
        return resolve_acl(asked, author.from == nullptr ? nobody : author.from->who, own_);
    }
    [[nodiscard]] const acl& list() const noexcept { return *list_; }

private:
    acl own_;
    const acl* list_ = &open_acl();
};

} // namespace

bool may(const server_state& state, const peer& who, std::int32_t wanted, const znode& node) noexcept {
    return node.acl() == open_acl_id || permits(state.tree.acl_of(node), wanted, who.who);
}

std::int32_t create_node(const change_author& author, const creation& what, created_place& made) {
    server_state& state = author.state;
    if (const std::int32_t err = check_mode(author, what)) {
        return err;
    }
    if (is_hopeless(what.path)) {
        return number_of(errc::bad_arguments);
    }
    resolved_acl access;
    if (const std::int32_t err = access.resolve(author, *what.acl)) {
        return err;
    }
    tree_place place = state.tree.place_of(what.path);
    if (place.parent == nullptr) {
        return number_of(errc::no_node);
    }
    znode& parent = *place.parent;
    if (!allowed(author, perms::create, parent)) {
        return number_of(errc::no_auth);
    }
    std::string_view path = what.path;
    if (is_sequential(static_cast<create_mode>(what.flags))) {
        state.path.assign(path);
        data_tree::append_sequence(parent, state.path);
        path = state.path;
        place.name = base_name(path);
    }
    if (validate_path(path)) {
        return number_of(errc::bad_arguments);
    }
    if (state.tree.find_child(parent, place.name) != nullptr) {
        return number_of(errc::node_exists);
    }
    if (parent.is_ephemeral()) {
        return number_of(errc::no_children_for_ephemerals);
    }
    const std::size_t length = what.data ? what.data->size() : 0;
    if (const std::int32_t err = check_quota(author, state.tree.check_create(path, length))) {
        return err;
    }
    const znode& node =
        state.tree.create(parent, place.name, what.data, access.list(), lifetime_of(author, what), author.change);
    announce_created(state, path, node);
    made = {path, node.stat()};
    made.stat.data_length = static_cast<std::int32_t>(length); // a quota's statistics are counted again afterwards
    return 0;
}

std::int32_t delete_node(const change_author& author, std::string_view path, std::int32_t version) {
    server_state& state = author.state;
    if (is_hopeless(path) || data_tree::is_system_path(path)) {
        return number_of(errc::bad_arguments);
    }
    const tree_place place = state.tree.place_of(path);
    if (place.parent == nullptr) {
        return number_of(errc::no_node);
    }
    if (!allowed(author, perms::remove, *place.parent)) {
        return number_of(errc::no_auth);
    }
    znode* const node = state.tree.find_child(*place.parent, place.name);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    if (!version_matches(version, node->version())) {
        return number_of(errc::bad_version);
    }
    if (node->child_count() != 0) {
        return number_of(errc::not_empty);
    }
    announce_deleted(state, path, *node);
    state.tree.remove(*node, author.change.zxid);
    return 0;
}

std::int32_t set_node_data(const change_author& author, const wire::set_data_request& what, const znode*& changed) {
    server_state& state = author.state;
    const std::string_view path = what.path.path;
    if (validate_path(path)) {
        return number_of(errc::bad_arguments);
    }
    znode* const node = state.tree.find(path);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    if (!allowed(author, perms::write, *node)) {
        return number_of(errc::no_auth);
    }
    const std::size_t length = what.data ? what.data->size() : 0;
    const auto before = static_cast<std::size_t>(node->data_length());
    if (const std::int32_t err = check_quota(author, state.tree.check_set_data(path, before, length))) {
        return err;
    }
    if (!version_matches(what.version, node->version())) {
        return number_of(errc::bad_version);
    }
    state.tree.set_data(*node, what.data, author.change);
    announce_data(state, path, *node);
    changed = node;
    return 0;
}

std::int32_t set_node_acl(const change_author& author, const wire::set_acl_request& what, const znode*& changed) {
    server_state& state = author.state;
    const std::string_view path = what.path.path;
    if (validate_path(path)) {
        return number_of(errc::bad_arguments);
    }
    resolved_acl access;
    if (const std::int32_t err = access.resolve(author, what.acl)) {
        return err;
    }
    znode* const node = state.tree.find(path);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    if (!allowed(author, perms::admin, *node)) {
        return number_of(errc::no_auth);
    }
    if (!version_matches(what.version, node->aversion())) {
        return number_of(errc::bad_version);
    }
    state.tree.set_acl(*node, access.list());
    changed = node;
    return 0;
}

std::int32_t check_version(const change_author& author, std::string_view path, std::int32_t version) {
    if (validate_path(path)) {
        return number_of(errc::bad_arguments);
    }
    const znode* const node = std::as_const(author.state.tree).find(path);
    if (node == nullptr) {
        return number_of(errc::no_node);
    }
    if (!allowed(author, perms::read, *node)) {
        return number_of(errc::no_auth);
    }
    return version_matches(version, node->version()) ? 0 : number_of(errc::bad_version);
}

} // namespace zooid::server
