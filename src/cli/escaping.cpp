#include "cli/escaping.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace zooid::cli {
namespace {

/// The character at the front of some text; `valid` is false for a stray byte, which has length 1.
struct character {
    char32_t code = 0;
    std::size_t length = 1;
    bool valid = false;
};

constexpr std::size_t sequence_length(unsigned char lead) noexcept {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        return 3;
    }
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

character first_character(std::string_view text) noexcept {
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; // by length: lower codes have a shorter form
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(lead);
    if (length == 0 || text.size() < length) {
        return {lead, 1, false};
    }
    char32_t code = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0U) != 0x80) {
            return {lead, 1, false};
        }
        code = (code << 6U) | (next & 0x3fU);
    }
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return {lead, 1, false};
    }
    return {code, length, true};
}

constexpr bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

/// Characters that are not seen but change what is: directions, joiners, separators, the byte order mark.
constexpr bool is_deceptive(char32_t c) noexcept {
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0x061c || c == 0xfeff;
}

void append_escaped(std::string& out, const character& c, std::string_view bytes) {
    auto to = std::back_inserter(out);
    if (!c.valid) {
        fmt::format_to(to, "\\x{:02x}", static_cast<unsigned>(c.code));
    } else if (c.code == '\n') {
        out += "\\n";
    } else if (c.code == '\t') {
        out += "\\t";
    } else if (c.code == '\r') {
        out += "\\r";
    } else if (is_control(c.code)) {
        for (const char byte : bytes) {
            fmt::format_to(to, "\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        }
    } else {
        fmt::format_to(to, "\\u{{{:x}}}", static_cast<std::uint32_t>(c.code));
    }
}

} // namespace

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const character c = first_character(bytes);
        if (!c.valid) {
            return false;
        }
        bytes.remove_prefix(c.length);
    }
    return true;
}

std::string escape_for_terminal(std::string_view text, line_ends ends) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const character c = first_character(text);
        const auto bytes = text.substr(0, c.length);
        const bool layout = ends == line_ends::keep && (c.code == '\n' || c.code == '\t');
        if (c.valid && (layout || (!is_control(c.code) && !is_deceptive(c.code)))) {
            out += bytes;
        } else {
            append_escaped(out, c, bytes);
        }
        text.remove_prefix(c.length);
    }
    return out;
}

std::string escape_json(std::string_view document) {
    std::string out;
    out.reserve(document.size());
    while (!document.empty()) {
        const character c = first_character(document);
        if (is_control(c.code) || is_deceptive(c.code)) { // inside of strings only; none is beyond U+FFFF
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c.code));
        } else {
            out += document.substr(0, c.length);
        }
        document.remove_prefix(c.length);
    }
    return out;
}

std::string repair_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const character c = first_character(text);
        out += c.valid ? text.substr(0, c.length) : std::string_view("\xef\xbf\xbd");
        text.remove_prefix(c.length);
    }
    return out;
}

std::string shorten(std::string_view text, std::size_t limit) {
    std::size_t bytes = 0;
    for (std::size_t count = 0; bytes < text.size(); ++count) {
        if (count == limit) {
            return std::string(text.substr(0, bytes)) + "\xe2\x80\xa6";
        }
        bytes += first_character(text.substr(bytes)).length;
    }
    return std::string(text);
}

} // namespace zooid::cli
