#include "contract/raw_session.hpp"

#include "wire/notification.hpp"
#include "wire/records.hpp"

#include <exception>
#include <stdexcept>

namespace zooid::test {

namespace {

welcome introduce(raw_connection& to, const introduction& how) {
    to.send(encoded(how));
    auto answer = read_welcome(to);
    if (!answer) {
        throw std::runtime_error("the server hung up in the handshake");
    }
    if (answer->timeout <= 0) {
        throw std::runtime_error("the session was refused");
    }
    return std::move(*answer);
}

std::string name_of(std::int32_t event) {
    switch (event) {
    case 1:
        return "created ";
    case 2:
        return "deleted ";
    case 3:
        return "changed ";
    case 4:
        return "children ";
    default:
        return std::to_string(event) + ' ';
    }
}

} // namespace

raw_session::raw_session(std::uint16_t port, const introduction& how)
    : port_(port), connection_(port), welcome_(introduce(connection_, how)) {}

raw_session::raw_session(raw_session&& other) noexcept
    : port_(other.port_),
      connection_(std::move(other.connection_)),
      welcome_(std::move(other.welcome_)),
      over_(std::exchange(other.over_, true)),
      last_xid_(other.last_xid_),
      events_(std::move(other.events_)) {}

raw_session::~raw_session() {
    if (over_) {
        return;
    }
    try {
        if (!connection_.open()) { // the server may still hold the session
            connection_ = raw_connection(port_);
            connection_.send(encoded(resumption()));
        }
        send(opcode::close_session);
        static_cast<void>(connection_.rest());
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): the server is gone or stuck, as the test has seen
    }
}

introduction raw_session::resumption(std::int64_t last_zxid) const {
    return {last_zxid, welcome_.timeout, welcome_.id, welcome_.password, false};
}

raw_reply raw_session::receive() {
    const auto payload = connection_.frame();
    if (!payload) {
        connection_.close();
        throw no_answer("the server hung up instead of answering");
    }
    return decode_reply(*payload);
}

raw_reply raw_session::receive(std::int32_t xid) {
    for (;;) {
        raw_reply reply = receive();
        if (reply.xid == xid) {
            return reply;
        }
        if (reply.xid != wire::xids::notification) {
            throw std::runtime_error("a reply to " + std::to_string(reply.xid) + " instead of " + std::to_string(xid));
        }
        note(reply);
    }
}

void raw_session::resume() {
    connection_ = raw_connection(port_);
    welcome_ = introduce(connection_, resumption());
}

bool raw_session::ended() {
    const bool silently = connection_.ended();
    connection_.close();
    return silently;
}

void raw_session::note(const raw_reply& notification) {
    const auto event = notification.as<wire::watcher_event>();
    if (notification.zxid != -1 || notification.err != ok || event.state != 3) {
        throw std::runtime_error("a notification with an unusual header or state");
    }
    events_.push_back(name_of(event.type) + std::string(event.path));
}

std::vector<std::string> raw_session::events() {
    ping();
    return seen();
}

std::vector<std::string> raw_session::await_events() {
    while (events_.empty()) {
        const raw_reply reply = receive();
        if (reply.xid != wire::xids::notification) {
            throw std::runtime_error("a reply nobody waits for");
        }
        note(reply);
    }
    return events();
}

raw_reply raw_session::create(std::string_view path, const new_node& what) {
    const auto& acl = what.acl != nullptr ? *what.acl : open_acl();
    if (what.op == opcode::create_ttl) {
        return call(what.op, wire::create_ttl_request{path, what.data, acl, what.flags, what.ttl});
    }
    return call(what.op, wire::create_request{path, what.data, acl, what.flags});
}

raw_reply raw_session::remove(std::string_view path, std::int32_t version) {
    return call(opcode::remove, wire::delete_request{path, version});
}

raw_reply raw_session::set(std::string_view path, std::optional<std::string_view> data, std::int32_t version) {
    return call(opcode::set, wire::set_data_request{path, data, version});
}

raw_reply raw_session::get(std::string_view path, bool watch) {
    return call(opcode::get, wire::path_watch_request{path, watch});
}

raw_reply raw_session::exists(std::string_view path, bool watch) {
    return call(opcode::exists, wire::path_watch_request{path, watch});
}

raw_reply raw_session::children(std::string_view path, bool watch) {
    return call(opcode::get_children, wire::path_watch_request{path, watch});
}

raw_reply raw_session::children2(std::string_view path, bool watch) {
    return call(opcode::get_children2, wire::path_watch_request{path, watch});
}

raw_reply raw_session::get_acl(std::string_view path) { return call(opcode::get_acls, wire::path_request{path}); }

raw_reply raw_session::set_acl(std::string_view path, const zooid::acl& acl, std::int32_t version) {
    return call(opcode::set_acls, wire::set_acl_request{path, acl, version});
}

raw_reply raw_session::add_watch(std::string_view path, std::int32_t mode) {
    return call(opcode::add_watch, wire::add_watch_request{path, mode});
}

raw_reply raw_session::remove_watches(std::string_view path, std::int32_t type) {
    return call(opcode::remove_watches, wire::remove_watches_request{path, type});
}

raw_reply raw_session::check_watches(std::string_view path, std::int32_t type) {
    return call(opcode::check_watches, wire::remove_watches_request{path, type});
}

raw_reply raw_session::add_auth(std::string_view scheme, std::optional<std::string_view> secret) {
    send_as(wire::xids::auth, opcode::auth, wire::auth_packet{0, scheme, secret});
    return receive(wire::xids::auth);
}

raw_reply raw_session::ping() {
    send_as(wire::xids::ping, opcode::ping);
    return receive(wire::xids::ping);
}

raw_reply raw_session::close() {
    raw_reply reply = call(opcode::close_session);
    over_ = true;
    return reply;
}

} // namespace zooid::test
