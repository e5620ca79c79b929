#include "cli/tree_text.hpp"

#include <zooid/path.hpp>

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace zooid::cli {
namespace {

[[noreturn]] void refuse_escape(std::string_view text) {
    throw std::invalid_argument("'" + std::string(text.substr(0, 4)) + R"(' is no escape: \\ \t \n \r \xHH)");
}

/// The character that an escape at the front of `text` stands for; takes the escape off.
char take_escape(std::string_view& text) {
    if (text.size() < 2) {
        refuse_escape(text);
    }
    std::size_t length = 2;
    char meant = 0;
    switch (text[1]) {
    case '\\':
        meant = '\\';
        break;
    case 't':
        meant = '\t';
        break;
    case 'n':
        meant = '\n';
        break;
    case 'r':
        meant = '\r';
        break;
    case 'x': {
        unsigned char byte = 0;
        length = 4;
        const std::string_view digits = text.substr(2, 2);
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (problem != std::errc{} || digits.size() != 2 || end != digits.data() + 2) {
            refuse_escape(text);
        }
        meant = static_cast<char>(byte);
        break;
    }
    default:
        refuse_escape(text);
    }
    text.remove_prefix(length);
    return meant;
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = text.find('\\');
        out += text.substr(0, plain);
        text.remove_prefix(plain == std::string_view::npos ? text.size() : plain);
        if (!text.empty()) {
            out += take_escape(text);
        }
    }
    return out;
}

} // namespace

std::optional<tree_entry> parse_tree_line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') { // a file that has been on another system; data has \r escaped
        line.remove_suffix(1);
    }
    if (line.empty() || line.front() == '#') {
        return std::nullopt;
    }
    const std::size_t tab = line.find('\t');
    tree_entry entry{unescape(line.substr(0, tab)), std::nullopt};
    if (const auto problem = path_problem(entry.path)) {
        throw std::invalid_argument("not a node's path: " + *problem);
    }
    if (tab != std::string_view::npos) {
        const std::string_view data = line.substr(tab + 1);
        if (data.find('\t') != std::string_view::npos) {
            throw std::invalid_argument("a second tab; in data it is written as \\t");
        }
        entry.data = unescape(data);
    }
    return entry;
}

} // namespace zooid::cli
