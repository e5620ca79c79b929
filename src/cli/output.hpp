#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zooid::cli {

/// Nobody reads the output any more: the command ends quietly.
class output_closed : public std::runtime_error {
public:
    output_closed() : std::runtime_error("the reader of the output went away") {}
};

/// A file descriptor written through a buffer. Blocks while the reader is slow. Not thread-safe.
class output {
public:
    /// Does not own `descriptor`.
    explicit output(int descriptor);

    /// Whether a terminal shows it, so that what it might obey has to be escaped.
    [[nodiscard]] bool is_terminal() const noexcept { return terminal_; }

    /// Throws `output_closed` on a broken pipe, `std::system_error` on any other failure; so do `line` and `flush`.
    void write(std::string_view bytes);
    void line(std::string_view text);
    /// One line of text from elsewhere, such as a node's name: escaped if a terminal shows it.
    void foreign_line(std::string_view text);
    void flush();

    /// The text as `foreign_line` would print it.
    [[nodiscard]] std::string foreign(std::string_view text) const;

private:
    int descriptor_;
    bool terminal_;
    std::string buffer_;
};

/// Prints `zooid: <what>: <reason>` as one line on standard error; an empty `what` is left out. Failures are ignored.
void complain(std::string_view what, std::string_view reason) noexcept;

} // namespace zooid::cli
