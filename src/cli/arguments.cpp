#include "cli/arguments.hpp"

#include "cli/exit_code.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace zooid::cli {

std::string node_path(std::string_view argument, path_use use) {
    std::string_view path = argument;
    if (use == path_use::node) {
        while (path.size() > 1 && path.back() == '/') {
            path.remove_suffix(1);
        }
    }
    const auto problem = use == path_use::node ? path_problem(path) : sequential_path_problem(path);
    if (problem) {
        throw command_failure(exit_code::usage, "not a node's path: " + *problem);
    }
    return std::string(path);
}

std::string read_data(const std::string& argument) {
    if (argument != "-") {
        return argument;
    }
    std::string data;
    std::array<char, 1 << 16> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    for (;;) {
        const auto n = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (n > 0) {
            data.append(chunk.data(), static_cast<std::size_t>(n));
        } else if (n == 0) {
            return data;
        } else if (errno != EINTR) {
            throw command_failure(exit_code::failure,
                                  "cannot read standard input: " + std::generic_category().message(errno));
        }
    }
}

} // namespace zooid::cli
