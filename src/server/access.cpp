#include "server/access.hpp"

#include "server/error_number.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <new>
#include <set>
#include <tuple>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::string_view world = "world";
constexpr std::string_view anyone = "anyone";
constexpr std::string_view digest = "digest";
constexpr std::string_view ip = "ip";

// Bounds of what one client can make of a few small requests: each "auth" in a list stands for all it has proven.
constexpr std::size_t most_identities = 1'000;
constexpr std::size_t most_entries = 100'000; // a request of the usual size holds fewer

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) noexcept {
    std::uint32_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value > most) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) {
            return std::nullopt;
        }
        const auto byte = parse_number(text.substr(0, dot), 255);
        if (!byte) {
            return std::nullopt;
        }
        address = (address << 8U) | *byte;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return address;
}

struct address_range {
    std::uint32_t address = 0;
    std::uint32_t mask = 0;
};

std::optional<address_range> parse_range(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    const auto address = parse_ipv4(text.substr(0, slash));
    const auto bits = slash == std::string_view::npos ? 32 : parse_number(text.substr(slash + 1), 32);
    if (!address || !bits) {
        return std::nullopt;
    }
    return address_range{*address, *bits == 0 ? 0 : ~std::uint32_t{0} << (32 - *bits)};
}

/// Two parts as Java's String.split sees them, which drops empty ones at the end.
bool is_digest_id(std::string_view id) noexcept {
    while (id.ends_with(':')) {
        id.remove_suffix(1);
    }
    return std::ranges::count(id, ':') == 1;
}

bool is_everybody(std::string_view scheme, std::string_view id) noexcept { return scheme == world && id == anyone; }

/// A null id makes ZooKeeper stumble where it would look at it.
std::int32_t judge(const wire::acl_item& entry) noexcept {
    const bool known = entry.scheme == world || entry.scheme == digest || entry.scheme == ip;
    if (known && entry.id.data() == nullptr) {
        return number_of(errc::marshalling_error);
    }
    const bool good = is_everybody(entry.scheme, entry.id) || (entry.scheme == digest && is_digest_id(entry.id)) ||
                      (entry.scheme == ip && parse_range(entry.id));
    return good ? 0 : number_of(errc::invalid_acl);
}

/// Adds the identities that prove something, which an address does not; false when there are none.
bool add_proven(acl& list, std::int32_t permissions, const credentials& who) {
    bool added = false;
    for (const identity& one : who.identities()) {
        if (one.scheme == digest) {
            list.push_back({permissions, one.scheme, one.user});
            added = true;
        }
    }
    return added;
}

bool matches(const acl_entry& entry, const identity& who) noexcept {
    if (entry.scheme != who.scheme) {
        return false;
    }
    return entry.scheme == digest ? entry.id == who.user : entry.scheme == ip && address_in_range(who.user, entry.id);
}

} // namespace

void credentials::add(identity who) {
    if (std::ranges::find(identities_, who) == identities_.end()) {
        super_ = super_ || who.scheme == "super";
        identities_.push_back(std::move(who));
    }
}

bool permits(std::span<const acl_entry> list, std::int32_t wanted, const credentials& who) noexcept {
    if (list.empty() || who.is_super()) {
        return true;
    }
    return std::ranges::any_of(list, [&](const acl_entry& entry) {
        return (entry.permissions & wanted) != 0 &&
               (is_everybody(entry.scheme, entry.id) ||
                std::ranges::any_of(who.identities(), [&](const identity& one) { return matches(entry, one); }));
    });
}

std::int32_t resolve_acl(const wire::list<wire::acl_item>& asked, const credentials& who, acl& list) {
    list.clear();
    std::set<std::tuple<std::int32_t, std::string_view, std::string_view>> seen;
    for (const wire::acl_item& entry : asked) {
        if (asked.size() > 1 && !seen.emplace(entry.permissions, entry.scheme, entry.id).second) {
            continue;
        }
        if (entry.scheme == "auth") { // its id means nothing
            if (!add_proven(list, entry.permissions, who)) {
                return number_of(errc::invalid_acl);
            }
        } else if (const std::int32_t err = judge(entry)) {
            return err;
        } else {
            list.push_back({entry.permissions, std::string{entry.scheme}, std::string{entry.id}});
        }
        if (list.size() > most_entries) {
            return number_of(errc::invalid_acl);
        }
    }
    return list.empty() ? number_of(errc::invalid_acl) : 0;
}

std::string masked_id(const acl_entry& entry) {
    const std::size_t colon = entry.scheme == digest ? entry.id.find(':') : std::string::npos;
    return colon == std::string::npos ? entry.id : entry.id.substr(0, colon) + ":x";
}

std::string_view user_of(const identity& who) noexcept {
    const std::string_view user = who.user;
    return who.scheme == digest ? user.substr(0, user.find(':')) : user;
}

std::string digest_id(std::string_view user_and_password) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned int length = 0;
    if (EVP_Digest(user_and_password.data(), user_and_password.size(), hash.data(), &length, EVP_sha1(), nullptr) !=
        1) {
        throw std::bad_alloc{};
    }
    std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> text{};
    const int size = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(length));
    std::string id{user_and_password.substr(0, user_and_password.find(':'))};
    return id.append(":").append(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size));
}

bool authenticate(credentials& who, std::string_view scheme, std::optional<std::string_view> proof,
                  std::string_view super_digest, std::string_view address) {
    if (!proof || who.identities().size() >= most_identities) {
        return false;
    }
    if (scheme == digest) {
        std::string id = digest_id(*proof);
        if (!super_digest.empty() && id == super_digest) {
            who.add({"super", ""});
        }
        who.add({std::string{digest}, std::move(id)});
        return true;
    }
    if (scheme == ip) { // whatever it claims, it is where it is
        who.add({std::string{ip}, std::string{address}});
        return true;
    }
    return false;
}

bool address_in_range(std::string_view address, std::string_view range) noexcept {
    const auto of = parse_range(range);
    const auto at = parse_ipv4(address);
    return of && at && (*at & of->mask) == (of->address & of->mask);
}

} // namespace zooid::server
