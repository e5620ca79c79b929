#pragma once

#include <functional>
#include <string>
#include <thread>

namespace zooid::runtime {

/// Starts a thread called `name` (cut to 15 characters) in which all signals are blocked, so that the program's own
/// threads keep handling them. Throws `std::system_error` when the system has no thread left.
[[nodiscard]] std::thread start_thread(const std::string& name, std::function<void()> body);

} // namespace zooid::runtime
