#pragma once

#include "client/client_core.hpp"

#include <zooid/options.hpp>
#include <zooid/types.hpp>
#include <zooid/watch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The operations that are a single request: arguments are checked, the request encoded and put in line.

namespace zooid::detail {

/// Where an operation is asked for: the client, the view's root, who writes, and the end of its time.
struct call_site {
    const std::shared_ptr<client_core>& core; // the caller's, who outlives the call
    std::string_view chroot;
    flush_by who = flush_by::driver;
    operation_base** prepared = nullptr; // see launch_mode

    [[nodiscard]] wire::path_ref at(std::string_view path) const noexcept { return {chroot, path}; }
    /// The operation to put in line: the one that is prepared, or a new one.
    template <class Result>
    [[nodiscard]] std::unique_ptr<operation<Result>> operation_for(opcode op,
                                                                   operation_base::decode_function decode) const {
        std::unique_ptr<operation<Result>> made;
        if (prepared != nullptr) {
            made.reset(static_cast<operation<Result>*>(std::exchange(*prepared, nullptr)));
            made->decode_ = decode;
        } else {
            made = std::make_unique<operation<Result>>(decode);
        }
        made->opcode_ = op;
        made->chroot_length_ = static_cast<std::uint32_t>(chroot.size());
        return made;
    }
    [[nodiscard]] steady_time deadline(std::chrono::milliseconds timeout) const noexcept {
        return core->deadline_for(timeout);
    }
};

/// The name and data of a node to be created, its ACL resolved against the client's default.
struct create_arguments {
    std::string_view path;
    std::string_view data;
    create_mode mode = create_mode::persistent;
    acl_view acl{};
    std::chrono::milliseconds ttl{0};
};

/// The path of the node that is to be created through a chroot.
[[nodiscard]] inline wire::path_ref path_of(const create_arguments& create, std::string_view chroot) noexcept {
    return is_sequential(create.mode) ? wire::path_ref::of_sequential(chroot, create.path)
                                      : wire::path_ref{chroot, create.path};
}

/// What is wrong with them; nothing is sent then.
[[nodiscard]] error_code check_create(const create_arguments& create) noexcept;

// `Result` is std::string or created_node.
template <class Result>
[[nodiscard]] launched<Result> launch_create(const call_site& site, const create_arguments& create,
                                             steady_time deadline);
[[nodiscard]] launched<nothing> launch_remove(const call_site& site, std::string_view path, std::int32_t version,
                                              steady_time deadline);
[[nodiscard]] launched<std::optional<stat>> launch_exists(const call_site& site, std::string_view path,
                                                          steady_time deadline);
[[nodiscard]] launched<node> launch_get(const call_site& site, std::string_view path, steady_time deadline);
[[nodiscard]] launched<stat> launch_set(const call_site& site, std::string_view path, std::string_view data,
                                        std::int32_t version, steady_time deadline);
[[nodiscard]] launched<std::vector<std::string>> launch_get_children(const call_site& site, std::string_view path,
                                                                     steady_time deadline);
[[nodiscard]] launched<node_children> launch_get_children2(const call_site& site, std::string_view path,
                                                           steady_time deadline);
[[nodiscard]] launched<node_acls> launch_get_acls(const call_site& site, std::string_view path, steady_time deadline);
[[nodiscard]] launched<stat> launch_set_acls(const call_site& site, std::string_view path, acl_view acls,
                                             std::int32_t version, steady_time deadline);
[[nodiscard]] launched<nothing> launch_sync(const call_site& site, std::string_view path, steady_time deadline);
[[nodiscard]] launched<std::int32_t> launch_count(const call_site& site, std::string_view path, steady_time deadline);
[[nodiscard]] launched<std::vector<std::string>> launch_get_ephemerals(const call_site& site, std::string_view prefix,
                                                                       steady_time deadline);
[[nodiscard]] launched<std::vector<identity>> launch_who_am_i(const call_site& site, steady_time deadline);
[[nodiscard]] launched<node> launch_reconfig(const call_site& site, const reconfig_options& options);
[[nodiscard]] launched<node> launch_get_config(const call_site& site, steady_time deadline);

[[nodiscard]] launched<nothing> start_authentication(const call_site& site, std::string_view scheme,
                                                     std::string_view credentials, steady_time deadline);

// With watches; the same replies, and a watcher that is registered when the reply comes.
[[nodiscard]] launched<node> launch_get(const call_site& site, std::string_view path, watch_callback callback,
                                        steady_time deadline);
[[nodiscard]] launched<std::optional<stat>> launch_exists(const call_site& site, std::string_view path,
                                                          watch_callback callback, steady_time deadline);
[[nodiscard]] launched<std::vector<std::string>> launch_get_children(const call_site& site, std::string_view path,
                                                                     watch_callback callback, steady_time deadline);
[[nodiscard]] launched<watched_node> launch_get_and_watch(const call_site& site, std::string_view path,
                                                          steady_time deadline);
[[nodiscard]] launched<watched_stat> launch_exists_and_watch(const call_site& site, std::string_view path,
                                                             steady_time deadline);
[[nodiscard]] launched<watched_children> launch_get_children_and_watch(const call_site& site, std::string_view path,
                                                                       steady_time deadline);
[[nodiscard]] launched<watch> launch_add_watch(const call_site& site, std::string_view path, watch_mode mode,
                                               steady_time deadline);
[[nodiscard]] launched<nothing> launch_add_watch(const call_site& site, std::string_view path, watch_mode mode,
                                                 watch_callback callback, steady_time deadline);
[[nodiscard]] launched<nothing> launch_remove_watches(const call_site& site, std::string_view path,
                                                      watch_selection which, steady_time deadline);

} // namespace zooid::detail
