#include "server/quota.hpp"

#include <algorithm>
#include <charconv>

namespace zooid::server {
namespace {

constexpr std::string_view separators = ",;";

std::optional<std::int64_t> parse_number(std::string_view text) noexcept {
    std::int64_t number = -1;
    const char* const end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data(), end, number);
    if (!text.empty() && (at != end || problem != std::errc{})) {
        return std::nullopt;
    }
    return number;
}

// "count=3" or "bytes=-1=": what stands behind a second '=' does not count.
bool take_pair(std::string_view pair, quota_numbers& into) noexcept {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const std::string_view key = pair.substr(0, equals);
    std::string_view text = pair.substr(equals + 1);
    text = text.substr(0, text.find('='));
    const std::optional<std::int64_t> number = parse_number(text);
    if (!number) {
        return false;
    }
    if (key == "count") {
        into.count = *number;
    } else if (key == "bytes") {
        into.bytes = *number;
    } else if (key == "countHardLimit") {
        into.count_hard_limit = *number;
    } else if (key == "byteHardLimit") {
        into.byte_hard_limit = *number;
    }
    return true;
}

} // namespace

std::optional<quota_numbers> parse_quota(std::string_view text) noexcept {
    quota_numbers numbers;
    while (!text.empty()) {
        const std::size_t length = std::min(text.find_first_of(separators), text.size());
        if (length != 0 && !take_pair(text.substr(0, length), numbers)) {
            return std::nullopt;
        }
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return numbers;
}

std::string format_quota_stats(std::int64_t count, std::int64_t bytes) {
    return "count=" + std::to_string(count) + ",bytes=" + std::to_string(bytes);
}

} // namespace zooid::server
