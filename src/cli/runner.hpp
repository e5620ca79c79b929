#pragma once

#include "cli/command.hpp"
#include "cli/exit_code.hpp"

#include <string>

namespace zooid::cli {

/// Lets writing to a pipe without a reader fail instead of ending the process.
void ignore_broken_pipes() noexcept;

/// Connects, runs the command until it ends or a signal ends it, closes the session, reports. Blocks.
exit_code run_command(command& what, const std::string& name, const global_options& options);

} // namespace zooid::cli
