#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class FormatterBase;
}

namespace zooid::cli {

/// Breaks the lines of a text at spaces so that none is longer than `width` characters, single words apart. Lines that
/// begin with a space are left as they are.
[[nodiscard]] std::string wrap_text(std::string_view text, std::size_t width);

/// How the help texts are laid out.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> make_help_format();

} // namespace zooid::cli
