#include "cli/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace zooid::cli {
namespace {

struct unit {
    std::string_view name;
    double milliseconds;
};

constexpr std::array<unit, 6> units{{
    {"", 1e3},
    {"ms", 1},
    {"s", 1e3},
    {"m", 60e3},
    {"h", 3600e3},
    {"d", 86400e3},
}};

constexpr double longest = 1099511627775.0; // 2^40 - 1: also the longest time to live a server takes

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, problem] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
    if (problem != std::errc{}) {
        return std::nullopt;
    }
    const std::string_view suffix(end, static_cast<std::size_t>(last - end));
    for (const auto& u : units) {
        if (suffix == u.name) {
            const double result = std::round(number * u.milliseconds);
            if (!(result >= 1) || result > longest) { // also refuses NaN
                return std::nullopt;
            }
            return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(result));
        }
    }
    return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
    if (duration.count() % 1000 == 0) {
        return fmt::format("{}s", duration.count() / 1000);
    }
    return fmt::format("{}ms", duration.count());
}

} // namespace zooid::cli
