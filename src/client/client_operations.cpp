// The operations of zooid::client in their two forms: put in line, and waited for in the calling thread.

#include <zooid/client.hpp>

#include "client/blocking.hpp"
#include "client/creation.hpp"
#include "client/four_letter.hpp"
#include "client/operations.hpp"
#include "client/removal.hpp"

namespace zooid {

detail::call_site client::site(flush who) const noexcept {
    return {core_, chroot_, who};
}

detail::launched<std::string> client::start_create(std::string_view path, std::string_view data, const create_options& options, flush who) {
    return detail::start_creation<std::string>(site(who), path, data, options);
}

detail::launched<created_node> client::start_create_with_stat(std::string_view path, std::string_view data, const create_options& options, flush who) {
    return detail::start_creation<created_node>(site(who), path, data, options);
}

detail::launched<detail::nothing> client::start_ensure_path(std::string_view path, const ensure_options& options, flush who) {
    return detail::start_ensuring(site(who), path, options);
}

detail::launched<std::optional<zooid::stat>> client::start_exists(std::string_view path, const read_options& options, flush who) {
    return detail::launch_exists(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_get(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_children(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get_children(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<node_children> client::start_get_children_with_stat(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get_children2(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_set(std::string_view path, std::string_view data, const set_options& options, flush who) {
    return detail::launch_set(site(who), path, data, options.version, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_upsert(std::string_view path, std::string_view data, const ensure_options& options, flush who) {
    return detail::start_upsert(site(who), path, data, options);
}

detail::launched<detail::nothing> client::start_remove(std::string_view path, const remove_options& options, flush who) {
    return detail::start_removal(site(who), path, options);
}

detail::launched<node_acls> client::start_get_acls(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get_acls(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_set_acls(std::string_view path, acl_view acls, const set_acls_options& options, flush who) {
    return detail::launch_set_acls(site(who), path, acls, options.version, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_sync(std::string_view path, const read_options& options, flush who) {
    return detail::launch_sync(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_reconfig(const reconfig_options& options, flush who) {
    return detail::launch_reconfig(site(who), options);
}

detail::launched<node> client::start_get_config(const read_options& options, flush who) {
    return detail::launch_get_config(site(who), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<identity>> client::start_who_am_i(const read_options& options, flush who) {
    return detail::launch_who_am_i(site(who), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_ephemerals(std::string_view prefix, const read_options& options, flush who) {
    return detail::launch_get_ephemerals(site(who), prefix, core_->deadline_for(options.timeout));
}

detail::launched<std::int32_t> client::start_get_all_children_number(std::string_view path, const read_options& options, flush who) {
    return detail::launch_count(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_add_auth(std::string_view scheme, std::string_view credentials, const read_options& options, flush who) {
    return detail::start_authentication(site(who), scheme, credentials, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_get(std::string_view path, watch_callback watcher, const read_options& options, flush who) {
    return detail::launch_get(site(who), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<std::optional<zooid::stat>> client::start_exists(std::string_view path, watch_callback watcher, const read_options& options, flush who) {
    return detail::launch_exists(site(who), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_children(std::string_view path, watch_callback watcher, const read_options& options, flush who) {
    return detail::launch_get_children(site(who), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<watched_node> client::start_get_and_watch(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get_and_watch(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<watched_stat> client::start_exists_and_watch(std::string_view path, const read_options& options, flush who) {
    return detail::launch_exists_and_watch(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<watched_children> client::start_get_children_and_watch(std::string_view path, const read_options& options, flush who) {
    return detail::launch_get_children_and_watch(site(who), path, core_->deadline_for(options.timeout));
}

detail::launched<watch> client::start_add_watch(std::string_view path, watch_mode mode, const read_options& options, flush who) {
    return detail::launch_add_watch(site(who), path, mode, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_add_watch(std::string_view path, watch_mode mode, watch_callback watcher, const read_options& options, flush who) {
    return detail::launch_add_watch(site(who), path, mode, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_remove_watches(std::string_view path, watch_selection which, const read_options& options, flush who) {
    return detail::launch_remove_watches(site(who), path, which, core_->deadline_for(options.timeout));
}

detail::launched<std::string> client::start_command(std::string_view word, const command_options& options, flush who) {
    return detail::start_command(site(who), word, options);
}

detail::launched<std::string> client::start_server_version(const command_options& options, flush who) {
    return detail::start_server_version(site(who), options);
}

std::string client::create(std::string_view path, std::string_view data, const create_options& options) {
    detail::require_may_block(*core_, "create", path);
    return detail::await_here(start_create(path, data, options, flush::caller), "create", path);
}

created_node client::create_with_stat(std::string_view path, std::string_view data, const create_options& options) {
    detail::require_may_block(*core_, "create_with_stat", path);
    return detail::await_here(start_create_with_stat(path, data, options, flush::caller), "create_with_stat", path);
}

void client::ensure_path(std::string_view path, const ensure_options& options) {
    detail::require_may_block(*core_, "ensure_path", path);
    static_cast<void>(detail::await_here(start_ensure_path(path, options, flush::caller), "ensure_path", path));
}

std::optional<zooid::stat> client::exists(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "exists", path);
    return detail::await_here(start_exists(path, options, flush::caller), "exists", path);
}

node client::get(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get", path);
    return detail::await_here(start_get(path, options, flush::caller), "get", path);
}

std::vector<std::string> client::get_children(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children", path);
    return detail::await_here(start_get_children(path, options, flush::caller), "get_children", path);
}

node_children client::get_children_with_stat(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children_with_stat", path);
    return detail::await_here(start_get_children_with_stat(path, options, flush::caller), "get_children_with_stat", path);
}

zooid::stat client::set(std::string_view path, std::string_view data, const set_options& options) {
    detail::require_may_block(*core_, "set", path);
    return detail::await_here(start_set(path, data, options, flush::caller), "set", path);
}

zooid::stat client::upsert(std::string_view path, std::string_view data, const ensure_options& options) {
    detail::require_may_block(*core_, "upsert", path);
    return detail::await_here(start_upsert(path, data, options, flush::caller), "upsert", path);
}

void client::remove(std::string_view path, const remove_options& options) {
    detail::require_may_block(*core_, "remove", path);
    static_cast<void>(detail::await_here(start_remove(path, options, flush::caller), "remove", path));
}

node_acls client::get_acls(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_acls", path);
    return detail::await_here(start_get_acls(path, options, flush::caller), "get_acls", path);
}

zooid::stat client::set_acls(std::string_view path, acl_view acls, const set_acls_options& options) {
    detail::require_may_block(*core_, "set_acls", path);
    return detail::await_here(start_set_acls(path, acls, options, flush::caller), "set_acls", path);
}

void client::sync(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "sync", path);
    static_cast<void>(detail::await_here(start_sync(path, options, flush::caller), "sync", path));
}

node client::reconfig(const reconfig_options& options) {
    detail::require_may_block(*core_, "reconfig", {});
    return detail::await_here(start_reconfig(options, flush::caller), "reconfig", {});
}

node client::get_config(const read_options& options) {
    detail::require_may_block(*core_, "get_config", {});
    return detail::await_here(start_get_config(options, flush::caller), "get_config", {});
}

std::vector<identity> client::who_am_i(const read_options& options) {
    detail::require_may_block(*core_, "who_am_i", {});
    return detail::await_here(start_who_am_i(options, flush::caller), "who_am_i", {});
}

std::vector<std::string> client::get_ephemerals(std::string_view prefix, const read_options& options) {
    detail::require_may_block(*core_, "get_ephemerals", prefix);
    return detail::await_here(start_get_ephemerals(prefix, options, flush::caller), "get_ephemerals", prefix);
}

std::int32_t client::get_all_children_number(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_all_children_number", path);
    return detail::await_here(start_get_all_children_number(path, options, flush::caller), "get_all_children_number", path);
}

void client::add_auth(std::string_view scheme, std::string_view credentials, const read_options& options) {
    detail::require_may_block(*core_, "add_auth", {});
    static_cast<void>(detail::await_here(start_add_auth(scheme, credentials, options, flush::caller), "add_auth", {}));
}

node client::get(std::string_view path, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "get", path);
    return detail::await_here(start_get(path, std::move(watcher), options, flush::caller), "get", path);
}

std::optional<zooid::stat> client::exists(std::string_view path, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "exists", path);
    return detail::await_here(start_exists(path, std::move(watcher), options, flush::caller), "exists", path);
}

std::vector<std::string> client::get_children(std::string_view path, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "get_children", path);
    return detail::await_here(start_get_children(path, std::move(watcher), options, flush::caller), "get_children", path);
}

watched_node client::get_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_and_watch", path);
    return detail::await_here(start_get_and_watch(path, options, flush::caller), "get_and_watch", path);
}

watched_stat client::exists_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "exists_and_watch", path);
    return detail::await_here(start_exists_and_watch(path, options, flush::caller), "exists_and_watch", path);
}

watched_children client::get_children_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children_and_watch", path);
    return detail::await_here(start_get_children_and_watch(path, options, flush::caller), "get_children_and_watch", path);
}

watch client::add_watch(std::string_view path, watch_mode mode, const read_options& options) {
    detail::require_may_block(*core_, "add_watch", path);
    return detail::await_here(start_add_watch(path, mode, options, flush::caller), "add_watch", path);
}

void client::add_watch(std::string_view path, watch_mode mode, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "add_watch", path);
    static_cast<void>(detail::await_here(start_add_watch(path, mode, std::move(watcher), options, flush::caller), "add_watch", path));
}

void client::remove_watches(std::string_view path, watch_selection which, const read_options& options) {
    detail::require_may_block(*core_, "remove_watches", path);
    static_cast<void>(detail::await_here(start_remove_watches(path, which, options, flush::caller), "remove_watches", path));
}

std::string client::command(std::string_view word, const command_options& options) {
    detail::require_may_block(*core_, "command", word);
    return detail::await_here(start_command(word, options, flush::caller), "command", word);
}

std::string client::server_version(const command_options& options) {
    detail::require_may_block(*core_, "server_version", {});
    return detail::await_here(start_server_version(options, flush::caller), "server_version", {});
}

} // namespace zooid
