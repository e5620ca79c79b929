#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace zooid::runtime {

/// What this process runs on and for whom, under the names that ZooKeeper's servers give it: `host.name`, `os.name`,
/// `user.name` and so on. What cannot be found out is left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> process_environment();

/// How many file descriptors this process has open, and may have; -1 if that cannot be found out.
[[nodiscard]] std::int64_t open_descriptors() noexcept;
[[nodiscard]] std::int64_t descriptor_limit() noexcept;

/// Gives memory that is free, but still this process's, back to the system. Takes time in proportion to what is free.
void give_back_memory() noexcept;

} // namespace zooid::runtime
