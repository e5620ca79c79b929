#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace zooid {

/// How important a line of the log is, the least important first.
enum class log_level : std::uint8_t { debug, info, warning, error };

/// The enumerator's name, e.g. `"info"`.
[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// Takes one line of the log, without a line end. A client calls it as it calls listeners: one line at a time, in order
/// with its callbacks, on its callback thread or, if it has none, its executor. So a slow callback delays the log, and a
/// call that blocks may return before its lines are written. It may be called until `close` has returned, and a while
/// longer where the last handle just goes; lines that wait when the executor's context is destroyed are lost. On an
/// executor, blocking calls in a sink fail with `would_deadlock`. A sink that holds a client keeps it for ever. What a sink
/// throws is dropped. Never called with a lock held. Lines hold ids, hosts and paths, never data or credentials.
using log_sink = std::function<void(log_level level, std::string_view message)>;

} // namespace zooid
