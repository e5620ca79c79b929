#pragma once

#include <zooid/types.hpp>

#include <cstdint>

namespace zooid::test {

/// Ends a session from outside: resumes it on a connection of its own and closes it with the same write, so that its owner
/// has no chance to come back in between. To the owner this is an expiry. Blocks until the server has done it; false if
/// the server didn't accept the credentials.
bool end_session(std::uint16_t server_port, const session_credentials& session);

} // namespace zooid::test
