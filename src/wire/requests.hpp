#pragma once

#include "wire/records.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// What a client sends, one struct a record, members in wire order. Views must outlive the record; after decoding they
// point into the input. A version of -1 means "whatever it is".

namespace zooid::wire {

/// create, create2 and create_container.
struct create_request {
    static constexpr std::size_t field_count = 4;

    path_ref path{};
    std::optional<std::string_view> data{};
    list<acl_item> acl{};
    std::int32_t flags = 0; ///< a `create_mode`, or any other number once decoded
};

/// create_ttl.
struct create_ttl_request {
    static constexpr std::size_t field_count = 5;

    path_ref path{};
    std::optional<std::string_view> data{};
    list<acl_item> acl{};
    std::int32_t flags = 0; ///< a `create_mode`, or any other number once decoded
    std::int64_t ttl = 0;   ///< milliseconds
};

/// remove.
struct delete_request {
    static constexpr std::size_t field_count = 2;

    path_ref path{};
    std::int32_t version = -1;
};

/// exists, get, get_children and get_children2.
struct path_watch_request {
    static constexpr std::size_t field_count = 2;

    path_ref path{};
    bool watch = false;
};

/// set.
struct set_data_request {
    static constexpr std::size_t field_count = 3;

    path_ref path{};
    std::optional<std::string_view> data{};
    std::int32_t version = -1;
};

/// get_acls, sync, get_all_children_number, and get_ephemerals with a prefix.
struct path_request {
    static constexpr std::size_t field_count = 1;

    path_ref path{};
};

/// get_ephemerals as a server reads it: the prefix may be null.
struct get_ephemerals_request {
    static constexpr std::size_t field_count = 1;

    std::optional<std::string_view> prefix{};
};

/// set_acls; the version is the ACL's.
struct set_acl_request {
    static constexpr std::size_t field_count = 3;

    path_ref path{};
    list<acl_item> acl{};
    std::int32_t version = -1;
};

/// check.
struct check_version_request {
    static constexpr std::size_t field_count = 2;

    path_ref path{};
    std::int32_t version = -1;
};

/// remove_watches and check_watches.
struct remove_watches_request {
    static constexpr std::size_t field_count = 2;

    path_ref path{};
    std::int32_t type = 3; ///< 1 children, 2 data, 3 any; from 3.9 also 4 persistent, 5 persistent recursive
};

/// add_watch.
struct add_watch_request {
    static constexpr std::size_t field_count = 2;

    path_ref path{};
    std::int32_t mode = 0; ///< 0 persistent, 1 persistent recursive
};

/// set_watches; servers refuse null lists.
struct set_watches_request {
    static constexpr std::size_t field_count = 4;

    std::int64_t relative_zxid = 0; ///< the last zxid seen before the connection was lost
    list<path_ref> data{};
    list<path_ref> exist{};
    list<path_ref> child{};
};

/// set_watches2; servers refuse null lists.
struct set_watches2_request {
    static constexpr std::size_t field_count = 6;

    std::int64_t relative_zxid = 0; ///< the last zxid seen before the connection was lost
    list<path_ref> data{};
    list<path_ref> exist{};
    list<path_ref> child{};
    list<path_ref> persistent{};
    list<path_ref> persistent_recursive{};
};

/// reconfig.
struct reconfig_request {
    static constexpr std::size_t field_count = 4;

    std::optional<std::string_view> joining{};
    std::optional<std::string_view> leaving{};
    std::optional<std::string_view> new_members{};
    std::int64_t config_id = -1; ///< the configuration expected to be current; -1 for any
};

/// auth.
struct auth_packet {
    static constexpr std::size_t field_count = 3;

    std::int32_t type = 0; ///< always 0
    std::string_view scheme{};
    std::optional<std::string_view> auth{}; ///< a secret
};

/// sasl.
struct sasl_request {
    static constexpr std::size_t field_count = 1;

    std::optional<std::string_view> token{};
};

} // namespace zooid::wire
