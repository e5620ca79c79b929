#pragma once

#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

// The bodies of multi and multi_read: parts, each behind a multi_header, and a header that ends them.

namespace zooid::wire {

/// Appends the parts of a multi request to a buffer, which must outlive it. Every call may throw std::bad_alloc or
/// std::length_error and then leaves the buffer as it was; no view may lie in the buffer.
class multi_encoder {
public:
    explicit multi_encoder(buffer& target) noexcept : target_(&target) {}

    /// Appends one part each, under the operation of the same name.
    void create(const create_request& part) { add(opcode::create, part); }
    void create2(const create_request& part) { add(opcode::create2, part); }
    void create_container(const create_request& part) { add(opcode::create_container, part); }
    void create_ttl(const create_ttl_request& part) { add(opcode::create_ttl, part); }
    void remove(const delete_request& part) { add(opcode::remove, part); }
    void set(const set_data_request& part) { add(opcode::set, part); }
    void check(const check_version_request& part) { add(opcode::check, part); }
    void get(const path_watch_request& part) { add(opcode::get, part); }
    void get_children(const path_watch_request& part) { add(opcode::get_children, part); }

    /// Appends what ends the request; nothing may be added afterwards.
    void finish();

    /// Number of parts so far.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    template <class Record>
    void add(opcode op, const Record& part);

    buffer* target_;
    std::size_t count_ = 0;
};

/// What one step through a multi met.
enum class multi_step : std::uint8_t {
    part,      ///< the next part was read
    end,       ///< the multi is complete
    malformed, ///< the bytes are no multi; every later step says so too
};

/// One part of a multi request.
struct multi_part {
    opcode type = opcode::error; ///< tells create, create2 and create_container, and get and get_children, apart
    std::variant<create_request, create_ttl_request, delete_request, set_data_request, check_version_request,
                 path_watch_request>
        request{};
};

/// Steps through the body of a multi request. Total: never throws, allocates, or reads past the end.
class multi_request_reader {
public:
    explicit multi_request_reader(std::string_view body) noexcept : in_(body) {}

    /// Reads the next part; `part` is meaningful for `multi_step::part` only. An operation that has no place in a multi is
    /// malformed; so is a body that just stops.
    [[nodiscard]] multi_step next(multi_part& part) noexcept;

private:
    reader in_;
    multi_step state_ = multi_step::part;
};

/// Appends the results of a multi to a buffer, which must outlive it. Every call may throw std::bad_alloc or
/// std::length_error and then leaves the buffer as it was; no view may lie in the buffer.
class multi_reply_encoder {
public:
    explicit multi_reply_encoder(buffer& target) noexcept : target_(&target) {}

    /// Appends one result each. `create2` also answers create_container and create_ttl.
    void create(const create_response& result);
    void create2(const create2_response& result);
    void remove();
    void set(const stat_response& result);
    void check();
    void get(const get_data_response& result);
    void get_children(const get_children_response& result);
    /// Appends the failure of one part: 0 for one that was undone, its own error, or -2 for one not attempted.
    void error(std::int32_t err);

    /// Appends what ends the reply; nothing may be added afterwards.
    void finish();

    /// Number of results so far.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    template <class... Record>
    void add(const multi_header& header, const Record&... result);

    buffer* target_;
    std::size_t count_ = 0;
};

/// One result of a multi; which members mean something depends on `type`.
struct multi_result {
    opcode type = opcode::error;            ///< as the server says, which need not be the operation asked for
    std::int32_t err = 0;                   ///< error: its number, 0 for a part that was undone
    std::string_view path{};                ///< create, create2: as the server knows it
    std::optional<zooid::stat> stat{};      ///< create2, set, get
    std::optional<std::string_view> data{}; ///< get: null unless the node has data
    list<std::string_view> children{};      ///< get_children
};

/// Steps through the body of a multi reply. Total: never throws, allocates, or reads past the end.
class multi_reply_reader {
public:
    explicit multi_reply_reader(std::string_view body) noexcept : in_(body) {}

    /// Reads the next result, decoded by the type the server gives; `result` is meaningful for `multi_step::part` only.
    [[nodiscard]] multi_step next(multi_result& result) noexcept;

private:
    reader in_;
    multi_step state_ = multi_step::part;
};

} // namespace zooid::wire
