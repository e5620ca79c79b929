#include "cli/acl_text.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace zooid::cli {
namespace {

struct letter {
    char name;
    std::int32_t bit;
};

constexpr std::array<letter, 5> letters_of_permissions{{
    {'c', perms::create},
    {'d', perms::remove},
    {'r', perms::read},
    {'w', perms::write},
    {'a', perms::admin},
}};

acl_entry parse_entry(std::string_view text) {
    const auto refuse = [text](std::string_view why) {
        throw std::invalid_argument("'" + std::string(text) + "' " + std::string(why));
    };
    const auto first = text.find(':');
    const auto last = text.rfind(':'); // an id may have colons of its own: digest's user:hash, IPv6 addresses
    if (first == std::string_view::npos || first == last || first == 0) {
        refuse("is not scheme:id:permissions, such as world:anyone:r");
    }
    const auto permissions = parse_permissions(text.substr(last + 1));
    if (!permissions) {
        refuse("has permissions other than the letters cdrwa");
    }
    return {permissions.value_or(0), std::string(text.substr(0, first)),
            std::string(text.substr(first + 1, last - first - 1))};
}

} // namespace

std::optional<std::int32_t> parse_permissions(std::string_view letters) noexcept {
    if (letters == "all") {
        return perms::all;
    }
    std::int32_t result = 0;
    for (const char c : letters) {
        std::int32_t bit = 0;
        for (const auto& l : letters_of_permissions) {
            bit = l.name == c ? l.bit : bit;
        }
        if (bit == 0) {
            return std::nullopt;
        }
        result |= bit;
    }
    return letters.empty() ? std::nullopt : std::optional(result);
}

std::string format_permissions(std::int32_t permissions) {
    std::string text;
    for (const auto& l : letters_of_permissions) {
        if ((permissions & l.bit) != 0) {
            text += l.name;
        }
    }
    return text;
}

acl parse_acl(std::string_view text) {
    if (text == "open") {
        return open_acl();
    }
    if (text == "read") {
        return read_acl();
    }
    if (text == "creator") {
        return creator_acl();
    }
    acl list;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        more = comma != std::string_view::npos;
        list.push_back(parse_entry(text.substr(0, comma)));
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return list;
}

} // namespace zooid::cli
