#pragma once

#include "wire/records.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// What a server answers, one struct a record, members in wire order. Views must outlive the record; after decoding they
// point into the input.

namespace zooid::wire {

/// create.
struct create_response {
    static constexpr std::size_t field_count = 1;

    std::string_view path{};
    friend bool operator==(const create_response&, const create_response&) = default;
};

/// create2, create_container and create_ttl.
struct create2_response {
    static constexpr std::size_t field_count = 2;

    std::string_view path{};
    zooid::stat stat{};
    friend bool operator==(const create2_response&, const create2_response&) = default;
};

/// exists, set and set_acls.
struct stat_response {
    static constexpr std::size_t field_count = 1;

    zooid::stat stat{};
    friend bool operator==(const stat_response&, const stat_response&) = default;
};

/// get and reconfig.
struct get_data_response {
    static constexpr std::size_t field_count = 2;

    std::optional<std::string_view> data{};
    zooid::stat stat{};
    friend bool operator==(const get_data_response&, const get_data_response&) = default;
};

/// get_acls.
struct get_acl_response {
    static constexpr std::size_t field_count = 2;

    list<acl_item> acl{};
    zooid::stat stat{};
    friend bool operator==(const get_acl_response&, const get_acl_response&) = default;
};

/// get_children.
struct get_children_response {
    static constexpr std::size_t field_count = 1;

    list<std::string_view> children{};
    friend bool operator==(const get_children_response&, const get_children_response&) = default;
};

/// get_children2.
struct get_children2_response {
    static constexpr std::size_t field_count = 2;

    list<std::string_view> children{};
    zooid::stat stat{};
    friend bool operator==(const get_children2_response&, const get_children2_response&) = default;
};

/// get_all_children_number.
struct count_response {
    static constexpr std::size_t field_count = 1;

    std::int32_t count = 0;
    friend bool operator==(const count_response&, const count_response&) = default;
};

/// get_ephemerals.
struct ephemerals_response {
    static constexpr std::size_t field_count = 1;

    list<std::string_view> paths{};
    friend bool operator==(const ephemerals_response&, const ephemerals_response&) = default;
};

/// sync: the path asked for.
struct path_response {
    static constexpr std::size_t field_count = 1;

    std::string_view path{};
    friend bool operator==(const path_response&, const path_response&) = default;
};

/// who_am_i.
struct who_am_i_response {
    static constexpr std::size_t field_count = 1;

    list<identity_item> identities{};
    friend bool operator==(const who_am_i_response&, const who_am_i_response&) = default;
};

/// sasl; the token is null when the server has nothing more to say.
struct sasl_response {
    static constexpr std::size_t field_count = 1;

    std::optional<std::string_view> token{};
    friend bool operator==(const sasl_response&, const sasl_response&) = default;
};

/// add_watch (holding 0), and the failed parts of a multi.
struct error_response {
    static constexpr std::size_t field_count = 1;

    std::int32_t err = 0;
    friend bool operator==(const error_response&, const error_response&) = default;
};

} // namespace zooid::wire
