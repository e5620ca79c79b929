#pragma once

#include "server/server_state.hpp"

#include <cstdint>
#include <string_view>

namespace zooid::server {

// intake.cpp

/// Executes what a connection has sent, as far as that is possible now.
void take_bytes(server_state& state, peer& from, std::string_view bytes, moment at);
/// Executes what had to wait.
void resume(server_state& state, peer& of, moment at);
/// Whether a connection could do with more bytes.
[[nodiscard]] bool wants_bytes(const server_state& state, const peer& from) noexcept;

/// Whether a connection's requests wait until it has read more.
[[nodiscard]] bool has_to_wait(const server_state& state, const peer& of) noexcept;

/// Takes the first frame of a connection (handshake.cpp).
void greet(server_state& state, peer& from, std::string_view frame, moment at);

/// Executes one request of a connection that has a session (dispatch.cpp).
void execute(server_state& state, peer& from, std::string_view frame, moment at);

/// Ends a session: removes its ephemerals in one transaction. Its connection is left to the caller.
void end_session(server_state& state, session& of, moment at);

/// Removes containers and TTL nodes that have had their time, each in a transaction of its own (reaper.cpp).
void reap(server_state& state, moment at);

// One request each. They return 0 when they have replied, otherwise the error to reply with.

// read_requests.cpp
[[nodiscard]] std::int32_t handle_exists(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get_children(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get_children2(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get_acls(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_sync(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get_ephemerals(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_get_all_children_number(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_who_am_i(server_state& state, const request& r);

// write_requests.cpp
[[nodiscard]] std::int32_t handle_create(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_create_ttl(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_delete(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_set(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_set_acls(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_reconfig(server_state& state, const request& r);

// multi_requests.cpp
[[nodiscard]] std::int32_t handle_multi(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_multi_read(server_state& state, const request& r);

// watch_requests.cpp
[[nodiscard]] std::int32_t handle_add_watch(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_check_watches(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_remove_watches(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_set_watches(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_set_watches2(server_state& state, const request& r);

// session_requests.cpp
[[nodiscard]] std::int32_t handle_ping(server_state& state, const request& r);
[[nodiscard]] std::int32_t handle_close_session(server_state& state, const request& r);
void handle_auth(server_state& state, const request& r);
void handle_sasl(server_state& state, const request& r);

} // namespace zooid::server
