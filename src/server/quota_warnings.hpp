#pragma once

#include <zooid/types.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string_view>

namespace zooid::server {

/// Which quotas an operator has been warned of lately: a client that keeps exceeding one must not flood the log, nor
/// wait for it with every request.
class quota_warnings {
public:
    /// Whether to warn of the quota at `path` now. Then not again for a minute.
    [[nodiscard]] bool is_due(std::string_view path, steady_time now) {
        const std::size_t name = std::hash<std::string_view>{}(path);
        const auto last = silent_until_.find(name);
        if (last != silent_until_.end() && now < last->second) {
            return false;
        }
        std::erase_if(silent_until_, [now](const auto& one) { return one.second <= now; });
        if (silent_until_.size() == most) {
            return false;
        }
        silent_until_.emplace(name, now + pause);
        return true;
    }

private:
    static constexpr std::chrono::minutes pause{1};
    static constexpr std::size_t most = 100; // clients can make any number of quotas

    std::map<std::size_t, steady_time> silent_until_; // by the hash of the path
};

} // namespace zooid::server
