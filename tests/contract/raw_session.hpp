#pragma once

#include "contract/raw_connection.hpp"
#include "contract/raw_reply.hpp"
#include "wire/frame.hpp"
#include "wire/multi.hpp"
#include "wire/requests.hpp"

#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::test {

/// What is created: an empty open persistent node, by default.
struct new_node {
    std::optional<std::string_view> data = "";
    std::int32_t flags = 0;
    opcode op = opcode::create;
    std::int64_t ttl = 0; ///< create_ttl only
    const zooid::acl* acl = nullptr;
};

/// A session on one connection that says exactly what it is told, blocks for every answer, and believes nothing it has
/// not read. The destructor closes the session unless `close` has, if need be on a new connection. Not thread-safe.
class raw_session {
public:
    /// Connects and introduces itself. Throws `no_answer`, and `std::runtime_error` when the session is refused.
    explicit raw_session(std::uint16_t port, const introduction& how = {});
    raw_session(raw_session&& other) noexcept;
    raw_session& operator=(raw_session&&) = delete;
    ~raw_session();

    [[nodiscard]] std::int64_t id() const noexcept { return welcome_.id; }
    [[nodiscard]] const welcome& granted() const noexcept { return welcome_; }
    /// How another connection takes this session over.
    [[nodiscard]] introduction resumption(std::int64_t last_zxid = 0) const;
    [[nodiscard]] raw_connection& connection() noexcept { return connection_; }

    /// Sends a request and returns its xid.
    template <class... Record>
    std::int32_t send(opcode op, const Record&... record) {
        const std::int32_t xid = ++last_xid_;
        send_as(xid, op, record...);
        return xid;
    }
    template <class... Record>
    void send_as(std::int32_t xid, opcode op, const Record&... record) {
        wire::buffer out;
        wire::put_frame(out, wire::request_header{xid, op}, record...);
        connection_.send(out.view());
    }
    /// The next reply, which must be that to `xid`; notifications before it are kept for `events`. Throws `no_answer`.
    raw_reply receive(std::int32_t xid);
    /// The next frame, whatever it is. Throws `no_answer`.
    raw_reply receive();
    /// Sends a request and waits for its reply. Throws `no_answer`.
    template <class... Record>
    raw_reply call(opcode op, const Record&... record) {
        return receive(send(op, record...));
    }
    /// Whether the server closes the connection without another frame.
    [[nodiscard]] bool ended();

    /// The watch events that came before the last reply and were not asked for yet, as "created /a", "deleted /a",
    /// "changed /a", "children /a".
    [[nodiscard]] std::vector<std::string> seen() { return std::exchange(events_, {}); }
    /// The same after a ping, so that none is still on its way.
    [[nodiscard]] std::vector<std::string> events();
    /// The same, waiting until there is at least one: for what happens at a time of the server's own choice.
    [[nodiscard]] std::vector<std::string> await_events();

    raw_reply create(std::string_view path, const new_node& what = {});
    raw_reply remove(std::string_view path, std::int32_t version = -1);
    raw_reply set(std::string_view path, std::optional<std::string_view> data, std::int32_t version = -1);
    raw_reply get(std::string_view path, bool watch = false);
    raw_reply exists(std::string_view path, bool watch = false);
    raw_reply children(std::string_view path, bool watch = false);
    raw_reply children2(std::string_view path, bool watch = false);
    raw_reply get_acl(std::string_view path);
    raw_reply set_acl(std::string_view path, const zooid::acl& acl, std::int32_t version = -1);
    raw_reply add_watch(std::string_view path, std::int32_t mode);
    raw_reply remove_watches(std::string_view path, std::int32_t type);
    raw_reply check_watches(std::string_view path, std::int32_t type);
    raw_reply add_auth(std::string_view scheme, std::optional<std::string_view> secret);
    /// Asks for nothing, which has every earlier request answered.
    raw_reply ping();
    /// Ends the session; the connection should follow.
    raw_reply close();
    /// Drops the connection; the session lives on.
    void drop() { connection_.close(); }
    /// Goes on with the session on a new connection. Throws `no_answer`, and `std::runtime_error` when it is refused.
    void resume();

private:
    void note(const raw_reply& notification);

    std::uint16_t port_;
    raw_connection connection_;
    welcome welcome_;
    bool over_ = false; ///< it is closed, or somebody else's
    std::int32_t last_xid_ = 0;
    std::vector<std::string> events_;
};

/// The parts of a multi: `ops->create(...)`, and then `ops.body()` is what is sent.
class parts {
public:
    parts() = default;
    parts(const parts&) = delete;
    parts& operator=(const parts&) = delete;

    wire::multi_encoder* operator->() noexcept { return &encoder_; }
    /// The request's body, complete; to be asked for once.
    [[nodiscard]] wire::encoded_body body() {
        encoder_.finish();
        return {bytes_.view()};
    }

private:
    wire::buffer bytes_;
    wire::multi_encoder encoder_{bytes_};
};

} // namespace zooid::test
