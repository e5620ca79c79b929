#pragma once

#include <zooid/client.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zooid::test {

// What a result says, as text: whatever is the same when the same calls are made again elsewhere, so without zxids, times
// and ids.

std::string describe(const stat& s);
std::string describe(const std::optional<stat>& s);
std::string describe(const std::string& text);
std::string describe(std::int32_t number);
std::string describe(const std::vector<std::string>& names);
std::string describe(const node& n);
std::string describe(const created_node& n);
std::string describe(const node_children& n);
std::string describe(const node_acls& n);
std::string describe(const std::vector<identity>& identities);
std::string describe(const watched_node& n);
std::string describe(const watched_stat& n);
std::string describe(const watched_children& n);
std::string describe(const watch& w);
std::string describe(const watch_event& e);
std::string describe(const std::vector<transaction_result>& results);
std::string describe(const std::vector<read_result>& results);

/// How a call ended: the error's name, or what it gave.
template <class... Result>
[[nodiscard]] std::string outcome(error_code ec, const Result&... result) {
    return ec ? ec.message() : "ok" + (std::string() + ... + (" " + describe(result)));
}

} // namespace zooid::test
