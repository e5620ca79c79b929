#pragma once

#include "wire/codec.hpp"
#include "wire/multi.hpp"
#include "wire/reader.hpp"

#include <zooid/opcode.hpp>

#include <string_view>
#include <variant>

namespace zooid::server {

/// Whether `op`'s record begins with a path.
[[nodiscard]] constexpr bool starts_with_path(opcode op) noexcept {
    switch (op) {
    case opcode::create:
    case opcode::remove:
    case opcode::exists:
    case opcode::get:
    case opcode::set:
    case opcode::get_acls:
    case opcode::set_acls:
    case opcode::get_children:
    case opcode::sync:
    case opcode::get_children2:
    case opcode::check:
    case opcode::create2:
    case opcode::check_watches:
    case opcode::remove_watches:
    case opcode::create_container:
    case opcode::create_ttl:
    case opcode::get_ephemerals:
    case opcode::get_all_children_number:
    case opcode::add_watch:
        return true;
    default:
        return false;
    }
}

/// Calls `visit(path)` for the path of an encoded request, or of every part of a multi, until it says true; tells whether
/// it did. Stops where the request is malformed.
template <class Visitor>
bool any_path(opcode op, std::string_view body, Visitor visit) {
    if (starts_with_path(op)) {
        wire::reader in{body};
        std::string_view path;
        return in.string(path) && visit(path);
    }
    if (op == opcode::multi || op == opcode::multi_read) {
        wire::multi_request_reader in{body};
        wire::multi_part part;
        while (in.next(part) == wire::multi_step::part) {
            if (std::visit([&](const auto& record) { return visit(record.path.path); }, part.request)) {
                return true;
            }
        }
    }
    return false;
}

/// The first path of an encoded request; empty if it has none.
[[nodiscard]] inline std::string_view first_path(opcode op, std::string_view body) {
    std::string_view first;
    any_path(op, body, [&first](std::string_view path) {
        first = path;
        return true;
    });
    return first;
}

} // namespace zooid::server
