#pragma once

#include "wire/byte_order.hpp"
#include "wire/path_ref.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

#include <zooid/types.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

// How a C++ type travels. Every field type has a codec; a record is a struct that declares its members in wire order and
// says how many there are (`static constexpr std::size_t field_count`), which is all that encoding and decoding need.

namespace zooid::wire {

/// The wire form of `T`: `min_size` (fewest bytes), `fixed` (always that many), `size`, `store`, and `load` (fixed: from
/// bytes known to be there) or `read` (otherwise: checked).
template <class T>
struct codec;

template <>
struct codec<std::int32_t> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = true;
    static constexpr std::size_t size(std::int32_t) noexcept { return 4; }
    static char* store(char* at, std::int32_t v) noexcept { return store_i32(at, v); }
    static const char* load(const char* at, std::int32_t& v) noexcept {
        v = load_i32(at);
        return at + 4;
    }
};

template <>
struct codec<std::int64_t> {
    static constexpr std::size_t min_size = 8;
    static constexpr bool fixed = true;
    static constexpr std::size_t size(std::int64_t) noexcept { return 8; }
    static char* store(char* at, std::int64_t v) noexcept { return store_i64(at, v); }
    static const char* load(const char* at, std::int64_t& v) noexcept {
        v = load_i64(at);
        return at + 8;
    }
};

template <>
struct codec<bool> {
    static constexpr std::size_t min_size = 1;
    static constexpr bool fixed = true;
    static constexpr std::size_t size(bool) noexcept { return 1; }
    static char* store(char* at, bool v) noexcept {
        *at = v ? '\1' : '\0';
        return at + 1;
    }
    static const char* load(const char* at, bool& v) noexcept {
        v = *at != '\0';
        return at + 1;
    }
};

/// An enumeration over 32 bits; a number that has no name is kept.
template <class E>
    requires std::is_enum_v<E> && std::same_as<std::underlying_type_t<E>, std::int32_t>
struct codec<E> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = true;
    static constexpr std::size_t size(E) noexcept { return 4; }
    static char* store(char* at, E v) noexcept { return store_i32(at, static_cast<std::int32_t>(v)); }
    static const char* load(const char* at, E& v) noexcept {
        v = static_cast<E>(load_i32(at));
        return at + 4;
    }
};

template <>
struct codec<server_time> {
    static constexpr std::size_t min_size = 8;
    static constexpr bool fixed = true;
    static constexpr std::size_t size(server_time) noexcept { return 8; }
    static char* store(char* at, server_time v) noexcept { return store_i64(at, v.time_since_epoch().count()); }
    static const char* load(const char* at, server_time& v) noexcept {
        v = server_time{server_time::duration{load_i64(at)}};
        return at + 8;
    }
};

/// A string or buffer that cannot be null.
template <>
struct codec<std::string_view> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(std::string_view v) noexcept { return 4 + v.size(); }
    static char* store(char* at, std::string_view v) noexcept {
        return store_bytes(store_i32(at, static_cast<std::int32_t>(v.size())), v.data(), v.size());
    }
    static bool read(reader& in, std::string_view& v) noexcept { return in.string(v); }
};

/// A string or buffer that can be null, which is not the same as empty.
template <>
struct codec<std::optional<std::string_view>> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(const std::optional<std::string_view>& v) noexcept {
        return 4 + (v ? v->size() : 0);
    }
    static char* store(char* at, const std::optional<std::string_view>& v) noexcept {
        return v ? codec<std::string_view>::store(at, *v) : store_i32(at, -1);
    }
    static bool read(reader& in, std::optional<std::string_view>& v) noexcept { return in.bytes(v); }
};

template <>
struct codec<path_ref> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(const path_ref& v) noexcept { return 4 + v.size(); }
    static char* store(char* at, const path_ref& v) noexcept {
        return v.store(store_i32(at, static_cast<std::int32_t>(v.size())));
    }
    static bool read(reader& in, path_ref& v) noexcept { return in.path(v); }
};

/// A flag that older peers leave out: one byte, or none at the very end of a record.
template <>
struct codec<std::optional<bool>> {
    static constexpr std::size_t min_size = 0;
    static constexpr bool fixed = false;
    static constexpr std::size_t size(const std::optional<bool>& v) noexcept { return v ? 1 : 0; }
    static char* store(char* at, const std::optional<bool>& v) noexcept { return v ? codec<bool>::store(at, *v) : at; }
    static bool read(reader& in, std::optional<bool>& v) noexcept {
        v.reset();
        return in.remaining() == 0 || in.boolean(v.emplace());
    }
};

/// A struct whose members are the fields of a record, in wire order.
template <class T>
concept record = std::same_as<T, stat> || requires { T::field_count; };

/// How many members the record `T` has on the wire.
template <record T>
inline constexpr std::size_t field_count = [] {
    if constexpr (std::same_as<T, stat>) { // a public type, which does not speak of the wire
        return std::size_t{11};
    } else {
        return T::field_count;
    }
}();

/// Calls `visit` once with all fields of `record`, in wire order, and returns what it returns.
template <class Record, class Visitor>
constexpr auto with_fields(Record& record, Visitor&& visit) {
    constexpr std::size_t n = field_count<std::remove_const_t<Record>>;
    static_assert((n >= 1 && n <= 6) || n == 11, "a record with that many fields needs a branch here");
    if constexpr (n == 1) {
        auto& [a] = record;
        return visit(a);
    } else if constexpr (n == 2) {
        auto& [a, b] = record;
        return visit(a, b);
    } else if constexpr (n == 3) {
        auto& [a, b, c] = record;
        return visit(a, b, c);
    } else if constexpr (n == 4) {
        auto& [a, b, c, d] = record;
        return visit(a, b, c, d);
    } else if constexpr (n == 5) {
        auto& [a, b, c, d, e] = record;
        return visit(a, b, c, d, e);
    } else if constexpr (n == 6) {
        auto& [a, b, c, d, e, f] = record;
        return visit(a, b, c, d, e, f);
    } else {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = record;
        return visit(a, b, c, d, e, f, g, h, i, j, k);
    }
}

/// Takes one field of any type.
template <class T>
[[nodiscard]] bool read_field(reader& in, T& v) noexcept {
    if constexpr (codec<T>::fixed) {
        const char* const at = in.take(codec<T>::min_size);
        if (at == nullptr) [[unlikely]] {
            return false;
        }
        codec<T>::load(at, v);
        return true;
    } else {
        return codec<T>::read(in, v);
    }
}

namespace detail {

template <class... Fields>
struct field_list {
    static constexpr std::size_t min_size = (codec<Fields>::min_size + ...);
    static constexpr bool fixed = (codec<Fields>::fixed && ...);
};

struct list_fields {
    template <class... Fields>
    constexpr auto operator()(Fields&...) const noexcept {
        return field_list<std::remove_const_t<Fields>...>{};
    }
};

} // namespace detail

/// A record: its fields in wire order.
template <record Record>
struct codec<Record> {
    using fields = decltype(with_fields(std::declval<Record&>(), detail::list_fields{}));
    static constexpr std::size_t min_size = fields::min_size;
    static constexpr bool fixed = fields::fixed;

    static constexpr std::size_t size(const Record& record) noexcept {
        if constexpr (fixed) {
            return min_size;
        } else {
            return with_fields(record, [](const auto&... field) {
                return (codec<std::remove_cvref_t<decltype(field)>>::size(field) + ...);
            });
        }
    }
    static char* store(char* at, const Record& record) noexcept {
        return with_fields(record, [at](const auto&... field) {
            char* to = at;
            ((to = codec<std::remove_cvref_t<decltype(field)>>::store(to, field)), ...);
            return to;
        });
    }
    static const char* load(const char* at, Record& record) noexcept
        requires fixed
    {
        return with_fields(record, [at](auto&... field) {
            const char* from = at;
            ((from = codec<std::remove_cvref_t<decltype(field)>>::load(from, field)), ...);
            return from;
        });
    }
    static bool read(reader& in, Record& record) noexcept
        requires(!fixed)
    {
        return with_fields(record, [&in](auto&... field) { return (read_field(in, field) && ...); });
    }
};

/// Bytes `record` takes on the wire.
template <class Record>
[[nodiscard]] constexpr std::size_t encoded_size(const Record& record) noexcept {
    return codec<Record>::size(record);
}

/// Appends `record`, none of whose views may lie in `out`. Throws std::bad_alloc or, beyond `max_encoded_size`,
/// std::length_error; either leaves `out` as it was.
template <class Record>
void encode(buffer& out, const Record& record) {
    const std::size_t n = encoded_size(record);
    static_cast<void>(wire_length(n));
    codec<Record>::store(out.grow(n), record);
}

/// The same through a writer.
template <class Record>
void encode(writer& out, const Record& record) {
    encode(out.target(), record);
}

/// Takes a record from the front of `in`; its views point into the input. False, with an unspecified record, when the
/// input is short or malformed. Bytes after the record are left where they are.
template <class Record>
[[nodiscard]] bool decode(reader& in, Record& record) noexcept {
    return read_field(in, record);
}

/// The same for a record at the front of `input`, ignoring what follows it.
template <class Record>
[[nodiscard]] bool decode(std::string_view input, Record& record) noexcept {
    reader in{input};
    return read_field(in, record);
}

} // namespace zooid::wire
