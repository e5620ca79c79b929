#include "session/host_list.hpp"

#include <zooid/path.hpp>

#include <algorithm>
#include <charconv>

namespace zooid::session {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string complaint(std::string_view item, std::string_view reason) {
    return "\"" + std::string{item} + "\": " + std::string{reason};
}

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
    unsigned number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number == 0 || number > 0xffff) {
        return false;
    }
    port = static_cast<std::uint16_t>(number);
    return true;
}

// Splits an item into name and port text; a reason when that is not possible.
std::optional<std::string_view> split(std::string_view item, std::string_view& name, std::string_view& port) noexcept {
    std::string_view rest;
    if (item.front() == '[') {
        const auto close = item.find(']');
        if (close == std::string_view::npos) {
            return "the bracket is not closed";
        }
        name = item.substr(1, close - 1);
        rest = item.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            return "only a port may follow the bracket";
        }
    } else {
        const auto colon = item.find(':');
        name = item.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : item.substr(colon);
        if (rest.find(':', 1) != std::string_view::npos) {
            return "more than one colon (IPv6 addresses need brackets)";
        }
    }
    port = rest.empty() ? rest : trimmed(rest.substr(1));
    name = trimmed(name);
    if (name.empty()) {
        return "no name";
    }
    if (name.find_first_of(blanks) != std::string_view::npos) {
        return "a blank inside of the name";
    }
    return std::nullopt;
}

bool parse_item(std::string_view item, host& parsed, std::string& problem) {
    std::string_view name;
    std::string_view port;
    if (const auto reason = split(item, name, port)) {
        problem = complaint(item, *reason);
        return false;
    }
    if (!port.empty() && !parse_port(port, parsed.port)) {
        problem = complaint(item, "the port is not a number from 1 to 65535");
        return false;
    }
    parsed.name = name;
    return true;
}

bool parse_chroot(std::string_view text, std::string& chroot, std::string& problem) {
    if (text.empty() || text == "/") {
        return true;
    }
    if (const auto reason = path_problem(text)) {
        problem = complaint(text, *reason);
        return false;
    }
    chroot = text;
    return true;
}

} // namespace

std::string to_string(const host& h) {
    const bool brackets = h.name.find(':') != std::string::npos;
    return (brackets ? "[" + h.name + "]" : h.name) + ":" + std::to_string(h.port);
}

std::optional<connect_string> parse_connect_string(std::string_view text, std::string& problem) {
    connect_string parsed;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos && !parse_chroot(trimmed(text.substr(slash)), parsed.chroot, problem)) {
        return std::nullopt;
    }
    std::string_view rest = text.substr(0, slash);
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const std::string_view item = trimmed(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        if (item.empty()) {
            continue;
        }
        host one;
        if (!parse_item(item, one, problem)) {
            return std::nullopt;
        }
        parsed.hosts.push_back(std::move(one));
    }
    if (parsed.hosts.empty()) {
        problem = complaint(text, "no host");
        return std::nullopt;
    }
    return parsed;
}

std::size_t host_list::find(const host& h) const noexcept {
    const auto found = std::find(hosts_.begin(), hosts_.end(), h);
    return found == hosts_.end() ? nowhere : static_cast<std::size_t>(found - hosts_.begin());
}

void host_list::shuffle(random_sequence& random) noexcept {
    for (std::size_t i = hosts_.size(); i > 1; --i) {
        std::swap(hosts_[i - 1], hosts_[random.below(i)]);
    }
}

std::size_t host_list::next(random_sequence& random) noexcept {
    if (preferred_ < hosts_.size()) {
        position_ = std::exchange(preferred_, nowhere) + 1;
        return position_ - 1;
    }
    if (balance_ && !(balance_->new_hosts.empty() && balance_->old_hosts.empty())) {
        const bool take_new =
            !balance_->new_hosts.empty() && (balance_->old_hosts.empty() || random.fraction() <= balance_->new_share);
        auto& from = take_new ? balance_->new_hosts : balance_->old_hosts;
        const std::size_t chosen = from.back();
        from.pop_back();
        position_ = chosen + 1;
        return chosen;
    }
    balance_.reset();
    if (position_ >= hosts_.size()) {
        position_ = 0;
    }
    return position_++;
}

bool host_list::replace(host_list fresh, std::size_t current, bool shuffled, random_sequence& random) {
    const host_list before{std::exchange(hosts_, std::move(fresh.hosts_))};
    named_first_ = std::move(fresh.named_first_);
    if (shuffled) {
        shuffle(random);
    }
    const std::size_t here = before.empty() ? nowhere : find(before[current < before.size() ? current : 0]);
    position_ = here == nowhere ? 0 : here + 1;
    preferred_ = nowhere;
    balance_.reset();

    balance spread;
    for (std::size_t i = hosts_.size(); i-- > 0;) {
        (before.find(hosts_[i]) == nowhere ? spread.new_hosts : spread.old_hosts).push_back(i);
    }
    const auto old_size = static_cast<double>(before.size());
    const auto new_size = static_cast<double>(hosts_.size());
    const auto kept = static_cast<double>(spread.old_hosts.size());
    if (hosts_.size() > before.size()) {
        if (here != nowhere && random.fraction() >= 1 - old_size / new_size) {
            return false;
        }
        spread.new_share = 1;
    } else {
        if (here != nowhere) {
            return false;
        }
        const double gone = old_size - kept; // more than 0: the current server is one of them
        spread.new_share = gone > 0 ? 1 - kept * (old_size - new_size) / (new_size * gone) : 1;
    }
    balance_ = std::move(spread);
    return true;
}

} // namespace zooid::session
