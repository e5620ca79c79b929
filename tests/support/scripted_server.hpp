#pragma once

#include "runtime/environment.hpp"
#include "support/scripted_tree.hpp"
#include "support/scripted_watches.hpp"
#include "wire/frame.hpp"
#include "wire/handshake.hpp"
#include "wire/multi.hpp"

#include <zooid/error.hpp>
#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::testing {

namespace asio = boost::asio;

/// A request as a script sees it.
struct scripted_request {
    std::uint64_t number;     ///< counts the requests of all connections from 1
    std::uint64_t connection; ///< counts connections from 1
    std::int64_t session;
    std::int32_t xid;
    opcode type;
    std::string body;
    std::string path; ///< the first field of the body, if it is a string
};

/// What a script makes of a request.
struct reaction {
    enum class kind : std::uint8_t { serve, hold, drop_before, drop_after, fail, answer_with_xid, send };

    kind what = kind::serve;
    std::int32_t number = 0;
    std::string bytes;

    /// Executes and answers it.
    [[nodiscard]] static reaction serve() { return {}; }
    /// Executes it, and keeps this and all later replies of the connection back until `release()`.
    [[nodiscard]] static reaction hold() { return {kind::hold, 0, {}}; }
    /// Closes the connection without executing it.
    [[nodiscard]] static reaction drop_before() { return {kind::drop_before, 0, {}}; }
    /// Executes it and closes the connection without answering.
    [[nodiscard]] static reaction drop_after() { return {kind::drop_after, 0, {}}; }
    /// Does not execute it and answers with an error.
    [[nodiscard]] static reaction fail(errc e) { return {kind::fail, static_cast<std::int32_t>(e), {}}; }
    /// Executes it and answers under another xid.
    [[nodiscard]] static reaction answer_with_xid(std::int32_t xid) { return {kind::answer_with_xid, xid, {}}; }
    /// Does not execute it and sends these bytes, which need not make sense.
    [[nodiscard]] static reaction send(std::string bytes) { return {kind::send, 0, std::move(bytes)}; }
};

/// What a script makes of a handshake.
enum class greeting : std::uint8_t {
    usual,
    refuse,        ///< as if the session had expired
    other_session, ///< grants a new session where an existing one was asked for
    drop,          ///< closes without a reply
    ignore,        ///< never replies
};

/// Which member of an ensemble a connection leads to.
enum class member : std::uint8_t {
    read_write,
    read_only, ///< cut off from the others: gives makeshift sessions to those who accept that, and refuses writes
};

/// A small ZooKeeper server for tests of a client: sessions that expire, a tree, all kinds of watches, and scripts that
/// make it misbehave. Of four-letter words it knows `isro`. ACLs are not checked. One executor; use it on that.
class scripted_server {
public:
    scripted_server(std::shared_ptr<runtime::environment> environment, const asio::any_io_executor& executor);
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    /// Closes all connections.
    ~scripted_server();

    /// Serves a connection that was accepted, as that member.
    void serve(std::unique_ptr<runtime::stream> accepted, member as = member::read_write);

    /// Decides about each request before it is executed.
    void on_request(std::function<reaction(const scripted_request&)> script) { on_request_ = std::move(script); }
    void on_handshake(std::function<greeting(const wire::connect_request&)> script) {
        on_handshake_ = std::move(script);
    }
    /// Bounds of what session timeout is granted, in milliseconds.
    void set_timeouts(std::int32_t least, std::int32_t most) {
        least_timeout_ = least;
        most_timeout_ = most;
    }
    /// How watches on one path live together, on connections from now on.
    void set_watch_modes(watch_modes modes) noexcept { modes_ = modes; }
    /// Sends what `reaction::hold` kept back.
    void release();
    /// Closes all connections; sessions live on until they expire.
    void drop_connections();
    /// Ends a session now, as if it had expired; false if there is none.
    bool expire(std::int64_t session);

    /// Every request received, in order, except pings.
    [[nodiscard]] const std::vector<scripted_request>& received() const noexcept { return received_; }
    /// How many of them had this type.
    [[nodiscard]] std::size_t count(opcode type) const {
        return static_cast<std::size_t>(
            std::count_if(received_.begin(), received_.end(), [type](const auto& r) { return r.type == type; }));
    }
    [[nodiscard]] std::size_t open_connections() const noexcept { return connections_.size(); }
    /// The ids of the sessions that live.
    [[nodiscard]] std::vector<std::int64_t> sessions() const {
        std::vector<std::int64_t> ids;
        for (const auto& [id, unused] : sessions_) {
            ids.push_back(id);
        }
        return ids;
    }
    /// When a session ends if nothing more is heard from it; `steady_time::min()` if there is none.
    [[nodiscard]] steady_time expires_at(std::int64_t session) const;
    [[nodiscard]] std::int64_t last_zxid() const noexcept { return zxid_; }
    [[nodiscard]] bool has(std::string_view path) const { return tree_.find(path) != nullptr; }
    /// A node's data; empty too where there is no node.
    [[nodiscard]] std::string data(std::string_view path) const;
    [[nodiscard]] std::vector<std::string> children(std::string_view path) const;
    /// Nothing where there is no node.
    [[nodiscard]] std::optional<stat> node_stat(std::string_view path) const;

    // Changes by somebody else; watches fire.
    void create(const std::string& path, const std::string& data = {});
    void set(const std::string& path, const std::string& data);
    void remove(const std::string& path);

private:
    struct session {
        std::string password;
        std::int32_t timeout = 0;
        steady_time expires_at{};
        std::unique_ptr<runtime::timer> expiry;
    };
    class connection;

    void greet(connection& c, std::string_view frame);
    void resume(connection& c, const wire::connect_request& asked);
    void open_session(connection& c, const wire::connect_request& asked);
    void refuse(connection& c, const wire::connect_request& asked);
    void grant(connection& c, const wire::connect_request& asked, std::int64_t id, const session& granted);
    void answer(connection& c, std::string_view frame);
    /// Executes a request and appends the whole reply.
    void execute(connection& c, std::int32_t xid, opcode type, std::string_view body, wire::buffer& out);
    [[nodiscard]] errc execute_write(connection& c, opcode type, std::string_view body, wire::buffer& result);
    [[nodiscard]] errc execute_read(connection& c, opcode type, std::string_view body, wire::buffer& result);
    [[nodiscard]] errc execute_watch(connection& c, opcode type, std::string_view body, wire::buffer& result);
    [[nodiscard]] errc execute_multi(connection& c, std::string_view body, wire::buffer& result);
    [[nodiscard]] errc execute_part(connection& c, const wire::multi_part& part, wire::multi_reply_encoder& results);
    [[nodiscard]] scripted_tree::author author(std::int64_t who) const {
        return {who, zxid_, environment_->wall_now()};
    }
    void fire_watches();
    void finish_change(errc failure, std::string_view operation, const std::string& path);
    void end_session(std::int64_t id);
    void heard_from(std::int64_t id);

    std::shared_ptr<runtime::environment> environment_;
    asio::any_io_executor executor_;
    std::function<reaction(const scripted_request&)> on_request_;
    std::function<greeting(const wire::connect_request&)> on_handshake_;
    watch_modes modes_ = watch_modes::last_one_wins;
    std::int32_t least_timeout_ = 4000;
    std::int32_t most_timeout_ = 40000;
    scripted_tree tree_;
    std::int64_t zxid_ = 0;
    std::map<std::int64_t, session> sessions_;
    std::int64_t last_session_ = 0x0100'0000'0000'0000;
    std::int64_t last_makeshift_ = 0x0200'0000'0000'0000; // session of a read-only member
    std::map<std::uint64_t, std::shared_ptr<connection>>
        connections_; // by number, so that their order is the same every time
    std::uint64_t connections_made_ = 0;
    std::vector<scripted_request> received_;
    std::uint64_t requests_ = 0;
};

} // namespace zooid::testing
