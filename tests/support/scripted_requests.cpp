#include "support/scripted_connection.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

// What the scripted server makes of each request.

namespace zooid::testing {

void scripted_server::execute(connection& c, std::int32_t xid, opcode type, std::string_view body, wire::buffer& out) {
    wire::buffer result;
    auto zxid = zxid_;
    auto failure = errc{};
    const bool writes = kind_of(type) == opcode_kind::write || type == opcode::sync;
    if (type == opcode::ping) {
        xid = wire::xids::ping;
    } else if (c.kind == member::read_only && type == opcode::close_session) {
        // a makeshift session ends with its connection
    } else if (c.kind == member::read_only && writes) {
        failure = errc::not_read_only;
    } else if (type == opcode::auth) {
        zxid = 0;
    } else if (type == opcode::close_session) {
        end_session(c.session);
        zxid = zxid_;
    } else if (kind_of(type) == opcode_kind::write) {
        zxid = ++zxid_;
        failure = execute_write(c, type, body, result);
        fire_watches();
    } else {
        failure = execute_read(c, type, body, result);
    }
    if (failure != errc{}) {
        wire::put_reply(out, xid, zxid, static_cast<std::int32_t>(failure));
    } else {
        wire::put_reply(out, xid, zxid, 0, wire::encoded_body{result.view()});
    }
}

errc scripted_server::execute_write(connection& c, opcode type, std::string_view body, wire::buffer& result) {
    const auto decoded = [body](auto& request) { return wire::decode(body, request); };
    if (wire::create_request r;
        (type == opcode::create || type == opcode::create2 || type == opcode::create_container) && decoded(r)) {
        std::string path{r.path.path};
        const auto failure = tree_.create(path, r.data, static_cast<create_mode>(r.flags), author(c.session));
        if (failure == errc{} && type == opcode::create) {
            wire::encode(result, wire::create_response{path});
        } else if (failure == errc{}) {
            wire::encode(result, wire::create2_response{path, tree_.find(path)->stat});
        }
        return failure;
    }
    if (wire::delete_request r; type == opcode::remove && decoded(r)) {
        return tree_.remove(r.path.path, r.version, author(c.session));
    }
    if (wire::set_data_request r; type == opcode::set && decoded(r)) {
        const auto failure = tree_.set(r.path.path, r.data, r.version, author(c.session));
        if (failure == errc{}) {
            wire::encode(result, wire::stat_response{tree_.find(r.path.path)->stat});
        }
        return failure;
    }
    if (type == opcode::multi) {
        return execute_multi(c, body, result);
    }
    return errc::marshalling_error;
}

errc scripted_server::execute_multi(connection& c, std::string_view body, wire::buffer& result) {
    const auto before = tree_;
    wire::multi_request_reader parts{body};
    wire::multi_reply_encoder results{result};
    wire::multi_part part;
    std::size_t count = 0;
    std::size_t failed_at = 0;
    auto failure = errc{};
    auto step = parts.next(part);
    for (; step == wire::multi_step::part; step = parts.next(part), ++count) {
        if (failure == errc{}) {
            failure = execute_part(c, part, results);
            failed_at = count;
        }
    }
    if (step == wire::multi_step::end && failure == errc{}) {
        results.finish();
        return {};
    }
    tree_ = before;
    result.clear();
    if (step != wire::multi_step::end) {
        return errc::marshalling_error;
    }
    wire::multi_reply_encoder errors{result};
    for (std::size_t i = 0; i < count; ++i) {
        errors.error(i < failed_at ? 0
                                   : static_cast<std::int32_t>(i == failed_at ? failure : errc::runtime_inconsistency));
    }
    errors.finish();
    return {};
}

errc scripted_server::execute_part(connection& c, const wire::multi_part& part, wire::multi_reply_encoder& results) {
    if (const auto* r = std::get_if<wire::create_request>(&part.request)) {
        std::string path{r->path.path};
        const auto failure = tree_.create(path, r->data, static_cast<create_mode>(r->flags), author(c.session));
        if (failure == errc{}) {
            part.type == opcode::create ? results.create({path}) : results.create2({path, tree_.find(path)->stat});
        }
        return failure;
    }
    if (const auto* r = std::get_if<wire::delete_request>(&part.request)) {
        results.remove();
        return tree_.remove(r->path.path, r->version, author(c.session));
    }
    if (const auto* r = std::get_if<wire::set_data_request>(&part.request)) {
        const auto failure = tree_.set(r->path.path, r->data, r->version, author(c.session));
        if (failure == errc{}) {
            results.set({tree_.find(r->path.path)->stat});
        }
        return failure;
    }
    if (const auto* r = std::get_if<wire::check_version_request>(&part.request)) {
        results.check();
        return tree_.check(r->path.path, r->version);
    }
    return errc::unimplemented;
}

errc scripted_server::execute_read(connection& c, opcode type, std::string_view body, wire::buffer& result) {
    wire::path_watch_request r;
    if (type == opcode::sync) {
        wire::encode(result, wire::encoded_body{body});
        return {};
    }
    const bool reads =
        type == opcode::exists || type == opcode::get || type == opcode::get_children || type == opcode::get_children2;
    if (!reads) {
        return execute_watch(c, type, body, result);
    }
    if (!wire::decode(body, r)) {
        return errc::marshalling_error;
    }
    const auto* n = tree_.find(r.path.path);
    const bool of_data = type == opcode::exists || type == opcode::get;
    if (r.watch && (n != nullptr || type == opcode::exists)) {
        of_data ? c.watches.add_data(r.path.path) : c.watches.add_child(r.path.path);
    }
    if (n == nullptr) {
        return errc::no_node;
    }
    const std::vector<std::string_view> names{n->children.begin(), n->children.end()};
    if (type == opcode::exists) {
        wire::encode(result, wire::stat_response{n->stat});
    } else if (type == opcode::get) {
        wire::encode(result, wire::get_data_response{n->data_view(), n->stat});
    } else if (type == opcode::get_children) {
        wire::encode(result, wire::get_children_response{names});
    } else {
        wire::encode(result, wire::get_children2_response{names, n->stat});
    }
    return {};
}

// ---- watches --------------------------------------------------------------------------------------------------------

errc scripted_server::execute_watch(connection& c, opcode type, std::string_view body, wire::buffer& result) {
    if (wire::add_watch_request r; type == opcode::add_watch && wire::decode(body, r)) {
        c.watches.add(r);
        wire::encode(result, wire::error_response{0});
        return {};
    }
    if (wire::remove_watches_request r;
        (type == opcode::remove_watches || type == opcode::check_watches) && wire::decode(body, r)) {
        return c.watches.remove(r, type == opcode::remove_watches);
    }
    wire::set_watches2_request r;
    if (wire::set_watches_request old; type == opcode::set_watches && wire::decode(body, old)) {
        r = {old.relative_zxid, old.data, old.exist, old.child, {}, {}};
    } else if (type != opcode::set_watches2 || !wire::decode(body, r)) {
        return errc::unimplemented;
    }
    wire::buffer missed;
    c.watches.rearm(r, tree_, missed);
    c.send(missed.view());
    return {};
}

void scripted_server::fire_watches() {
    for (const auto& change : tree_.take_changes()) {
        for (const auto& [number, c] : std::map{connections_}) {
            if (c->watches.fire(change)) {
                wire::buffer event;
                put_change(event, change, c->watches.event_zxid(zxid_));
                c->send(event.view());
            }
        }
    }
}

} // namespace zooid::testing
