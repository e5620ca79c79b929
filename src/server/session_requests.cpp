#include "server/access.hpp"
#include "server/error_number.hpp"
#include "server/events.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

namespace zooid::server {

void end_session(server_state& state, session& of, moment at) {
    if (!of.local) {
        const tree_change change = state.next_change(at);
        std::string path;
        while (znode* const node = state.tree.first_ephemeral(of.id)) {
            path.clear();
            state.tree.append_path(*node, path);
            announce_deleted(state, path, *node);
            state.tree.remove(*node, change.zxid);
        }
    }
    if (peer* const bound = state.find(of)) {
        bound->session = nullptr;
    }
    state.sessions.remove(of);
}

std::int32_t handle_ping(server_state& state, const request& r) {
    reply_header(state, r, wire::xids::ping, state.zxid, 0); // whatever the xid of the request was
    return 0;
}

std::int32_t handle_close_session(server_state& state, const request& r) {
    if (state.read_only && !r.from.session->local) {
        return number_of(errc::not_read_only);
    }
    end_session(state, *r.from.session, r.at);
    reply(state, r);
    state.close(r.from, ending::after_flush);
    return 0;
}

void handle_auth(server_state& state, const request& r) {
    wire::auth_packet packet;
    if (!wire::decode(r.body, packet)) {
        state.close(r.from, ending::after_flush);
        return;
    }
    if (authenticate(r.from.who, packet.scheme, packet.auth, state.config.super_digest, r.from.address)) {
        reply_header(state, r, r.xid, 0, 0);
        return;
    }
    ++state.statistics.auth_failed;
    state.log(log_level::warning, "authentication failed for a client at " + r.from.address);
    reply_header(state, r, r.xid, 0, number_of(errc::auth_failed));
    state.close(r.from, ending::after_flush);
}

/// As a server that has not been told about SASL: it has nothing to say and lets the client go on.
void handle_sasl(server_state& state, const request& r) {
    wire::sasl_request asked;
    if (!wire::decode(r.body, asked) || !asked.token) {
        state.close(r.from, ending::after_flush);
        return;
    }
    wire::buffer& out = r.from.output;
    const std::size_t before = out.size();
    wire::put_reply(out, r.xid, 0, 0, wire::sasl_response{});
    finish_reply(state, r.from, before);
}

} // namespace zooid::server
