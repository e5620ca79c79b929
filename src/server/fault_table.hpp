#pragma once

#include "server/fault_rule.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string_view>

namespace zooid::server {

/// The fault rules in force, oldest first. Not thread-safe.
class fault_table {
public:
    /// True while a rule may match anything; the only question a server without faults has to ask.
    [[nodiscard]] bool any() const noexcept { return armed_ != 0; }

    std::uint64_t add(fault_rule rule);
    /// Takes a rule out; the number of requests it has met.
    std::optional<std::uint64_t> remove(std::uint64_t id);
    [[nodiscard]] std::optional<std::uint64_t> hits(std::uint64_t id) const noexcept;

    /// The rule that this request meets, which counts it, or null. Valid until the table changes.
    [[nodiscard]] const fault_rule* meet(std::int64_t session, std::int32_t xid, opcode op, std::string_view body);

private:
    struct armed_rule {
        std::uint64_t id = 0;
        std::uint64_t hits = 0;
        fault_rule rule;

        [[nodiscard]] bool used_up() const noexcept { return rule.times != 0 && hits >= rule.times; }
    };

    std::list<armed_rule> rules_;
    std::size_t armed_ = 0; // rules not used up
    std::uint64_t last_id_ = 0;
};

} // namespace zooid::server
