#pragma once

#include "wire/codec.hpp"
#include "wire/list.hpp"

#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The records that other records are made of, and the headers. zooid::stat is its own wire form.

namespace zooid::wire {

/// An entry of an ACL.
struct acl_item {
    static constexpr std::size_t field_count = 3;

    std::int32_t permissions = 0;
    std::string_view scheme;
    std::string_view id;

    constexpr acl_item() noexcept = default;
    constexpr acl_item(std::int32_t bits, std::string_view scheme_name, std::string_view scheme_id) noexcept
        : permissions(bits), scheme(scheme_name), id(scheme_id) {}
    // NOLINTNEXTLINE(google-explicit-constructor): lets a list view an ACL
    acl_item(const acl_entry& entry) noexcept : permissions(entry.permissions), scheme(entry.scheme), id(entry.id) {}

    friend bool operator==(const acl_item&, const acl_item&) = default;
};

/// As of any record, but for a null scheme or id, which servers answer in their own ways: each is taken as a view without
/// data (`data() == nullptr`), and written as an empty one.
template <>
struct codec<acl_item> {
    static constexpr std::size_t min_size = 12;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(const acl_item& v) noexcept { return 12 + v.scheme.size() + v.id.size(); }
    static char* store(char* at, const acl_item& v) noexcept {
        at = store_i32(at, v.permissions);
        return codec<std::string_view>::store(codec<std::string_view>::store(at, v.scheme), v.id);
    }
    static bool read(reader& in, acl_item& v) noexcept {
        std::optional<std::string_view> scheme;
        std::optional<std::string_view> id;
        if (!in.i32(v.permissions) || !in.bytes(scheme) || !in.bytes(id)) {
            return false;
        }
        v.scheme = scheme.value_or(std::string_view{});
        v.id = id.value_or(std::string_view{});
        return true;
    }
};

/// One identity of a connection (`ClientInfo`).
struct identity_item {
    static constexpr std::size_t field_count = 2;

    std::string_view scheme;
    std::string_view user;

    constexpr identity_item() noexcept = default;
    constexpr identity_item(std::string_view scheme_name, std::string_view user_name) noexcept
        : scheme(scheme_name), user(user_name) {}
    // NOLINTNEXTLINE(google-explicit-constructor): lets a list view identities
    identity_item(const identity& who) noexcept : scheme(who.scheme), user(who.user) {}

    friend bool operator==(const identity_item&, const identity_item&) = default;
};

/// Transaction ids a peer reserves for itself; requests of users have positive ones.
namespace xids {
inline constexpr std::int32_t notification = -1;
inline constexpr std::int32_t ping = -2;
inline constexpr std::int32_t auth = -4;
inline constexpr std::int32_t set_watches = -8;
} // namespace xids

/// Starts every request after the handshake.
struct request_header {
    static constexpr std::size_t field_count = 2;

    std::int32_t xid = 0;
    opcode type = opcode::notification; ///< may be a number without a name
    friend bool operator==(const request_header&, const request_header&) = default;
};

/// Starts every reply and notification after the handshake; with `err` other than 0 there mostly is no body.
struct reply_header {
    static constexpr std::size_t field_count = 3;

    std::int32_t xid = 0;
    std::int64_t zxid = 0;
    std::int32_t err = 0; ///< 0, or one of `errc`'s negative numbers, or one without a name
    friend bool operator==(const reply_header&, const reply_header&) = default;
};

/// Stands before every part of a multi, and after the last.
struct multi_header {
    static constexpr std::size_t field_count = 3;

    opcode type = opcode::error;
    bool done = false; ///< true in the one that ends the multi
    std::int32_t err = -1;
    friend bool operator==(const multi_header&, const multi_header&) = default;
};

/// Bytes that are a record's body already, to be sent as they are; encoded only.
struct encoded_body {
    std::string_view bytes; ///< must not lie in the buffer it is appended to
};

template <>
struct codec<encoded_body> {
    static constexpr std::size_t min_size = 0;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(const encoded_body& v) noexcept { return v.bytes.size(); }
    static char* store(char* at, const encoded_body& v) noexcept {
        return store_bytes(at, v.bytes.data(), v.bytes.size());
    }
};

} // namespace zooid::wire
