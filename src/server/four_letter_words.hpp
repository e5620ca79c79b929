#pragma once

#include "server/server_core.hpp"

#include <string>
#include <string_view>

namespace zooid::server {

struct server_state;

/// Answers a connection whose first bytes are a four-letter word; false, with `answer` untouched, when they are none. Some
/// words change something (`crst`, `srst`).
[[nodiscard]] bool answer_word(server_state& state, std::string_view input, moment at, std::string& answer);

} // namespace zooid::server
