#pragma once

#include "cli/exit_code.hpp"

namespace zooid::cli {

/// The whole command: parses the arguments, runs what they ask for, reports. Throws nothing.
exit_code run_application(int argc, const char* const* argv) noexcept;

} // namespace zooid::cli
