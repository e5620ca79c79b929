#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// A quota on /p lives in two nodes below /zookeeper/quota/p: `zookeeper_limits`, written by clients, and `zookeeper_stats`,
// written by the server. Both hold text such as "count=3,bytes=-1=;byteHardLimit=100;countHardLimit=-1".

namespace zooid::server {

inline constexpr std::string_view quota_limits_name = "zookeeper_limits";
inline constexpr std::string_view quota_stats_name = "zookeeper_stats";

/// The numbers of a quota node; -1 = no limit.
struct quota_numbers {
    std::int64_t count = -1; ///< nodes, the subtree's root included
    std::int64_t bytes = -1; ///< of data
    std::int64_t count_hard_limit = -1;
    std::int64_t byte_hard_limit = -1;

    friend bool operator==(const quota_numbers&, const quota_numbers&) = default;
};

/// Reads a quota node's text, old (before 3.7) or new; unknown keys are skipped. Nothing for what ZooKeeper cannot read.
[[nodiscard]] std::optional<quota_numbers> parse_quota(std::string_view text) noexcept;

/// The text of a stats node.
[[nodiscard]] std::string format_quota_stats(std::int64_t count, std::int64_t bytes);

/// What a quota says to a change.
enum class quota_answer : std::uint8_t {
    within, ///< nothing is exceeded, or no quota applies
    soft,   ///< exceeds a limit that is only worth a line in the log
    hard,   ///< exceeds a hard limit
};

/// What a change does to a quota.
struct quota_verdict {
    quota_answer answer = quota_answer::within;
    std::string_view prefix; ///< the path the quota is on, a view into the asked path; empty when within
};

} // namespace zooid::server
