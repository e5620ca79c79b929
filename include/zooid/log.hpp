#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace zooid {

enum class log_level : std::uint8_t { debug, info, warning, error };

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// Takes one line of the log, without a line end. Called where the client's I/O is done, by one thread at a time: its I/O
/// thread, or one that is blocked in a call of the client. Never called with a lock held; it should return soon and must not
/// call the client. Lines hold session ids, hosts and paths, never data or credentials.
using log_sink = std::function<void(log_level level, std::string_view message)>;

} // namespace zooid
