// The operations of zooid::client in their two forms: put in line, and waited for in the calling thread.

#include "client/blocking.hpp"
#include "client/creation.hpp"
#include "client/four_letter.hpp"
#include "client/operations.hpp"
#include "client/removal.hpp"

#include <zooid/client.hpp>

namespace zooid {

detail::call_site client::site(launch how) const noexcept { return {core_, chroot_, how.who, how.prepared}; }

detail::launched<std::string> client::start_create(std::string_view path, std::string_view data,
                                                   const create_options& options, launch how) {
    return detail::start_creation<std::string>(site(how), path, data, options);
}

detail::launched<created_node> client::start_create_with_stat(std::string_view path, std::string_view data,
                                                              const create_options& options, launch how) {
    return detail::start_creation<created_node>(site(how), path, data, options);
}

detail::launched<detail::nothing> client::start_ensure_path(std::string_view path, const ensure_options& options,
                                                            launch how) {
    return detail::start_ensuring(site(how), path, options);
}

detail::launched<std::optional<zooid::stat>> client::start_exists(std::string_view path, const read_options& options,
                                                                  launch how) {
    return detail::launch_exists(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_get(std::string_view path, const read_options& options, launch how) {
    return detail::launch_get(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_children(std::string_view path,
                                                                      const read_options& options, launch how) {
    return detail::launch_get_children(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<node_children> client::start_get_children_with_stat(std::string_view path, const read_options& options,
                                                                     launch how) {
    return detail::launch_get_children2(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_set(std::string_view path, std::string_view data,
                                                const set_options& options, launch how) {
    return detail::launch_set(site(how), path, data, options.version, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_upsert(std::string_view path, std::string_view data,
                                                   const ensure_options& options, launch how) {
    return detail::start_upsert(site(how), path, data, options);
}

detail::launched<detail::nothing> client::start_remove(std::string_view path, const remove_options& options,
                                                       launch how) {
    return detail::start_removal(site(how), path, options);
}

detail::launched<node_acls> client::start_get_acls(std::string_view path, const read_options& options, launch how) {
    return detail::launch_get_acls(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<zooid::stat> client::start_set_acls(std::string_view path, acl_view acls,
                                                     const set_acls_options& options, launch how) {
    return detail::launch_set_acls(site(how), path, acls, options.version, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_sync(std::string_view path, const read_options& options, launch how) {
    return detail::launch_sync(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_reconfig(const reconfig_options& options, launch how) {
    return detail::launch_reconfig(site(how), options);
}

detail::launched<node> client::start_get_config(const read_options& options, launch how) {
    return detail::launch_get_config(site(how), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<identity>> client::start_who_am_i(const read_options& options, launch how) {
    return detail::launch_who_am_i(site(how), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_ephemerals(std::string_view prefix,
                                                                        const read_options& options, launch how) {
    return detail::launch_get_ephemerals(site(how), prefix, core_->deadline_for(options.timeout));
}

detail::launched<std::int32_t> client::start_get_all_children_number(std::string_view path, const read_options& options,
                                                                     launch how) {
    return detail::launch_count(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_add_auth(std::string_view scheme, std::string_view credentials,
                                                         const read_options& options, launch how) {
    return detail::start_authentication(site(how), scheme, credentials, core_->deadline_for(options.timeout));
}

detail::launched<node> client::start_get(std::string_view path, watch_callback watcher, const read_options& options,
                                         launch how) {
    return detail::launch_get(site(how), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<std::optional<zooid::stat>> client::start_exists(std::string_view path, watch_callback watcher,
                                                                  const read_options& options, launch how) {
    return detail::launch_exists(site(how), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<std::vector<std::string>> client::start_get_children(std::string_view path, watch_callback watcher,
                                                                      const read_options& options, launch how) {
    return detail::launch_get_children(site(how), path, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<watched_node> client::start_get_and_watch(std::string_view path, const read_options& options,
                                                           launch how) {
    return detail::launch_get_and_watch(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<watched_stat> client::start_exists_and_watch(std::string_view path, const read_options& options,
                                                              launch how) {
    return detail::launch_exists_and_watch(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<watched_children> client::start_get_children_and_watch(std::string_view path,
                                                                        const read_options& options, launch how) {
    return detail::launch_get_children_and_watch(site(how), path, core_->deadline_for(options.timeout));
}

detail::launched<watch> client::start_add_watch(std::string_view path, watch_mode mode, const read_options& options,
                                                launch how) {
    return detail::launch_add_watch(site(how), path, mode, core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_add_watch(std::string_view path, watch_mode mode,
                                                          watch_callback watcher, const read_options& options,
                                                          launch how) {
    return detail::launch_add_watch(site(how), path, mode, std::move(watcher), core_->deadline_for(options.timeout));
}

detail::launched<detail::nothing> client::start_remove_watches(std::string_view path, watch_selection which,
                                                               const read_options& options, launch how) {
    return detail::launch_remove_watches(site(how), path, which, core_->deadline_for(options.timeout));
}

detail::launched<std::string> client::start_command(std::string_view word, const command_options& options, launch how) {
    return detail::start_command(site(how), word, options);
}

detail::launched<std::string> client::start_server_version(const command_options& options, launch how) {
    return detail::start_server_version(site(how), options);
}

std::string client::create(std::string_view path, std::string_view data, const create_options& options) {
    detail::require_may_block(*core_, "create", path);
    return detail::await_here(start_create(path, data, options, detail::by_caller), "create", path);
}

created_node client::create_with_stat(std::string_view path, std::string_view data, const create_options& options) {
    detail::require_may_block(*core_, "create_with_stat", path);
    return detail::await_here(start_create_with_stat(path, data, options, detail::by_caller), "create_with_stat", path);
}

void client::ensure_path(std::string_view path, const ensure_options& options) {
    detail::require_may_block(*core_, "ensure_path", path);
    static_cast<void>(detail::await_here(start_ensure_path(path, options, detail::by_caller), "ensure_path", path));
}

std::optional<zooid::stat> client::exists(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "exists", path);
    return detail::await_here(start_exists(path, options, detail::by_caller), "exists", path);
}

node client::get(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get", path);
    return detail::await_here(start_get(path, options, detail::by_caller), "get", path);
}

std::vector<std::string> client::get_children(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children", path);
    return detail::await_here(start_get_children(path, options, detail::by_caller), "get_children", path);
}

node_children client::get_children_with_stat(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children_with_stat", path);
    return detail::await_here(start_get_children_with_stat(path, options, detail::by_caller), "get_children_with_stat",
                              path);
}

zooid::stat client::set(std::string_view path, std::string_view data, const set_options& options) {
    detail::require_may_block(*core_, "set", path);
    return detail::await_here(start_set(path, data, options, detail::by_caller), "set", path);
}

zooid::stat client::upsert(std::string_view path, std::string_view data, const ensure_options& options) {
    detail::require_may_block(*core_, "upsert", path);
    return detail::await_here(start_upsert(path, data, options, detail::by_caller), "upsert", path);
}

void client::remove(std::string_view path, const remove_options& options) {
    detail::require_may_block(*core_, "remove", path);
    static_cast<void>(detail::await_here(start_remove(path, options, detail::by_caller), "remove", path));
}

node_acls client::get_acls(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_acls", path);
    return detail::await_here(start_get_acls(path, options, detail::by_caller), "get_acls", path);
}

zooid::stat client::set_acls(std::string_view path, acl_view acls, const set_acls_options& options) {
    detail::require_may_block(*core_, "set_acls", path);
    return detail::await_here(start_set_acls(path, acls, options, detail::by_caller), "set_acls", path);
}

void client::sync(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "sync", path);
    static_cast<void>(detail::await_here(start_sync(path, options, detail::by_caller), "sync", path));
}

node client::reconfig(const reconfig_options& options) {
    detail::require_may_block(*core_, "reconfig", {});
    return detail::await_here(start_reconfig(options, detail::by_caller), "reconfig", {});
}

node client::get_config(const read_options& options) {
    detail::require_may_block(*core_, "get_config", {});
    return detail::await_here(start_get_config(options, detail::by_caller), "get_config", {});
}

std::vector<identity> client::who_am_i(const read_options& options) {
    detail::require_may_block(*core_, "who_am_i", {});
    return detail::await_here(start_who_am_i(options, detail::by_caller), "who_am_i", {});
}

std::vector<std::string> client::get_ephemerals(std::string_view prefix, const read_options& options) {
    detail::require_may_block(*core_, "get_ephemerals", prefix);
    return detail::await_here(start_get_ephemerals(prefix, options, detail::by_caller), "get_ephemerals", prefix);
}

std::int32_t client::get_all_children_number(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_all_children_number", path);
    return detail::await_here(start_get_all_children_number(path, options, detail::by_caller),
                              "get_all_children_number", path);
}

void client::add_auth(std::string_view scheme, std::string_view credentials, const read_options& options) {
    detail::require_may_block(*core_, "add_auth", {});
    static_cast<void>(
        detail::await_here(start_add_auth(scheme, credentials, options, detail::by_caller), "add_auth", {}));
}

node client::get(std::string_view path, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "get", path);
    return detail::await_here(start_get(path, std::move(watcher), options, detail::by_caller), "get", path);
}

std::optional<zooid::stat> client::exists(std::string_view path, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "exists", path);
    return detail::await_here(start_exists(path, std::move(watcher), options, detail::by_caller), "exists", path);
}

std::vector<std::string> client::get_children(std::string_view path, watch_callback watcher,
                                              const read_options& options) {
    detail::require_may_block(*core_, "get_children", path);
    return detail::await_here(start_get_children(path, std::move(watcher), options, detail::by_caller), "get_children",
                              path);
}

watched_node client::get_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_and_watch", path);
    return detail::await_here(start_get_and_watch(path, options, detail::by_caller), "get_and_watch", path);
}

watched_stat client::exists_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "exists_and_watch", path);
    return detail::await_here(start_exists_and_watch(path, options, detail::by_caller), "exists_and_watch", path);
}

watched_children client::get_children_and_watch(std::string_view path, const read_options& options) {
    detail::require_may_block(*core_, "get_children_and_watch", path);
    return detail::await_here(start_get_children_and_watch(path, options, detail::by_caller), "get_children_and_watch",
                              path);
}

watch client::add_watch(std::string_view path, watch_mode mode, const read_options& options) {
    detail::require_may_block(*core_, "add_watch", path);
    return detail::await_here(start_add_watch(path, mode, options, detail::by_caller), "add_watch", path);
}

void client::add_watch(std::string_view path, watch_mode mode, watch_callback watcher, const read_options& options) {
    detail::require_may_block(*core_, "add_watch", path);
    static_cast<void>(detail::await_here(start_add_watch(path, mode, std::move(watcher), options, detail::by_caller),
                                         "add_watch", path));
}

void client::remove_watches(std::string_view path, watch_selection which, const read_options& options) {
    detail::require_may_block(*core_, "remove_watches", path);
    static_cast<void>(
        detail::await_here(start_remove_watches(path, which, options, detail::by_caller), "remove_watches", path));
}

std::string client::command(std::string_view word, const command_options& options) {
    detail::require_may_block(*core_, "command", word);
    return detail::await_here(start_command(word, options, detail::by_caller), "command", word);
}

std::string client::server_version(const command_options& options) {
    detail::require_may_block(*core_, "server_version", {});
    return detail::await_here(start_server_version(options, detail::by_caller), "server_version", {});
}

} // namespace zooid
