#pragma once

#include "wire/codec.hpp"

#include <zooid/error.hpp>
#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::test {

/// The code of a request that went well.
inline constexpr errc ok{};

/// What a server sent behind a reply header; the header alone when `body` is empty. The accessors throw
/// `std::runtime_error` when the body is not exactly what they look for.
struct raw_reply {
    std::int32_t xid = 0;
    std::int64_t zxid = 0;
    errc err = ok;
    std::string body;

    /// The body as a record, whose views point into this reply.
    template <class Record>
    [[nodiscard]] Record as() const& {
        Record record;
        wire::reader in{body};
        if (!wire::decode(in, record) || in.remaining() != 0) {
            throw std::runtime_error("a reply of " + std::to_string(body.size()) + " bytes is not the record expected");
        }
        return record;
    }
    template <class Record>
    Record as() const&& = delete;

    /// The path a create reports, with or without a stat behind it.
    [[nodiscard]] std::string path() const;
    /// The stat a body consists of, or ends with.
    [[nodiscard]] zooid::stat stat() const;
    /// What a get reports: nothing for a null buffer.
    [[nodiscard]] std::optional<std::string> data() const;
    /// What lists report (children, ephemerals), sorted.
    [[nodiscard]] std::vector<std::string> names() const;
    /// What a getACL reports, as "scheme:id:permissions".
    [[nodiscard]] std::vector<std::string> acls() const;
};

/// How GoogleTest prints it.
void PrintTo(const raw_reply& reply, std::ostream* out);

/// Decodes the payload of a frame; throws `std::runtime_error` when it has no whole header.
[[nodiscard]] raw_reply decode_reply(std::string_view payload);

/// The result of one part of a multi.
struct part_result {
    opcode type = opcode::error;
    errc err = ok;
    std::string path;
    std::optional<zooid::stat> stat;
    std::optional<std::string> data;
    std::vector<std::string> children; ///< sorted
};

/// The results a multi or multiRead reports. Throws `std::runtime_error` unless the body is well-formed to its last byte.
[[nodiscard]] std::vector<part_result> results(const raw_reply& reply);

/// The codes of these results, in order.
[[nodiscard]] std::vector<errc> codes(const std::vector<part_result>& parts);

} // namespace zooid::test
