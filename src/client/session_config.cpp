#include "client/session_config.hpp"

#include <zooid/error.hpp>

#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace zooid::detail {
namespace {

void require_no_negative(const client_options& options) {
    using duration = std::pair<const char*, std::chrono::milliseconds>;
    const std::array all{
        duration{"session_timeout", options.session_timeout},
        duration{"connect_timeout", options.connect_timeout},
        duration{"request_timeout", options.request_timeout},
        duration{"close_timeout", options.close_timeout},
        duration{"reconnect_delay", options.reconnect_delay},
        duration{"max_reconnect_delay", options.max_reconnect_delay},
    };
    for (const auto& [name, given] : all) {
        if (given.count() < 0) {
            throw_error(errc::bad_arguments, "client", {}, std::string{name} + " is negative");
        }
    }
}

} // namespace

session::session_config session_config_of(const client_options& options) {
    require_no_negative(options);
    session::session_config config;
    config.session_timeout = options.session_timeout;
    config.connect_timeout = options.connect_timeout;
    config.close_timeout = options.close_timeout;
    config.reconnect_delay = options.reconnect_delay;
    config.max_reconnect_delay = options.max_reconnect_delay;
    config.read_only = options.read_only;
    config.new_session_after_expiry = options.new_session_after_expiry;
    config.max_request = options.max_request_size;
    config.max_reply = options.max_reply_size;
    for (const credential& c : options.auth) {
        config.auth.push_back({c.scheme, c.data});
    }
    config.shuffle_hosts = options.randomize_hosts;
    if (options.client_id) {
        config.resume = *options.client_id;
    }
    for (const session::auth_data& auth : config.auth) {
        if (auth.scheme.empty() || session::request_size(auth) > config.max_request) {
            throw_error(auth.scheme.empty() ? errc::bad_arguments : errc::request_too_large, "client", {},
                        "a credential");
        }
    }
    return config;
}

} // namespace zooid::detail
