#pragma once

#include <zooid/detail/operation.hpp>

// Takes replies apart into results. Every function fits `operation_base::decode_function`: it stores into the operation of
// the result type that its name says, and gives the error, `protocol_error` for a body that is none.

namespace zooid::detail {

[[nodiscard]] error_code error_of(const reply& answer) noexcept;

error_code decode_nothing(operation_base& op, const reply& answer);
error_code decode_created_path(operation_base& op, const reply& answer);     ///< std::string, from create
error_code decode_created_path2(operation_base& op, const reply& answer);    ///< std::string, from create2 and kin
error_code decode_created_node(operation_base& op, const reply& answer);     ///< created_node
error_code decode_exists(operation_base& op, const reply& answer);           ///< optional<stat>; no_node is no error
error_code decode_node(operation_base& op, const reply& answer);             ///< node
error_code decode_names(operation_base& op, const reply& answer);            ///< vector<string>, from get_children
error_code decode_children(operation_base& op, const reply& answer);         ///< node_children
error_code decode_stat(operation_base& op, const reply& answer);             ///< stat
error_code decode_acls(operation_base& op, const reply& answer);             ///< node_acls
error_code decode_identities(operation_base& op, const reply& answer);       ///< vector<identity>
error_code decode_ephemerals(operation_base& op, const reply& answer);       ///< vector<string>, without the chroot
error_code decode_count(operation_base& op, const reply& answer);            ///< int32
error_code decode_watched_node(operation_base& op, const reply& answer);     ///< watched_node
error_code decode_watched_stat(operation_base& op, const reply& answer);     ///< watched_stat
error_code decode_watched_children(operation_base& op, const reply& answer); ///< watched_children
error_code decode_watch(operation_base& op, const reply& answer);            ///< watch

/// `server_path` as a view with that many characters of chroot sees it.
[[nodiscard]] std::string_view without_chroot(std::string_view server_path, std::size_t chroot_length) noexcept;

} // namespace zooid::detail
