#include "client/operations.hpp"

#include "client/replies.hpp"
#include "client/step.hpp"
#include "wire/requests.hpp"

#include <zooid/path.hpp>

#include <limits>

namespace zooid::detail {
namespace {

/// Checks the path, and submits.
template <class Result, class Record>
launched<Result> launch(const call_site& site, opcode op, std::string_view path, const Record& record,
                        operation_base::decode_function decode, steady_time deadline) {
    if (const error_code ec = validate_path(path)) {
        return site.core->refuse<Result>(op, ec);
    }
    return client_core::submit(site.core, site.operation_for<Result>(op, decode), record, deadline, site.who);
}

template <class Result, class Record>
launched<Result> launch_pathless(const call_site& site, opcode op, const Record& record,
                                 operation_base::decode_function decode, steady_time deadline) {
    return client_core::submit(site.core, site.operation_for<Result>(op, decode), record, deadline, site.who);
}

bool is_valid_acl(acl_view acls) noexcept {
    for (const acl_entry& entry : acls) {
        if (entry.scheme.empty()) {
            return false;
        }
    }
    return acls.size() != 0;
}

template <class Result>
operation_base::decode_function decoder_of(opcode op) noexcept {
    if constexpr (std::is_same_v<Result, created_node>) {
        return decode_created_node;
    } else {
        return op == opcode::create ? decode_created_path : decode_created_path2;
    }
}

// The longest time to live that fits the 40 bits in which servers keep it.
constexpr std::chrono::milliseconds max_ttl{0xffffffffff};

} // namespace

error_code check_create(const create_arguments& create) noexcept {
    const error_code ec =
        is_sequential(create.mode) ? validate_sequential_path(create.path) : validate_path(create.path);
    if (ec) {
        return ec;
    }
    const auto number = static_cast<std::int32_t>(create.mode);
    const bool known = number >= 0 && number <= static_cast<std::int32_t>(create_mode::persistent_sequential_ttl);
    // Never let a server see such a request: 3.8.0 dies of a TTL create with other flags or a negative time.
    const bool right_ttl =
        has_ttl(create.mode) ? create.ttl.count() > 0 && create.ttl <= max_ttl : create.ttl.count() == 0;
    if (!known || !right_ttl) {
        return errc::bad_arguments;
    }
    return is_valid_acl(create.acl) ? error_code{} : errc::invalid_acl;
}

template <class Result>
launched<Result> launch_create(const call_site& site, const create_arguments& create, steady_time deadline) {
    const bool with_stat = std::is_same_v<Result, created_node>;
    const opcode op = has_ttl(create.mode)                    ? opcode::create_ttl
                      : create.mode == create_mode::container ? opcode::create_container
                      : with_stat                             ? opcode::create2
                                                              : opcode::create;
    if (const error_code ec = check_create(create)) {
        return site.core->refuse<Result>(op, ec);
    }
    const wire::list<wire::acl_item> acl(create.acl);
    const auto flags = static_cast<std::int32_t>(create.mode);
    const wire::path_ref path = path_of(create, site.chroot);
    if (op == opcode::create_ttl) {
        const wire::create_ttl_request request{path, create.data, acl, flags, create.ttl.count()};
        return launch_pathless<Result>(site, op, request, decoder_of<Result>(op), deadline);
    }
    const wire::create_request request{path, create.data, acl, flags};
    return launch_pathless<Result>(site, op, request, decoder_of<Result>(op), deadline);
}

template launched<std::string> launch_create(const call_site&, const create_arguments&, steady_time);
template launched<created_node> launch_create(const call_site&, const create_arguments&, steady_time);

launched<nothing> launch_remove(const call_site& site, std::string_view path, std::int32_t version,
                                steady_time deadline) {
    return launch<nothing>(site, opcode::remove, path, wire::delete_request{site.at(path), version}, decode_nothing,
                           deadline);
}

launched<std::optional<stat>> launch_exists(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<std::optional<stat>>(site, opcode::exists, path, wire::path_watch_request{site.at(path), false},
                                       decode_exists, deadline);
}

launched<node> launch_get(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<node>(site, opcode::get, path, wire::path_watch_request{site.at(path), false}, decode_node, deadline);
}

launched<stat> launch_set(const call_site& site, std::string_view path, std::string_view data, std::int32_t version,
                          steady_time deadline) {
    return launch<stat>(site, opcode::set, path, wire::set_data_request{site.at(path), data, version}, decode_stat,
                        deadline);
}

launched<std::vector<std::string>> launch_get_children(const call_site& site, std::string_view path,
                                                       steady_time deadline) {
    return launch<std::vector<std::string>>(site, opcode::get_children, path,
                                            wire::path_watch_request{site.at(path), false}, decode_names, deadline);
}

launched<node_children> launch_get_children2(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<node_children>(site, opcode::get_children2, path, wire::path_watch_request{site.at(path), false},
                                 decode_children, deadline);
}

launched<node_acls> launch_get_acls(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<node_acls>(site, opcode::get_acls, path, wire::path_request{site.at(path)}, decode_acls, deadline);
}

launched<stat> launch_set_acls(const call_site& site, std::string_view path, acl_view acls, std::int32_t version,
                               steady_time deadline) {
    if (!is_valid_acl(acls)) {
        return site.core->refuse<stat>(opcode::set_acls, errc::invalid_acl);
    }
    return launch<stat>(site, opcode::set_acls, path, wire::set_acl_request{site.at(path), acls, version}, decode_stat,
                        deadline);
}

launched<nothing> launch_sync(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<nothing>(site, opcode::sync, path, wire::path_request{site.at(path)}, decode_nothing, deadline);
}

launched<std::int32_t> launch_count(const call_site& site, std::string_view path, steady_time deadline) {
    return launch<std::int32_t>(site, opcode::get_all_children_number, path, wire::path_request{site.at(path)},
                                decode_count, deadline);
}

launched<std::vector<std::string>> launch_get_ephemerals(const call_site& site, std::string_view prefix,
                                                         steady_time deadline) {
    if (!prefix.empty() && prefix.front() != '/') {
        return site.core->refuse<std::vector<std::string>>(opcode::get_ephemerals, errc::invalid_path);
    }
    const wire::path_request request{prefix.empty() ? wire::path_ref{site.chroot, "/"} : site.at(prefix)};
    return launch_pathless<std::vector<std::string>>(site, opcode::get_ephemerals, request, decode_ephemerals,
                                                     deadline);
}

launched<std::vector<identity>> launch_who_am_i(const call_site& site, steady_time deadline) {
    return launch_pathless<std::vector<identity>>(site, opcode::who_am_i, wire::encoded_body{}, decode_identities,
                                                  deadline);
}

launched<node> launch_reconfig(const call_site& site, const reconfig_options& options) {
    const auto given = [](std::string_view text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    const bool incremental = !options.joining.empty() || !options.leaving.empty();
    if (incremental == !options.new_members.empty()) {
        return site.core->refuse<node>(opcode::reconfig, errc::bad_arguments);
    }
    const wire::reconfig_request request{given(options.joining), given(options.leaving), given(options.new_members),
                                         options.from_config};
    return launch_pathless<node>(site, opcode::reconfig, request, decode_node, site.deadline(options.timeout));
}

launched<node> launch_get_config(const call_site& site, steady_time deadline) {
    const call_site whole{site.core, {}, site.who, site.prepared};
    return launch_get(whole, "/zookeeper/config", deadline);
}

} // namespace zooid::detail
