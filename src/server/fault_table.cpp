#include "server/fault_table.hpp"

#include "server/request_path.hpp"

#include <algorithm>
#include <utility>

namespace zooid::server {
namespace {

bool covers(const fault_rule& rule, std::string_view path) noexcept {
    if (!rule.below || !path.starts_with(rule.path)) {
        return path == rule.path;
    }
    return path.size() == rule.path.size() || rule.path == "/" || path[rule.path.size()] == '/';
}

bool asks_for(const fault_rule& rule, const faulted_request& request, std::string_view body) {
    if (rule.op ? *rule.op != request.op : request.op == opcode::ping) {
        return false;
    }
    if (rule.session != 0 && rule.session != request.session) {
        return false;
    }
    if (!rule.path.empty() && !any_path(request.op, body, [&](std::string_view path) { return covers(rule, path); })) {
        return false;
    }
    if (!rule.matches) {
        return true;
    }
    try {
        return rule.matches(request);
    } catch (...) { // a test's predicate; it is documented to mean "no"
        return false;
    }
}

} // namespace

std::uint64_t fault_table::add(fault_rule rule) {
    rules_.push_back({++last_id_, 0, std::move(rule)});
    ++armed_;
    return last_id_;
}

std::optional<std::uint64_t> fault_table::remove(std::uint64_t id) {
    const auto found = std::ranges::find(rules_, id, &armed_rule::id);
    if (found == rules_.end()) {
        return std::nullopt;
    }
    const std::uint64_t hits = found->hits;
    armed_ -= found->used_up() ? 0U : 1U;
    rules_.erase(found);
    return hits;
}

std::optional<std::uint64_t> fault_table::hits(std::uint64_t id) const noexcept {
    const auto found = std::ranges::find(rules_, id, &armed_rule::id);
    return found == rules_.end() ? std::nullopt : std::optional{found->hits};
}

const fault_rule* fault_table::meet(std::int64_t session, std::int32_t xid, opcode op, std::string_view body) {
    const faulted_request request{session, xid, op, first_path(op, body)};
    for (armed_rule& one : rules_) {
        if (!one.used_up() && asks_for(one.rule, request, body)) {
            ++one.hits;
            armed_ -= one.used_up() ? 1U : 0U;
            return &one.rule;
        }
    }
    return nullptr;
}

} // namespace zooid::server
