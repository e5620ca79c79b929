#include "support/scripted_server.hpp"

#include "support/scripted_watches.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace zooid::testing {

// ---- connections ----------------------------------------------------------------------------------------------------

/// One client's connection, its watches, and the frames under way.
class scripted_server::connection : public std::enable_shared_from_this<connection> {
public:
    connection(scripted_server& server, std::uint64_t connection_number, std::unique_ptr<runtime::stream> stream)
        : server_(&server), number(connection_number), stream_(std::move(stream)) {}

    void read() {
        stream_->async_read_some(buffer_, [self = shared_from_this()](error_code ec, std::size_t n) {
            if (self->server_ == nullptr) {
                return;
            }
            if (ec) {
                self->close();
                return;
            }
            self->in_.append(reinterpret_cast<const char*>(self->buffer_.data()), n);
            self->take_frames();
            if (self->server_ != nullptr && !self->closing_) {
                self->read();
            }
        });
    }

    void send(std::string_view bytes) {
        (held ? kept_back_ : out_).append(bytes);
        write();
    }

    void release() {
        held = false;
        send(std::exchange(kept_back_, {}));
    }

    void close_when_sent() {
        closing_ = true;
        write();
    }

    void close() {
        if (server_ != nullptr) {
            const auto self = shared_from_this();
            stream_->close();
            std::exchange(server_, nullptr)->connections_.erase(number);
        }
    }

    [[nodiscard]] bool closed() const noexcept { return server_ == nullptr || closing_; }

private:
    void take_frames() {
        const auto self = shared_from_this();
        for (;;) {
            const auto next = wire::next_frame(in_);
            if (next.state == wire::frame_state::malformed) {
                close();
            }
            if (next.state != wire::frame_state::complete || closed()) {
                return;
            }
            const std::string frame{next.payload};
            in_.erase(0, next.consumed);
            session == 0 ? server_->greet(*this, frame) : server_->answer(*this, frame);
        }
    }

    void write() {
        if (writing_ || server_ == nullptr) {
            return;
        }
        if (out_.empty()) {
            if (closing_) {
                close();
            }
            return;
        }
        writing_ = true;
        sending_ = std::exchange(out_, {});
        stream_->async_write(std::as_bytes(std::span{sending_}),
                             [self = shared_from_this()](error_code ec, std::size_t) {
                                 self->writing_ = false;
                                 ec ? self->close() : self->write();
                             });
    }

    scripted_server* server_; // null once closed

public:
    const std::uint64_t number;
    std::int64_t session = 0;
    bool held = false;
    scripted_watches watches;

private:
    std::unique_ptr<runtime::stream> stream_;
    std::array<std::byte, 4096> buffer_{};
    std::string in_, out_, sending_, kept_back_;
    bool writing_ = false;
    bool closing_ = false;
};

scripted_server::scripted_server(std::shared_ptr<runtime::environment> environment,
                                 const asio::any_io_executor& executor)
    : environment_(std::move(environment)), executor_(executor) {}

scripted_server::~scripted_server() { drop_connections(); }

void scripted_server::serve(std::unique_ptr<runtime::stream> accepted) {
    const auto c = std::make_shared<connection>(*this, ++connections_made_, std::move(accepted));
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
    const auto how = !wire::decode(frame, asked) || asked.last_zxid_seen > zxid_ ? greeting::drop
                     : on_handshake_                                             ? on_handshake_(asked)
                                                                                 : greeting::usual;
    const auto known = sessions_.find(asked.session_id);
    const bool resumes = known != sessions_.end() && asked.password && *asked.password == known->second.password;
    if (how == greeting::drop) {
        c.close();
    } else if (how == greeting::refuse || (how == greeting::usual && asked.session_id != 0 && !resumes)) {
        static constexpr std::array<char, 16> nothing{};
        wire::buffer out;
        wire::put_connect_response(out, {0, 0, 0, std::string_view{nothing.data(), nothing.size()}, asked.read_only});
        c.send(out.view());
        c.close_when_sent();
    } else if (how == greeting::usual && resumes) {
        for (const auto& [number, other] : std::map{connections_}) {
            if (other->session == asked.session_id) {
                other->close();
            }
        }
        grant(c, asked, asked.session_id);
    } else if (how != greeting::ignore) {
        ++zxid_;
        const auto id = ++last_session_;
        auto& made = sessions_[id];
        made.password = "secret-" + std::to_string(1'000'000'000 + (id & 0xffff)).substr(1);
        made.timeout = std::clamp(asked.timeout, least_timeout_, most_timeout_);
        made.expiry = environment_->make_timer(executor_);
        grant(c, asked, id);
    }
}

void scripted_server::grant(connection& c, const wire::connect_request& asked, std::int64_t id) {
    c.session = id;
    const auto& granted = sessions_.at(id);
    wire::buffer out;
    std::optional<bool> read_only;
    if (asked.read_only) {
        read_only = false;
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

void scripted_server::execute(connection& c, std::int32_t xid, opcode type, std::string_view body, wire::buffer& out) {
    wire::buffer result;
    auto zxid = zxid_;
    auto failure = errc{};
    if (type == opcode::ping) {
        xid = wire::xids::ping;
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
                put_change(event, change);
                c->send(event.view());
            }
        }
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
