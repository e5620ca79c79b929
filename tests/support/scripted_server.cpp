#include "support/scripted_server.hpp"

#include "support/scripted_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace zooid::testing {

scripted_server::scripted_server(std::shared_ptr<runtime::environment> environment,
                                 const asio::any_io_executor& executor)
    : environment_(std::move(environment)), executor_(executor) {}

scripted_server::~scripted_server() { drop_connections(); }

void scripted_server::serve(std::unique_ptr<runtime::stream> accepted, member as) {
    const auto c = std::make_shared<connection>(*this, ++connections_made_, std::move(accepted), as);
    connections_.emplace(c->number, c);
    c->read();
}

void scripted_server::release() {
    for (const auto& [number, c] : std::map{connections_}) {
        c->release();
    }
}

void scripted_server::drop_connections() {
    for (const auto& [number, c] : std::map{connections_}) {
        c->close();
    }
}

// ---- sessions -------------------------------------------------------------------------------------------------------

void scripted_server::greet(connection& c, std::string_view frame) {
    wire::connect_request asked;
    const bool unwelcome = !wire::decode(frame, asked) || asked.last_zxid_seen > zxid_ ||
                           (c.kind == member::read_only && !asked.read_only.value_or(false));
    const auto how = unwelcome ? greeting::drop : on_handshake_ ? on_handshake_(asked) : greeting::usual;
    const auto known = sessions_.find(asked.session_id);
    const bool resumes = known != sessions_.end() && asked.password && *asked.password == known->second.password;
    if (how == greeting::drop) {
        c.close();
    } else if (how == greeting::refuse || (how == greeting::usual && asked.session_id != 0 && !resumes)) {
        refuse(c, asked);
    } else if (how == greeting::usual && resumes) {
        resume(c, asked);
    } else if (how != greeting::ignore) {
        open_session(c, asked);
    }
}

void scripted_server::refuse(connection& c, const wire::connect_request& asked) {
    static constexpr std::array<char, 16> nothing{};
    wire::buffer out;
    wire::put_connect_response(out, {0, 0, 0, std::string_view{nothing.data(), nothing.size()}, asked.read_only});
    c.send(out.view());
    c.close_when_sent();
}

void scripted_server::resume(connection& c, const wire::connect_request& asked) {
    for (const auto& [number, other] : std::map{connections_}) {
        if (other->session == asked.session_id) {
            other->close();
        }
    }
    grant(c, asked, asked.session_id, sessions_.at(asked.session_id));
}

void scripted_server::open_session(connection& c, const wire::connect_request& asked) {
    const bool makeshift = c.kind == member::read_only;
    const auto id = makeshift ? ++last_makeshift_ : ++last_session_;
    session made;
    made.password = "secret-" + std::to_string(1'000'000'000 + (id & 0xffff)).substr(1);
    made.timeout = std::clamp(asked.timeout, least_timeout_, most_timeout_);
    if (makeshift) { // nobody else will know of it
        grant(c, asked, id, made);
        return;
    }
    ++zxid_;
    made.expiry = environment_->make_timer(executor_);
    grant(c, asked, id, sessions_[id] = std::move(made));
}

void scripted_server::grant(connection& c, const wire::connect_request& asked, std::int64_t id,
                            const session& granted) {
    c.session = id;
    wire::buffer out;
    std::optional<bool> read_only;
    if (asked.read_only) {
        read_only = c.kind == member::read_only;
    }
    wire::put_connect_response(out, {0, granted.timeout, id, granted.password, read_only});
    c.send(out.view());
    heard_from(id);
}

void scripted_server::heard_from(std::int64_t id) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) {
        found->second.expires_at = environment_->now() + std::chrono::milliseconds{found->second.timeout};
        found->second.expiry->arm(found->second.expires_at, [this, id] { expire(id); });
    }
}

void scripted_server::end_session(std::int64_t id) {
    sessions_.erase(id);
    ++zxid_;
    tree_.remove_ephemerals(author(id));
    fire_watches();
}

bool scripted_server::expire(std::int64_t id) {
    if (!sessions_.contains(id)) {
        return false;
    }
    for (const auto& [number, c] : std::map{connections_}) {
        if (c->session == id) {
            c->close();
        }
    }
    end_session(id);
    return true;
}

steady_time scripted_server::expires_at(std::int64_t id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? steady_time::min() : found->second.expires_at;
}

// ---- requests -------------------------------------------------------------------------------------------------------

void scripted_server::answer(connection& c, std::string_view frame) {
    wire::reader in{frame};
    wire::request_header header;
    if (!wire::decode(in, header)) {
        c.close();
        return;
    }
    if (header.type != opcode::auth) { // credentials are no sign of life
        heard_from(c.session);
    }
    wire::path_ref path;
    wire::reader first_field{in.rest()};
    scripted_request request{++requests_, c.number, c.session, header.xid, header.type, std::string{in.rest()}, {}};
    if (first_field.path(path)) {
        request.path = path.path;
    }
    if (header.type != opcode::ping) {
        received_.push_back(request);
    }
    const auto reply = on_request_ ? on_request_(request) : reaction::serve();
    if (c.closed()) {
        return; // the script has closed it
    }
    using enum reaction::kind;
    if (reply.what == drop_before) {
        c.close();
        return;
    }
    c.held = c.held || reply.what == hold;
    wire::buffer out;
    if (reply.what == send) {
        out.append(reply.bytes);
    } else if (reply.what == fail) {
        wire::put_reply(out, header.xid, zxid_, reply.number);
    } else {
        execute(c, reply.what == answer_with_xid ? reply.number : header.xid, header.type, request.body, out);
    }
    if (reply.what == drop_after) {
        c.close();
        return;
    }
    c.send(out.view());
    if (header.type == opcode::close_session && reply.what != fail && reply.what != send) {
        c.close_when_sent();
    }
}

// ---- what tests see and do ------------------------------------------------------------------------------------------

std::string scripted_server::data(std::string_view path) const {
    const auto* n = tree_.find(path);
    return n == nullptr ? std::string{} : n->data.value_or(std::string{});
}

std::vector<std::string> scripted_server::children(std::string_view path) const {
    const auto* n = tree_.find(path);
    return n == nullptr ? std::vector<std::string>{} : std::vector<std::string>(n->children.begin(), n->children.end());
}

std::optional<stat> scripted_server::node_stat(std::string_view path) const {
    const auto* n = tree_.find(path);
    return n == nullptr ? std::nullopt : std::optional{n->stat};
}

void scripted_server::create(const std::string& path, const std::string& data) {
    ++zxid_;
    auto made = path;
    finish_change(tree_.create(made, data, create_mode::persistent, author(0)), "create", path);
}

void scripted_server::set(const std::string& path, const std::string& data) {
    ++zxid_;
    finish_change(tree_.set(path, data, -1, author(0)), "set", path);
}

void scripted_server::remove(const std::string& path) {
    ++zxid_;
    finish_change(tree_.remove(path, -1, author(0)), "remove", path);
}

void scripted_server::finish_change(errc failure, std::string_view operation, const std::string& path) {
    if (failure != errc{}) {
        throw_error(failure, operation, path);
    }
    fire_watches();
}

} // namespace zooid::testing
