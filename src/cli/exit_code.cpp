#include "cli/exit_code.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace zooid::cli {
namespace {

struct meaning {
    exit_code code;
    std::string_view text;
};

constexpr std::array<meaning, 13> meanings{{
    {exit_code::ok, "success"},
    {exit_code::failure, "any other error"},
    {exit_code::usage, "wrong usage; nothing was sent"},
    {exit_code::no_node, "no such node"},
    {exit_code::node_exists, "the node exists already"},
    {exit_code::bad_version, "the version does not match"},
    {exit_code::not_permitted, "not permitted, or authentication failed"},
    {exit_code::no_connection, "no connection, timed out, or the session was lost"},
    {exit_code::not_empty, "the node has children"},
    {exit_code::unsupported, "the server does not support this"},
    {exit_code::interrupted, "ended by SIGINT (Ctrl-C)"},
    {exit_code::broken_pipe, "the reader of the output went away"},
    {exit_code::terminated, "ended by SIGTERM"},
}};

exit_code exit_code_of_known(errc e) noexcept {
    switch (e) {
    case errc::no_node:
        return exit_code::no_node;
    case errc::node_exists:
        return exit_code::node_exists;
    case errc::bad_version:
        return exit_code::bad_version;
    case errc::not_empty:
        return exit_code::not_empty;
    case errc::no_auth:
    case errc::auth_failed:
    case errc::session_closed_require_auth:
        return exit_code::not_permitted;
    case errc::unimplemented:
    case errc::reconfig_disabled:
        return exit_code::unsupported;
    case errc::bad_arguments:
    case errc::invalid_acl:
    case errc::invalid_path:
    case errc::invalid_hosts:
        return exit_code::usage;
    case errc::connection_loss:
    case errc::operation_timeout:
    case errc::request_timeout:
    case errc::session_expired:
    case errc::unknown_session:
    case errc::session_moved:
    case errc::closed:
    case errc::closing:
    case errc::throttled:
    case errc::name_not_resolved:
        return exit_code::no_connection;
    default:
        return exit_code::failure;
    }
}

} // namespace

exit_code exit_code_of(const error_code& ec) noexcept {
    if (!ec) {
        return exit_code::ok;
    }
    if (ec.category() == error_category()) {
        return exit_code_of_known(static_cast<errc>(ec.value()));
    }
    return exit_code::no_connection; // what the system and the resolver report is about the network
}

std::string describe_exit_codes() {
    std::string text;
    for (const auto& m : meanings) {
        text += fmt::format("  {:>3}  {}\n", static_cast<int>(m.code), m.text);
    }
    return text;
}

} // namespace zooid::cli
