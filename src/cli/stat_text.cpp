#include "cli/stat_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace zooid::cli {
namespace {

constexpr std::string_view listing_format = "{:<4} {:>7} {:>8} {:>8}  {:<24}  {}";

} // namespace

std::string format_time(server_time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string format_id(std::int64_t id) { return fmt::format("{:#x}", static_cast<std::uint64_t>(id)); }

std::string format_stat(const stat& s) {
    std::string text;
    const auto line = [&text](std::string_view name, const auto& value) {
        fmt::format_to(std::back_inserter(text), "{:<16} {}\n", name, value);
    };
    line("czxid", format_id(s.czxid));
    line("mzxid", format_id(s.mzxid));
    line("pzxid", format_id(s.pzxid));
    line("ctime", format_time(s.ctime));
    line("mtime", format_time(s.mtime));
    line("version", s.version);
    line("cversion", s.cversion);
    line("aversion", s.aversion);
    line("ephemeral_owner", s.ephemeral_owner == 0 ? std::string("-") : format_id(s.ephemeral_owner));
    line("data_length", s.data_length);
    line("num_children", s.num_children);
    return text;
}

std::string listing_heading() {
    return fmt::format(fmt::runtime(listing_format), "MODE", "VERSION", "CHILDREN", "BYTES", "CHANGED", "NAME");
}

std::string format_listing_line(const stat& s, std::string_view name) {
    return fmt::format(fmt::runtime(listing_format), s.ephemeral_owner == 0 ? "-" : "e", s.version, s.num_children,
                       s.data_length, format_time(s.mtime), name);
}

} // namespace zooid::cli
