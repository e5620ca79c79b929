#include "server/error_number.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"
#include "server/write_operations.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

// A write takes its zxid before anything is looked at, so that one that fails, or cannot even be decoded, has one too;
// all but reconfig, which is decoded first.

namespace zooid::server {
namespace {

std::int32_t create(server_state& state, const request& r, const creation& what, tree_change change) {
    created_place made;
    if (const std::int32_t err = create_node({state, &r.from, change}, what, made)) {
        return err;
    }
    if (r.type == opcode::create) {
        reply(state, r, wire::create_response{made.path});
    } else {
        reply(state, r, wire::create2_response{made.path, made.stat});
    }
    return 0;
}

} // namespace

std::int32_t handle_create(server_state& state, const request& r) {
    const tree_change change = state.next_change(r.at);
    wire::create_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    return create(state, r, {r.type, asked.path.path, asked.data, &asked.acl, asked.flags, -1}, change);
}

std::int32_t handle_create_ttl(server_state& state, const request& r) {
    const tree_change change = state.next_change(r.at);
    wire::create_ttl_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    return create(state, r, {r.type, asked.path.path, asked.data, &asked.acl, asked.flags, asked.ttl}, change);
}

std::int32_t handle_delete(server_state& state, const request& r) {
    const tree_change change = state.next_change(r.at);
    wire::delete_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const std::int32_t err = delete_node({state, &r.from, change}, asked.path.path, asked.version);
    if (err == 0) {
        reply(state, r);
    }
    return err;
}

std::int32_t handle_set(server_state& state, const request& r) {
    const tree_change change = state.next_change(r.at);
    wire::set_data_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const znode* node = nullptr;
    const std::int32_t err = set_node_data({state, &r.from, change}, asked, node);
    if (err == 0) {
        reply(state, r, wire::stat_response{node->stat()});
    }
    return err;
}

std::int32_t handle_set_acls(server_state& state, const request& r) {
    const tree_change change = state.next_change(r.at);
    wire::set_acl_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    const znode* node = nullptr;
    const std::int32_t err = set_node_acl({state, &r.from, change}, asked, node);
    if (err == 0) {
        reply(state, r, wire::stat_response{node->stat()});
    }
    return err;
}

std::int32_t handle_reconfig(server_state& state, const request& r) {
    wire::reconfig_request asked;
    if (!wire::decode(r.body, asked)) {
        return number_of(errc::marshalling_error);
    }
    static_cast<void>(state.next_change(r.at));
    return number_of(errc::reconfig_disabled);
}

} // namespace zooid::server
