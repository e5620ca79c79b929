#pragma once

#include "client/operations.hpp"

#include <zooid/options.hpp>

#include <string_view>

// Deleting nodes in more than one request: whole trees, and until it is certain.

namespace zooid::detail {

/// `remove` with all its options.
[[nodiscard]] launched<nothing> start_removal(const call_site& site, std::string_view path,
                                              const remove_options& options);

} // namespace zooid::detail
