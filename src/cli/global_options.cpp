#include "cli/global_options.hpp"

#include "cli/exit_code.hpp"

#include <fstream>

namespace zooid::cli {
namespace {

credential parse_credential(const std::string& text, const std::string& source) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0) {
        throw command_failure(exit_code::usage, source + " is not scheme:data, such as digest:user:password");
    }
    return {text.substr(0, colon), text.substr(colon + 1)};
}

void read_credential_file(const std::string& name, std::vector<credential>& into) {
    std::ifstream file(name);
    if (!file) {
        throw command_failure(exit_code::usage, "cannot read the credentials in " + name);
    }
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (!line.empty() && line.front() != '#') {
            into.push_back(parse_credential(line, "a line of " + name));
        }
    }
}

} // namespace

std::vector<credential> read_credentials(const std::vector<std::string>& arguments) {
    std::vector<credential> credentials;
    for (const auto& argument : arguments) {
        if (!argument.empty() && argument.front() == '@') {
            read_credential_file(argument.substr(1), credentials);
        } else {
            credentials.push_back(parse_credential(argument, "the value of --auth"));
        }
    }
    return credentials;
}

client_options make_client_options(const global_options& options) {
    client_options result;
    result.session_timeout = options.session_timeout;
    result.request_timeout = options.timeout;
    result.auth = read_credentials(options.auth);
    result.level = options.verbosity > 1 ? log_level::debug : log_level::info;
    return result;
}

} // namespace zooid::cli
