#include "runtime/later.hpp"
#include "server/error_number.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"

#include <chrono>

namespace zooid::server {
namespace {

/// True if a read-only server refuses the operation, whoever asks.
bool needs_writable(opcode op) noexcept {
    switch (op) {
    case opcode::create:
    case opcode::create2:
    case opcode::create_container:
    case opcode::create_ttl:
    case opcode::remove:
    case opcode::set:
    case opcode::set_acls:
    case opcode::multi:
    case opcode::check:
    case opcode::reconfig:
    case opcode::sync:
    case opcode::create_session:
        return true;
    default:
        return false;
    }
}

/// Includes operations of servers: check is understood by 3.8.0 alone, which then cannot answer, nor start again.
void refuse_operation(server_state& state, const request& r) {
    reply_header(state, r, r.xid, -1, number_of(errc::unimplemented));
    state.close(r.from, ending::after_flush);
}

std::int32_t perform(server_state& state, const request& r, bool& unknown) {
    switch (r.type) {
    case opcode::get:
        return handle_get(state, r);
    case opcode::set:
        return handle_set(state, r);
    case opcode::create:
    case opcode::create2:
    case opcode::create_container:
        return handle_create(state, r);
    case opcode::create_ttl:
        return handle_create_ttl(state, r);
    case opcode::remove:
        return handle_delete(state, r);
    case opcode::exists:
        return handle_exists(state, r);
    case opcode::get_children:
        return handle_get_children(state, r);
    case opcode::get_children2:
        return handle_get_children2(state, r);
    case opcode::ping:
        return handle_ping(state, r);
    case opcode::multi:
        return handle_multi(state, r);
    case opcode::multi_read:
        return handle_multi_read(state, r);
    case opcode::sync:
        return handle_sync(state, r);
    case opcode::get_acls:
        return handle_get_acls(state, r);
    case opcode::set_acls:
        return handle_set_acls(state, r);
    case opcode::add_watch:
        return handle_add_watch(state, r);
    case opcode::check_watches:
        return handle_check_watches(state, r);
    case opcode::remove_watches:
        return handle_remove_watches(state, r);
    case opcode::set_watches:
        return handle_set_watches(state, r);
    case opcode::set_watches2:
        return handle_set_watches2(state, r);
    case opcode::get_ephemerals:
        return handle_get_ephemerals(state, r);
    case opcode::get_all_children_number:
        return handle_get_all_children_number(state, r);
    case opcode::who_am_i:
        return handle_who_am_i(state, r);
    case opcode::reconfig:
        return handle_reconfig(state, r);
    case opcode::close_session:
        return handle_close_session(state, r);
    case opcode::create_session: // takes a zxid before ZooKeeper stumbles over what only a server can ask for
        static_cast<void>(state.next_change(r.at));
        return number_of(errc::marshalling_error);
    default:
        unknown = true;
        return 0;
    }
}

void perform(server_state& state, const request& r) {
    if (r.type == opcode::auth || r.type == opcode::sasl) { // these do not keep a session alive
        r.type == opcode::auth ? handle_auth(state, r) : handle_sasl(state, r);
        return;
    }
    state.sessions.touch(*r.from.session, r.at.now);
    (kind_of(r.type) == opcode_kind::write ? r.from.updates : r.from.reads).add(r.from.arrived);
    bool unknown = false;
    std::int32_t err = 0;
    if (state.read_only && needs_writable(r.type)) {
        err = number_of(errc::not_read_only);
    } else {
        err = perform(state, r, unknown);
    }
    if (unknown) {
        refuse_operation(state, r);
    } else if (err != 0) {
        reply_error(state, r, err);
    }
}

/// Answers a request with an error of a fault rule, as a server would that failed to execute it.
void fail(server_state& state, const request& r, std::int32_t err) {
    if (kind_of(r.type) == opcode_kind::write) {
        static_cast<void>(state.next_change(r.at));
    }
    reply_error(state, r, err);
}

void perform_with_fault(server_state& state, const request& r, const fault_rule& fault) {
    peer& from = r.from;
    switch (fault.action) {
    case fault_action::drop:
        state.close(from, ending::after_flush); // the replies before it were not to be lost
        return;
    case fault_action::fail:
        fail(state, r, fault.err);
        return;
    case fault_action::delay_reply:
        state.delay_output(from, runtime::later(r.at.now, fault.delay));
        perform(state, r);
        return;
    case fault_action::lose_reply: {
        const std::size_t before = from.output.size();
        perform(state, r);
        from.output.truncate(before);
        state.close(from, ending::after_flush);
        return;
    }
    }
}

} // namespace

void execute(server_state& state, peer& from, std::string_view frame, moment at) {
    wire::reader in{frame};
    wire::request_header header;
    if (!wire::decode(in, header)) {
        state.close(from, ending::after_flush);
        return;
    }
    const request r{from, header.xid, header.type, in.rest(), at};
    ++state.statistics.received;
    ++from.statistics.received;
    from.statistics.last_operation = r.type;
    from.statistics.last_xid = r.xid;
    from.statistics.last_response = at.wall;
    if (state.faults.any()) [[unlikely]] {
        if (const fault_rule* const fault = state.faults.meet(from.session->id, r.xid, r.type, r.body)) {
            perform_with_fault(state, r, *fault);
            return;
        }
    }
    perform(state, r);
    from.statistics.last_zxid = state.zxid;
}

} // namespace zooid::server
