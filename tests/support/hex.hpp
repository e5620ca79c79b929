#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zooid::testing {

namespace detail {

inline unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    throw std::invalid_argument(std::string{"not a hex digit: "} + c);
}

} // namespace detail

/// The bytes that `text` spells: pairs of lower-case hex digits, white space anywhere between pairs, and `00*16` for a byte
/// repeated. Throws std::invalid_argument for anything else.
inline std::string hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ' || text[i] == '\n') {
            ++i;
            continue;
        }
        if (i + 1 >= text.size()) throw std::invalid_argument("half a byte at the end");
        const auto byte = static_cast<char>(detail::hex_digit(text[i]) * 16 + detail::hex_digit(text[i + 1]));
        i += 2;
        std::size_t times = 1;
        if (i < text.size() && text[i] == '*') {
            times = 0;
            for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
                times = times * 10 + static_cast<std::size_t>(text[i] - '0');
            }
        }
        bytes.append(times, byte);
    }
    return bytes;
}

/// `bytes` as pairs of hex digits, four bytes a group: what a failed comparison should print.
inline std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0) text += i % 4 == 0 ? "  " : " ";
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += digits[byte / 16];
        text += digits[byte % 16];
    }
    return text;
}

} // namespace zooid::testing
