#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace zooid {

enum class log_level : std::uint8_t { debug, info, warning, error };

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// Takes one line of the log, without a line end. Called from the client's I/O thread, never with a lock held; it should
/// return soon and must not call the client. Lines hold session ids, hosts and paths, never data or credentials.
using log_sink = std::function<void(log_level level, std::string_view message)>;

} // namespace zooid
