#pragma once

#include <zooid/error.hpp>

#include <cstdint>

namespace zooid::server {

/// An error as it travels.
[[nodiscard]] constexpr std::int32_t number_of(errc e) noexcept { return static_cast<std::int32_t>(e); }

} // namespace zooid::server
