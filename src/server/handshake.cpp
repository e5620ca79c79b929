#include "wire/handshake.hpp"

#include "server/requests.hpp"
#include "wire/frame.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::server {
namespace {

using std::chrono::milliseconds;

void answer(server_state& state, peer& to, const wire::connect_response& response) {
    const std::size_t before = to.output.size();
    wire::put_connect_response(to.output, response);
    state.count_response(to, to.output.size() - before);
    state.mark_ready(to);
}

/// A refusal has neither id nor timeout; clients tell it by either.
void refuse(server_state& state, peer& from, const wire::connect_request& asked) {
    const session_password nothing{};
    answer(state, from,
           {0, 0, 0, std::string_view{nothing.data(), nothing.size()},
            asked.read_only ? std::optional{state.read_only} : std::nullopt});
    state.close(from, ending::after_flush);
}

void accept(server_state& state, peer& from, const wire::connect_request& asked, session& granted) {
    from.session = &granted;
    granted.connection = from.id;
    const session_password password = state.sessions.password_of(granted.id);
    answer(state, from,
           {0, static_cast<std::int32_t>(granted.timeout.count()), granted.id,
            std::string_view{password.data(), password.size()},
            asked.read_only ? std::optional{state.read_only} : std::nullopt});
}

/// Compares in a time that does not tell how much is right.
bool is_right(const std::optional<std::string_view>& given, const session_password& password) noexcept {
    return given && given->size() == password.size() &&
           CRYPTO_memcmp(given->data(), password.data(), password.size()) == 0;
}

void resume_session(server_state& state, peer& from, const wire::connect_request& asked, milliseconds timeout,
                    steady_time now) {
    session* const known = state.sessions.find(asked.session_id);
    if (known != nullptr) {
        // The one it had goes first, even if the password turns out wrong.
        if (peer* const old = state.find(*known)) {
            state.close(*old, ending::at_once);
        }
    }
    const session_password password = state.sessions.password_of(asked.session_id);
    if (known == nullptr || !is_right(asked.password, password)) {
        state.log(log_level::info, "refusing a session to a client at " + from.address +
                                       (known == nullptr ? ": it is over" : ": wrong password"));
        refuse(state, from, asked);
        return;
    }
    if (state.read_only && !known->local) { // as 3.7 and later do, since it could not be kept alive
        state.close(from, ending::after_flush);
        return;
    }
    known->timeout = timeout;
    state.sessions.touch(*known, now);
    accept(state, from, asked, *known);
}

void start_session(server_state& state, peer& from, const wire::connect_request& asked, milliseconds timeout,
                   moment at) {
    session& fresh = state.sessions.create(timeout, at.now);
    fresh.local = state.read_only;
    if (!fresh.local) {
        static_cast<void>(state.next_change(at));
    }
    accept(state, from, asked, fresh);
}

} // namespace

void greet(server_state& state, peer& from, std::string_view frame, moment at) {
    wire::connect_request asked;
    const bool understood = wire::decode(frame, asked);
    const bool welcome = understood && (!state.read_only || asked.read_only.value_or(false));
    if (!welcome || asked.last_zxid_seen > state.zxid) {
        state.log(log_level::info, "closing a connection from " + from.address +
                                       (!understood ? ", which does not speak the protocol"
                                        : !welcome  ? ", which will not do with a read-only server"
                                                    : ", which has seen changes that this server has not"));
        state.close(from, ending::after_flush);
        return;
    }
    const milliseconds timeout =
        std::clamp(milliseconds{asked.timeout}, state.config.min_session_timeout, state.config.max_session_timeout);
    ++state.statistics.connection_requests;
    from.updates.add(from.arrived);
    ++state.statistics.received;
    ++from.statistics.received;
    from.statistics.last_operation = opcode::create_session;
    from.statistics.last_response = at.wall;
    if (asked.session_id == 0) {
        start_session(state, from, asked, timeout, at);
    } else {
        resume_session(state, from, asked, timeout, at.now);
    }
}

} // namespace zooid::server
