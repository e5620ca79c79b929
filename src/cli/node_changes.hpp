#pragma once

#include <zooid/types.hpp>
#include <zooid/watch_event.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zooid::cli {

/// What tells one state of a node from another.
struct node_mark {
    std::int64_t czxid = 0;
    std::int64_t mzxid = 0;
    std::int64_t pzxid = 0;

    friend bool operator==(const node_mark&, const node_mark&) = default;
};

[[nodiscard]] node_mark mark_of(const stat& s) noexcept;

/// The watched nodes by path, as last read.
using node_marks = std::map<std::string, node_mark>;

/// What a watch would have reported between two readings, parents before children. Changes of the list of children are
/// only reported when `children` is set (a watch on a single node); several changes of one node show as one.
[[nodiscard]] std::vector<watch_event> changes_between(const node_marks& before, const node_marks& after,
                                                       bool children);

/// True if the marks were read after the change that `event` tells of, as far as can be told; `now` is the node as read
/// after the event arrived.
[[nodiscard]] bool is_contained(const watch_event& event, const node_marks& marks, const std::optional<stat>& now);

/// Brings the marks up to date with a node as read.
void remember(node_marks& marks, const std::string& path, const std::optional<stat>& now);

} // namespace zooid::cli
