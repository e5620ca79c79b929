#pragma once

#include "session/session.hpp"

#include <zooid/options.hpp>

namespace zooid::detail {

/// What the options of a client mean to its session. Throws `bad_arguments_error` or `request_too_large_error`, naming the
/// option that makes no sense.
[[nodiscard]] session::session_config session_config_of(const client_options& options);

} // namespace zooid::detail
