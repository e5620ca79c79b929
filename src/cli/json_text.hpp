#pragma once

#include <zooid/types.hpp>
#include <zooid/watch_event.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace zooid::cli {

namespace json = boost::json;

// The keys below are documented in the commands' help and stay as they are. 64-bit ids are hexadecimal text, since many
// JSON readers keep 53 bits only; zxids are numbers.

/// czxid, mzxid, pzxid, ctime, mtime (UTC), version, cversion, aversion, ephemeral_owner (null or "0x…"), data_length,
/// num_children.
[[nodiscard]] json::object to_json(const stat& s);

/// event, path, zxid (null when the server does not tell), missed (only when true: found by reading again).
[[nodiscard]] json::object to_json(const watch_event& event, bool missed);

/// Adds the bytes under `data` if they are UTF-8, else under `data_base64`.
void put_data(json::object& into, std::string_view data);

/// Text that came from a server, made UTF-8.
[[nodiscard]] json::string json_text(std::string_view text);

/// Base64 with padding, without line ends.
[[nodiscard]] std::string base64(std::string_view bytes);

/// One line without line end; safe to show on a terminal.
[[nodiscard]] std::string serialize(const json::object& document);

} // namespace zooid::cli
