#include <zooid/path.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace zooid {
namespace {

enum class flaw : std::uint8_t {
    none,
    empty_path,
    relative,
    trailing_slash,
    empty_component,
    dot_component,
    dot_dot_component,
    control_character,
    forbidden_character,
    malformed_utf8,
};

struct finding {
    flaw what = flaw::none;
    std::size_t position = 0; // in bytes
};

/// One character of UTF-8: `length` 0 when malformed.
struct character {
    std::uint32_t code = 0;
    std::size_t length = 0;
};

bool is_control(std::uint32_t code) noexcept { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

/// Surrogates, private use, specials, and everything that is a surrogate pair in UTF-16.
bool is_forbidden(std::uint32_t code) noexcept { return (code >= 0xd800 && code <= 0xf8ff) || code >= 0xfff0; }

/// Decodes the character at the front of `text`, which begins with a byte above 0x7f.
character decode_multibyte(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(0);
    std::size_t length = 0;
    std::uint32_t code = 0;
    std::uint32_t smallest = 0; // a lower code has a shorter form
    if (lead >= 0xc0 && lead < 0xe0) {
        length = 2, code = lead & 0x1fU, smallest = 0x80;
    } else if (lead >= 0xe0 && lead < 0xf0) {
        length = 3, code = lead & 0x0fU, smallest = 0x800;
    } else if (lead >= 0xf0 && lead < 0xf8) {
        length = 4, code = lead & 0x07U, smallest = 0x10000;
    }
    if (length == 0 || text.size() < length) {
        return {};
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) {
            return {};
        }
        code = (code << 6U) | (byte(i) & 0x3fU);
    }
    if (code < smallest || code > 0x10ffff) {
        return {};
    }
    return {code, length};
}

flaw judge_component(std::string_view name) noexcept {
    if (name.empty()) {
        return flaw::empty_component;
    }
    if (name.front() != '.' || name.size() > 2) {
        return flaw::none;
    }
    if (name == ".") {
        return flaw::dot_component;
    }
    return name == ".." ? flaw::dot_dot_component : flaw::none;
}

/// Judges the component between `start` and the end of the path.
finding judge_last(std::string_view path, std::size_t start, bool sequential) noexcept {
    if (sequential || path.size() == 1) { // a number follows, or it is the root
        return {};
    }
    const flaw what = judge_component(path.substr(start));
    if (what == flaw::empty_component) {
        return {flaw::trailing_slash, path.size() - 1};
    }
    return {what, start};
}

finding examine(std::string_view path, bool sequential) noexcept {
    if (path.empty()) {
        return {flaw::empty_path, 0};
    }
    if (path.front() != '/') {
        return {flaw::relative, 0};
    }
    std::size_t start = 1; // of the present component
    for (std::size_t i = 1; i < path.size();) {
        const auto byte = static_cast<unsigned char>(path[i]);
        if (byte == '/') {
            if (const flaw what = judge_component(path.substr(start, i - start)); what != flaw::none) {
                return {what, start};
            }
            start = ++i;
        } else if (byte < 0x80) {
            if (is_control(byte)) [[unlikely]] {
                return {flaw::control_character, i};
            }
            ++i;
        } else {
            const character c = decode_multibyte(path.substr(i));
            if (c.length == 0) {
                return {flaw::malformed_utf8, i};
            }
            if (is_control(c.code) || is_forbidden(c.code)) {
                return {is_control(c.code) ? flaw::control_character : flaw::forbidden_character, i};
            }
            i += c.length;
        }
    }
    return judge_last(path, start, sequential);
}

constexpr std::uint64_t each_byte(unsigned char value) noexcept { return std::uint64_t{0x0101010101010101} * value; }

std::uint64_t load_eight(const char* at) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

// Looks at the eight characters at `at`, and at the one behind them. The highest bit of some byte is set if one of the
// eight is not printable ASCII, or is a '/' followed by '/' or '.'.
std::uint64_t flaws_of_eight(const char* at) noexcept {
    const std::uint64_t bytes = load_eight(at);
    const std::uint64_t following = load_eight(at + 1);
    // '.' and '/' differ in their lowest bit only, so a zero byte here is a '/' followed by one of them.
    const std::uint64_t distance = (bytes ^ each_byte('/')) | ((following | each_byte(1)) ^ each_byte('/'));
    // The highest bit of a byte that is ASCII: it is no control character, and its distance is not zero. (A sum carries
    // into the next byte only where one of the nine is no ASCII, which shows in any case.)
    const std::uint64_t good = (bytes + each_byte(0x60)) & (distance + each_byte(0x7f));
    return bytes | (bytes + each_byte(1)) | ~good; // no ASCII, U+007F, and what else is not good
}

// True for a path of printable ASCII whose components start with anything but '.': nearly all there are. Every request's
// path is checked, so this must cost little; false only means that it takes a closer look.
bool is_plainly_valid(std::string_view path) noexcept {
    constexpr std::size_t step = 8;
    if (path.size() <= step || path.front() != '/' || path.back() == '/' || path.back() <= ' ' || path.back() > '~') {
        return false;
    }
    const char* const last = path.data() + path.size() - step - 1; // the last place from which nine can be read
    std::uint64_t flaws = flaws_of_eight(last);
    for (const char* at = path.data(); at < last; at += step) {
        flaws |= flaws_of_eight(at);
    }
    return (flaws & each_byte(0x80)) == 0;
}

const char* text_of(flaw what) noexcept {
    switch (what) {
    case flaw::none:
        break;
    case flaw::empty_path:
        return "empty path";
    case flaw::relative:
        return "path does not start with '/'";
    case flaw::trailing_slash:
        return "path ends in '/'";
    case flaw::empty_component:
        return "empty component";
    case flaw::dot_component:
        return "component \".\"";
    case flaw::dot_dot_component:
        return "component \"..\"";
    case flaw::control_character:
        return "control character";
    case flaw::forbidden_character:
        return "character ZooKeeper does not allow in paths";
    case flaw::malformed_utf8:
        return "malformed UTF-8";
    }
    return "";
}

error_code code_of(const finding& found) noexcept {
    return found.what == flaw::none ? error_code{} : make_error_code(errc::invalid_path);
}

std::optional<std::string> describe(const finding& found) {
    if (found.what == flaw::none) {
        return std::nullopt;
    }
    return std::string{text_of(found.what)} + " at position " + std::to_string(found.position);
}

} // namespace

bool is_valid_path(std::string_view path) noexcept {
    return is_plainly_valid(path) || examine(path, false).what == flaw::none;
}

error_code validate_sequential_path(std::string_view path) noexcept { return code_of(examine(path, true)); }

std::optional<std::string> path_problem(std::string_view path) { return describe(examine(path, false)); }

std::optional<std::string> sequential_path_problem(std::string_view path) { return describe(examine(path, true)); }

std::string_view parent_path(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    return path.substr(0, slash == 0 ? 1 : slash);
}

std::string_view base_name(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join_path(std::string_view parent, std::string_view name) {
    while (name.starts_with('/')) {
        name.remove_prefix(1);
    }
    std::string joined{parent.empty() ? std::string_view{"/"} : parent};
    if (!name.empty()) {
        if (joined.back() != '/') {
            joined += '/';
        }
        joined += name;
    }
    return joined;
}

} // namespace zooid
