#pragma once

#include <zooid/client.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

// Every operation of a client in every overload that has an asynchronous and a blocking form: X(object, operation,
// arguments...). In an order in which most find what they need when each is made after the other has ended.

/// Those that every server knows.
#define ZOOID_OPERATIONS_OF_EVERY_SERVER(X)                                    \
    X(zk, start)                                                               \
    X(zk, start, {.timeout = 1min})                                            \
    X(zk, create, "/n", "one")                                                 \
    X(zk, create, "/n", "", {.mode = create_mode::ephemeral})                  \
    X(zk, create, "/s-", "", {.mode = create_mode::ephemeral_sequential})      \
    X(zk, ensure_path, "/n/m")                                                 \
    X(zk, ensure_path, "/n/m/deep", {.timeout = 1min})                         \
    X(zk, exists, "/n")                                                        \
    X(zk, exists, "/none", {.timeout = 1min})                                  \
    X(zk, get, "/n")                                                           \
    X(zk, get, "/none", {.timeout = 1min})                                     \
    X(zk, set, "/n", "two")                                                    \
    X(zk, set, "/n", "three", {.version = 1})                                  \
    X(zk, set, "/n", "four", {.version = 1})                                   \
    X(zk, upsert, "/n", "five")                                                \
    X(zk, upsert, "/u/v", "six", {.timeout = 1min})                            \
    X(zk, get_children, "/n")                                                  \
    X(zk, get_children, "/", {.timeout = 1min})                                \
    X(zk, get_children_with_stat, "/n")                                        \
    X(zk, get_children_with_stat, "/n", {.timeout = 1min})                     \
    X(zk, get_acls, "/n")                                                      \
    X(zk, get_acls, "/none", {.timeout = 1min})                                \
    X(zk, set_acls, "/n", open_acl())                                          \
    X(zk, set_acls, "/n", open_acl(), {.version = 3})                          \
    X(zk, sync, "/n")                                                          \
    X(zk, sync, "/", {.timeout = 1min})                                        \
    X(zk, add_auth, "digest", "user:secret")                                   \
    X(zk, add_auth, "digest", "other:secret", {.timeout = 1min})               \
    X(zk, get, "/n", watcher)                                                  \
    X(zk, get, "/none", watcher, {.timeout = 1min})                            \
    X(zk, exists, "/n", watcher)                                               \
    X(zk, exists, "/none", watcher, {.timeout = 1min})                         \
    X(zk, get_children, "/n", watcher)                                         \
    X(zk, get_children, "/none", watcher, {.timeout = 1min})                   \
    X(zk.transaction().check("/n").set("/n", "seven"), commit)                 \
    X(zk.transaction().create("/t").check("/none"), commit, {.timeout = 1min}) \
    X(zk, command, "ruok")                                                     \
    X(zk, command, "not a word", {.timeout = 1min})                            \
    X(zk, server_version)                                                      \
    X(zk, server_version, {.timeout = 1min})                                   \
    X(zk, remove, "/n")                                                        \
    X(zk, remove, "/none", {.quiet = true})                                    \
    X(zk, remove, "/u", {.recursive = true})                                   \
    X(watch(), next)                                                           \
    X(watch(), next, 1ms)                                                      \
    X(zk, restart)                                                             \
    X(zk, restart, close_options{}, {.timeout = 1min})

/// Those of servers since 3.7; a subscription's end needs them too.
#define ZOOID_OPERATIONS_OF_NEWER_SERVERS(X)                                     \
    X(zk, create_with_stat, "/w", "one")                                         \
    X(zk, create_with_stat, "/e", "", {.mode = create_mode::ephemeral})          \
    X(zk, get_and_watch, "/w")                                                   \
    X(zk, get_and_watch, "/none", {.timeout = 1min})                             \
    X(zk, exists_and_watch, "/w")                                                \
    X(zk, exists_and_watch, "/none", {.timeout = 1min})                          \
    X(zk, get_children_and_watch, "/w")                                          \
    X(zk, get_children_and_watch, "/none", {.timeout = 1min})                    \
    X(zk, add_watch, "/w", watch_mode::recursive)                                \
    X(zk, add_watch, "/w", watch_mode::persistent, {.timeout = 1min})            \
    X(zk, add_watch, "/w", watch_mode::persistent, watcher)                      \
    X(zk, add_watch, "/w", watch_mode::recursive, watcher, {.timeout = 1min})    \
    X(zk, remove_watches, "/w", watch_selection::any)                            \
    X(zk, remove_watches, "/none", watch_selection::children, {.timeout = 1min}) \
    X(zk, get_config)                                                            \
    X(zk, get_config, {.timeout = 1min})                                         \
    X(zk, reconfig)                                                              \
    X(zk, reconfig, reconfig_options{.leaving = "7"})                            \
    X(zk, who_am_i)                                                              \
    X(zk, who_am_i, {.timeout = 1min})                                           \
    X(zk, get_ephemerals, "/")                                                   \
    X(zk, get_ephemerals, "/e", {.timeout = 1min})                               \
    X(zk, get_all_children_number, "/")                                          \
    X(zk, get_all_children_number, "/none", {.timeout = 1min})                   \
    X(zk.multi_read().get("/w").get_children("/none"), commit)                   \
    X(zk.multi_read().get("/w"), commit, {.timeout = 1min})

/// What comes last.
#define ZOOID_ENDING_OPERATIONS(X) \
    X(zk, stop, close_options{})   \
    X(zk, stop)                    \
    X(zk, close, close_options{})  \
    X(zk, close)                   \
    X(zk, restart)

namespace zooid::test {

/// Which operations: what the server knows.
enum class server_age : bool { any, since_3_7 };

/// Gives `keep` a name and a function for each operation in turn; called with a completion token, that function starts it.
template <class Keep>
void start_every_operation(client& zk, server_age age, Keep keep) {
    using namespace std::chrono_literals;
    const auto watcher = [](const watch_event&) {};
#define ZOOID_START(object, operation, ...)                                                                 \
    keep(#object "." #operation "(" #__VA_ARGS__ ")", [&](auto&& token) {                                   \
        return (object).async_##operation(__VA_ARGS__ __VA_OPT__(, ) std::forward<decltype(token)>(token)); \
    });
    ZOOID_OPERATIONS_OF_EVERY_SERVER(ZOOID_START)
    if (age == server_age::since_3_7) {
        ZOOID_OPERATIONS_OF_NEWER_SERVERS(ZOOID_START)
    }
    ZOOID_ENDING_OPERATIONS(ZOOID_START)
#undef ZOOID_START
}

/// Makes every call in its blocking form, one after the other, and returns a line for each: what was called, and how that
/// ended.
[[nodiscard]] std::vector<std::string> blocking_outcomes(client& zk, server_age age);

} // namespace zooid::test
