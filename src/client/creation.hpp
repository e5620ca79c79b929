#pragma once

#include "client/operations.hpp"

#include <zooid/options.hpp>
#include <zooid/types.hpp>

#include <string>
#include <string_view>

// Creating nodes in more than one request: with their parents, recognisably, or whatever is there already.

namespace zooid::detail {

/// `create` with all its options; `Result` is std::string or created_node.
template <class Result>
[[nodiscard]] launched<Result> start_creation(const call_site& site, std::string_view path, std::string_view data,
                                              const create_options& options);
[[nodiscard]] launched<nothing> start_ensuring(const call_site& site, std::string_view path,
                                               const ensure_options& options);
[[nodiscard]] launched<stat> start_upsert(const call_site& site, std::string_view path, std::string_view data,
                                          const ensure_options& options);

/// A random version 4 UUID in its canonical text form, from 128 random bits.
[[nodiscard]] std::string uuid_text(std::uint64_t high, std::uint64_t low);

} // namespace zooid::detail
