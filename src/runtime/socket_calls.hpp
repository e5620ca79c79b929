#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>

namespace zooid::runtime {

using boost::system::error_code;

/// Sends what a socket takes without waiting. 0 without error when that is nothing.
[[nodiscard]] std::size_t send_now(int descriptor, std::span<const std::byte> from, error_code& ec) noexcept;

/// Receives what is there. 0 without error when that is nothing; `asio::error::eof` at the end.
[[nodiscard]] std::size_t receive_now(int descriptor, std::span<std::byte> into, error_code& ec) noexcept;

} // namespace zooid::runtime
