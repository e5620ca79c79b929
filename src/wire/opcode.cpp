#include <zooid/opcode.hpp>

namespace zooid {

std::string_view to_string(opcode op) noexcept {
    switch (op) {
#define ZOOID_OPCODE(name, number, kind) \
    case opcode::name:                   \
        return #name;
#include <zooid/detail/opcode_table.inc>
    }
    return "unknown";
}

opcode_kind kind_of(opcode op) noexcept {
    switch (op) {
#define ZOOID_OPCODE(name, number, kind) \
    case opcode::name:                   \
        return opcode_kind::kind;
#include <zooid/detail/opcode_table.inc>
    }
    return opcode_kind::inner;
}

std::optional<opcode> to_opcode(std::int32_t number) noexcept {
    switch (static_cast<opcode>(number)) {
#define ZOOID_OPCODE(name, number, kind) case opcode::name:
#include <zooid/detail/opcode_table.inc>
        return static_cast<opcode>(number);
    }
    return std::nullopt;
}

} // namespace zooid
