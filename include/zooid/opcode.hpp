#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace zooid {

/// An operation of the ZooKeeper protocol; the values are the wire's (`ZooDefs.OpCode` of Apache ZooKeeper 3.9).
enum class opcode : std::int32_t {
#define ZOOID_OPCODE(name, number, kind) name = number,
#include <zooid/detail/opcode_table.inc>
};

/// What an operation may do to the server's state.
enum class opcode_kind : std::uint8_t {
    read,       ///< changes nothing: safe to repeat
    write,      ///< takes a zxid
    barrier,    ///< sync
    connection, ///< concerns the connection, not the tree
    inner,      ///< only inside a transaction, or never sent by a client
};

/// The operation's name as this library spells it, e.g. `"get_children2"`; `"unknown"` for a value outside the table.
[[nodiscard]] std::string_view to_string(opcode op) noexcept;

/// The operation's kind; `inner` for a value outside the table.
[[nodiscard]] opcode_kind kind_of(opcode op) noexcept;

/// The operation with this wire number, or nothing when the table has none.
[[nodiscard]] std::optional<opcode> to_opcode(std::int32_t number) noexcept;

} // namespace zooid
