#include "cli/output.hpp"

#include "cli/escaping.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace zooid::cli {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;

/// Returns 0 or an errno.
int write_all(int descriptor, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto n = ::write(descriptor, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) { // somebody we share the terminal with has made it non-blocking
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

} // namespace

output::output(int descriptor) : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

void output::write(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= buffer_size) {
        flush();
    }
}

void output::line(std::string_view text) {
    buffer_ += text;
    write("\n");
}

void output::foreign_line(std::string_view text) { line(foreign(text)); }

std::string output::foreign(std::string_view text) const {
    return terminal_ ? escape_for_terminal(text) : std::string(text);
}

void output::flush() {
    std::string bytes;
    bytes.swap(buffer_); // what failed once is not tried again
    const int problem = write_all(descriptor_, bytes);
    if (problem == EPIPE) {
        throw output_closed();
    }
    if (problem != 0) {
        throw std::system_error(problem, std::generic_category(), "cannot write the output");
    }
}

void complain(std::string_view what, std::string_view reason) noexcept {
    try {
        std::string text = "zooid: ";
        if (!what.empty()) {
            text.append(escape_for_terminal(what)).append(": ");
        }
        text.append(escape_for_terminal(reason)).append("\n");
        write_all(STDERR_FILENO, text);
    } catch (...) { // out of memory while reporting: nothing is left to do
        return;
    }
}

} // namespace zooid::cli
