#pragma once

#include <boost/system/error_code.hpp>

#include <cerrno>

namespace zooid::runtime {

/// Why the calling thread's last system call failed.
[[nodiscard]] inline boost::system::error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

} // namespace zooid::runtime
