#include "server/four_letter_words.hpp"
#include "server/server_state.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {
namespace {

/// Two digits at least.
std::string padded(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// As Java prints a date where the clock is set to UTC: "Tue Nov 14 22:13:20 UTC 2023".
std::string date_of(server_time time) {
    static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
    std::string text{days.at(std::chrono::weekday{day}.c_encoding())};
    text.append(" ").append(months.at(static_cast<unsigned>(date.month()) - 1));
    text.append(" ").append(padded(static_cast<unsigned>(date.day())));
    text.append(" ").append(padded(clock.hours().count()));
    text.append(":").append(padded(clock.minutes().count()));
    text.append(":").append(padded(clock.seconds().count()));
    return text.append(" UTC ").append(std::to_string(static_cast<int>(date.year())));
}

/// Lines grouped by when they expire.
using expiry_groups = std::map<steady_time, std::vector<std::string>>;

std::string describe(const peer& of) {
    return "ip: " + socket_of(of) + " sessionId: " + hexadecimal(of.session == nullptr ? 0 : of.session->id);
}

void put_groups(const server_state& state, std::string_view title, const expiry_groups& groups, std::string& out) {
    std::size_t lines = 0;
    for (const auto& [when, group] : groups) {
        lines += group.size();
    }
    out.append(title).append(" Sets (").append(std::to_string(groups.size())).append(")/(");
    out.append(std::to_string(lines)).append("):\n");
    for (const auto& [when, group] : groups) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(when - state.present.now);
        out.append(std::to_string(group.size())).append(" expire at ").append(date_of(state.present.wall + left));
        out += ":\n";
        for (const std::string& line : group) {
            out.append("\t").append(line).append("\n");
        }
    }
}

} // namespace

void tell_dump(const server_state& state, std::string& out) {
    expiry_groups sessions;
    expiry_groups connections;
    state.sessions.for_each([&](const session& one) {
        const steady_time when = state.sessions.expiry_of(one);
        sessions[when].push_back(hexadecimal(one.id));
        if (const peer* const bound = state.find(one)) {
            connections[when].push_back(describe(*bound));
        }
    });
    for (const auto& [id, one] : state.peers) {
        if (one->session == nullptr && one->end == ending::none) { // it may not keep quiet for ever either
            connections[one->opened + state.config.handshake_timeout].push_back(describe(*one));
        }
    }
    out += "SessionTracker dump:\n";
    put_groups(state, "Session", sessions, out);
    out += "ephemeral nodes dump:\n";
    std::vector<std::int64_t> owners = state.tree.ephemeral_sessions();
    std::ranges::sort(owners);
    out.append("Sessions with Ephemerals (").append(std::to_string(owners.size())).append("):\n");
    for (const std::int64_t owner : owners) {
        out.append(hexadecimal(owner)).append(":\n");
        for (const std::string& path : state.tree.ephemerals_of(owner)) {
            out.append("\t").append(path).append("\n");
        }
    }
    out += "Connections dump:\n";
    put_groups(state, "Connections", connections, out);
}

} // namespace zooid::server
