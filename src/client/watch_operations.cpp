#include "client/operations.hpp"
#include "client/replies.hpp"
#include "client/step.hpp"
#include "wire/requests.hpp"

#include <zooid/path.hpp>

namespace zooid::detail {
namespace {

std::uint32_t chroot_length_of(const call_site& site) noexcept {
    return static_cast<std::uint32_t>(site.chroot.size());
}

session::watcher_ptr callback_for(const call_site& site, watch_callback callback) {
    return new callback_watcher(chroot_length_of(site), std::move(callback));
}

/// Submits a read that leaves `watcher` behind.
template <class Result>
launched<Result> launch_watching(const call_site& site, std::string_view path, watch_kind kind,
                                 session::watcher_ptr watcher, std::unique_ptr<operation<Result>> pending,
                                 steady_time deadline) {
    session::watch_request watch{std::move(watcher), site.at(path).to_string(), kind};
    return client_core::submit(site.core, std::move(pending), wire::path_watch_request{site.at(path), true}, deadline,
                               site.who, &watch);
}

template <class Result>
launched<Result> launch_with_callback(const call_site& site, opcode op, std::string_view path, watch_kind kind,
                                      watch_callback callback, operation_base::decode_function decode,
                                      steady_time deadline) {
    if (const error_code ec = validate_path(path)) {
        return site.core->refuse<Result>(op, ec);
    }
    return launch_watching(site, path, kind, callback_for(site, std::move(callback)),
                           site.operation_for<Result>(op, decode), deadline);
}

/// Makes a subscription whose handle goes into a result.
boost::intrusive_ptr<subscription_watcher> subscribe(const call_site& site, std::string_view path, watch_kind kind,
                                                     watch& handle) {
    boost::intrusive_ptr<subscription_watcher> watcher(
        new subscription_watcher(chroot_length_of(site), std::string{path}));
    watcher->set_subscribed_kind(kind);
    handle = watch(std::make_shared<subscription>(site.core->weak_from_this(), watcher));
    return watcher;
}

template <class Result>
launched<Result> launch_with_subscription(const call_site& site, opcode op, std::string_view path, watch_kind kind,
                                          operation_base::decode_function decode, steady_time deadline) {
    if (const error_code ec = validate_path(path)) {
        return site.core->refuse<Result>(op, ec);
    }
    auto pending = site.operation_for<Result>(op, decode);
    session::watcher_ptr watcher = subscribe(site, path, kind, pending->result_.watch);
    return launch_watching(site, path, kind, std::move(watcher), std::move(pending), deadline);
}

watch_kind kind_of(watch_mode mode) noexcept {
    return mode == watch_mode::persistent ? watch_kind::persistent : watch_kind::recursive;
}

template <class Result>
launched<Result> launch_adding(const call_site& site, std::string_view path, watch_mode mode,
                               session::watcher_ptr watcher, std::unique_ptr<operation<Result>> pending,
                               steady_time deadline) {
    session::watch_request watch{std::move(watcher), site.at(path).to_string(), kind_of(mode)};
    return client_core::submit(site.core, std::move(pending),
                               wire::add_watch_request{site.at(path), static_cast<std::int32_t>(mode)}, deadline,
                               site.who, &watch);
}

error_code check_add_watch(std::string_view path, watch_mode mode) noexcept {
    if (mode != watch_mode::persistent && mode != watch_mode::recursive) {
        return errc::bad_arguments;
    }
    return validate_path(path);
}

} // namespace

launched<node> launch_get(const call_site& site, std::string_view path, watch_callback callback, steady_time deadline) {
    return launch_with_callback<node>(site, opcode::get, path, watch_kind::data, std::move(callback), decode_node,
                                      deadline);
}

launched<std::optional<stat>> launch_exists(const call_site& site, std::string_view path, watch_callback callback,
                                            steady_time deadline) {
    return launch_with_callback<std::optional<stat>>(site, opcode::exists, path, watch_kind::exist, std::move(callback),
                                                     decode_exists, deadline);
}

launched<std::vector<std::string>> launch_get_children(const call_site& site, std::string_view path,
                                                       watch_callback callback, steady_time deadline) {
    return launch_with_callback<std::vector<std::string>>(site, opcode::get_children, path, watch_kind::child,
                                                          std::move(callback), decode_names, deadline);
}

launched<watched_node> launch_get_and_watch(const call_site& site, std::string_view path, steady_time deadline) {
    return launch_with_subscription<watched_node>(site, opcode::get, path, watch_kind::data, decode_watched_node,
                                                  deadline);
}

launched<watched_stat> launch_exists_and_watch(const call_site& site, std::string_view path, steady_time deadline) {
    return launch_with_subscription<watched_stat>(site, opcode::exists, path, watch_kind::exist, decode_watched_stat,
                                                  deadline);
}

launched<watched_children> launch_get_children_and_watch(const call_site& site, std::string_view path,
                                                         steady_time deadline) {
    return launch_with_subscription<watched_children>(site, opcode::get_children2, path, watch_kind::child,
                                                      decode_watched_children, deadline);
}

launched<watch> launch_add_watch(const call_site& site, std::string_view path, watch_mode mode, steady_time deadline) {
    if (const error_code ec = check_add_watch(path, mode)) {
        return site.core->refuse<watch>(opcode::add_watch, ec);
    }
    auto pending = site.operation_for<watch>(opcode::add_watch, decode_watch);
    session::watcher_ptr watcher = subscribe(site, path, kind_of(mode), pending->result_);
    return launch_adding(site, path, mode, std::move(watcher), std::move(pending), deadline);
}

launched<nothing> launch_add_watch(const call_site& site, std::string_view path, watch_mode mode,
                                   watch_callback callback, steady_time deadline) {
    if (const error_code ec = check_add_watch(path, mode)) {
        return site.core->refuse<nothing>(opcode::add_watch, ec);
    }
    return launch_adding(site, path, mode, callback_for(site, std::move(callback)),
                         site.operation_for<nothing>(opcode::add_watch, decode_nothing), deadline);
}

launched<nothing> launch_remove_watches(const call_site& site, std::string_view path, watch_selection which,
                                        steady_time deadline) {
    const auto type = static_cast<std::int32_t>(which);
    error_code ec = validate_path(path);
    if (!ec && (type < 1 || type > 3)) {
        ec = errc::bad_arguments;
    }
    if (ec) {
        return site.core->refuse<nothing>(opcode::remove_watches, ec);
    }
    auto pending = site.operation_for<nothing>(opcode::remove_watches, decode_nothing);
    session::watch_request ending{nullptr, site.at(path).to_string(), watch_kind::data,
                                  session::kinds_of_removal(type)};
    return client_core::submit(site.core, std::move(pending), wire::remove_watches_request{site.at(path), type},
                               deadline, site.who, &ending);
}

} // namespace zooid::detail
