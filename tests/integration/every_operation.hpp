#pragma once

#include <zooid/client.hpp>

#include <chrono>
#include <cstddef>

namespace zooid::test {

/// Starts every asynchronous operation of a client, in every overload, with tokens from `token()`; what an operation
/// returns goes to `keep`. Returns how many there were. The nodes need not exist.
template <class MakeToken, class Keep>
std::size_t start_every_operation(client& zk, MakeToken token, Keep keep) {
    using namespace std::chrono_literals;
    std::size_t count = 0;
    const auto watcher = [](const watch_event&) {};
    const auto each = [&](auto&& start) {
        ++count;
        keep(start);
    };
#define ZOOID_START(...) each([&] { return __VA_ARGS__; })
    ZOOID_START(zk.async_create("/n", "", token()));
    ZOOID_START(zk.async_create("/n", "", {.mode = create_mode::ephemeral}, token()));
    ZOOID_START(zk.async_create_with_stat("/n", "", token()));
    ZOOID_START(zk.async_create_with_stat("/n", "", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_ensure_path("/n/m", token()));
    ZOOID_START(zk.async_ensure_path("/n/m", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_exists("/n", token()));
    ZOOID_START(zk.async_exists("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get("/n", token()));
    ZOOID_START(zk.async_get("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_children("/n", token()));
    ZOOID_START(zk.async_get_children("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_children_with_stat("/n", token()));
    ZOOID_START(zk.async_get_children_with_stat("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_set("/n", "", token()));
    ZOOID_START(zk.async_set("/n", "", {.version = 3}, token()));
    ZOOID_START(zk.async_upsert("/n", "", token()));
    ZOOID_START(zk.async_upsert("/n", "", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_remove("/none", token()));
    ZOOID_START(zk.async_remove("/none", {.quiet = true}, token()));
    ZOOID_START(zk.async_get_acls("/n", token()));
    ZOOID_START(zk.async_get_acls("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_set_acls("/n", open_acl(), token()));
    ZOOID_START(zk.async_set_acls("/n", open_acl(), {.version = 3}, token()));
    ZOOID_START(zk.async_sync("/n", token()));
    ZOOID_START(zk.async_sync("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_reconfig(token()));
    ZOOID_START(zk.async_reconfig(reconfig_options{}, token()));
    ZOOID_START(zk.async_get_config(token()));
    ZOOID_START(zk.async_get_config({.timeout = 1min}, token()));
    ZOOID_START(zk.async_who_am_i(token()));
    ZOOID_START(zk.async_who_am_i({.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_ephemerals("/", token()));
    ZOOID_START(zk.async_get_ephemerals("/", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_all_children_number("/", token()));
    ZOOID_START(zk.async_get_all_children_number("/", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_add_auth("digest", "u:p", token()));
    ZOOID_START(zk.async_add_auth("digest", "u:p", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get("/n", watcher, token()));
    ZOOID_START(zk.async_get("/n", watcher, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_exists("/n", watcher, token()));
    ZOOID_START(zk.async_exists("/n", watcher, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_children("/n", watcher, token()));
    ZOOID_START(zk.async_get_children("/n", watcher, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_and_watch("/n", token()));
    ZOOID_START(zk.async_get_and_watch("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_exists_and_watch("/n", token()));
    ZOOID_START(zk.async_exists_and_watch("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_get_children_and_watch("/n", token()));
    ZOOID_START(zk.async_get_children_and_watch("/n", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_add_watch("/n", watch_mode::recursive, token()));
    ZOOID_START(zk.async_add_watch("/n", watch_mode::recursive, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_add_watch("/n", watch_mode::persistent, watcher, token()));
    ZOOID_START(zk.async_add_watch("/n", watch_mode::persistent, watcher, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_remove_watches("/n", watch_selection::any, token()));
    ZOOID_START(zk.async_remove_watches("/n", watch_selection::any, {.timeout = 1min}, token()));
    ZOOID_START(zk.async_command("srvr", token()));
    ZOOID_START(zk.async_command("srvr", {.timeout = 1min}, token()));
    ZOOID_START(zk.async_server_version(token()));
    ZOOID_START(zk.async_server_version({.timeout = 1min}, token()));
    ZOOID_START(zk.transaction().check("/n").async_commit(token()));
    ZOOID_START(zk.transaction().check("/n").async_commit({.timeout = 1min}, token()));
    ZOOID_START(zk.multi_read().get("/n").async_commit(token()));
    ZOOID_START(zk.multi_read().get("/n").async_commit({.timeout = 1min}, token()));
    ZOOID_START(zk.async_start(token()));
    ZOOID_START(zk.async_start({.timeout = 1min}, token()));
#undef ZOOID_START
    return count;
}

} // namespace zooid::test
