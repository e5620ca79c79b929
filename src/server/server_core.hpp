#pragma once

#include "server/config.hpp"
#include "server/fault_rule.hpp"
#include "wire/buffer.hpp"

#include <zooid/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

class data_tree;
struct server_state;

/// Names a connection; never 0 and never used twice.
using connection_id = std::uint64_t;

/// An instant on both clocks. Neither may run backwards between calls; the core looks at no clock of its own.
struct moment {
    steady_time now{};  ///< for every timeout
    server_time wall{}; ///< for ctime and mtime
};

/// Whether the core wants a connection closed.
enum class ending : std::uint8_t {
    none,        ///< it goes on
    after_flush, ///< once everything taken from `take_output` is written and nothing more is there
    at_once,     ///< without writing any more
};

/// What a session looks like from outside.
struct session_info {
    std::int64_t id = 0;
    std::chrono::milliseconds timeout{0};
    steady_time expires{};        ///< when it will expire if its client stays silent
    connection_id connection = 0; ///< 0 while it has none
    std::size_t ephemerals = 0;
};

/// What a connection looks like from outside.
struct connection_info {
    connection_id id = 0;
    std::string address; ///< as given to `open`
    std::uint16_t port = 0;
    std::int64_t session = 0; ///< 0 before the handshake
    bool frozen = false;
    std::size_t watches = 0; ///< entries in both tables
};

/// A server without I/O: bytes of connections and time go in, bytes of connections come out, and between them is a data
/// tree that clients cannot tell from that of a standalone Apache ZooKeeper 3.8. Requests are executed within the call that
/// brings their bytes, in order, on one timeline. Deterministic: equal calls give equal bytes. Not thread-safe.
///
/// The driver, per connection: `open`; `received` for whatever it reads, as long as `wants_read`; whenever the connection
/// is in `take_ready`, `take_output` if it isn't writing, and again when that is written; closes the socket when `ending_of`
/// says so and then calls `closed`. Between calls: `tick` at `next_deadline`, and `take_ready` after every call that
/// takes a moment. A call about a connection that is gone does nothing.
class server_core {
public:
    /// `secret` is what session passwords are made from (16 random bytes or more; a constant in tests). Transaction and
    /// session ids start from `start.wall`, so that those of earlier incarnations are never met again.
    server_core(server_config config, std::string_view secret, moment start);
    ~server_core();
    server_core(const server_core&) = delete;
    server_core& operator=(const server_core&) = delete;

    // Connections

    /// A peer has connected. `address` is its bare IP address, the identity of scheme `ip`. Look at `ending_of` before
    /// anything else: over the limit for one address it is closed at once.
    connection_id open(std::string_view address, std::uint16_t port, moment at);

    /// Bytes from the peer, of which the core keeps no view. May close this and other connections (see `take_ready`).
    void received(connection_id id, std::string_view bytes, moment at);

    /// The peer will send no more. What it has sent is still executed and answered; then the connection ends.
    void input_ended(connection_id id, moment at);

    /// The socket is gone, for whatever reason. The session, if any, lives on until it expires.
    void closed(connection_id id, moment at);

    /// Whether bytes from the peer are welcome. False while the peer reads too slowly, is frozen, or is being closed; then
    /// leave them in the socket. Turns true only while something else makes the connection ready (`take_ready`).
    [[nodiscard]] bool wants_read(connection_id id) const noexcept;

    /// Exchanges `out`, whose content is forgotten but whose memory is used, for the bytes to be written next. Call it
    /// when the previous ones are written; then requests that had to wait for that are executed. False, with `out`
    /// empty, when there is nothing to write.
    bool take_output(connection_id id, wire::buffer& out, moment at);

    /// Some of what `take_output` gave has been written. A client whose requests, pings too, have to wait until it has
    /// read more counts as heard from.
    void progressed(connection_id id, moment at);

    /// Whether the core wants the connection closed; `at_once` for one that is gone.
    [[nodiscard]] ending ending_of(connection_id id) const noexcept;

    /// Replaces the content of `into` with the connections that have got something to write, or another ending, or want to
    /// read again, since the last call; none appears twice. False when there are none.
    bool take_ready(std::vector<connection_id>& into);

    /// How much memory has been freed since the last call, about: of connections, of what they waited for, of nodes.
    [[nodiscard]] std::size_t take_freed() noexcept;

    // Time

    /// Does what is due: expiry of sessions, handshake timeouts, reaping, delayed replies.
    void tick(moment at);
    /// When `tick` is wanted next; `steady_time::max()` for never.
    [[nodiscard]] steady_time next_deadline() const noexcept;

    // Control

    /// Ends a session as if it had timed out; false when there is none of that id.
    bool expire(std::int64_t session, moment at);
    /// Closes a connection at once, without a word; the session lives on.
    void drop(connection_id id);
    /// Closes all connections at once.
    void drop_all();
    /// While frozen nothing of a connection is executed and nothing is sent on it; its session's clock goes on.
    void freeze(connection_id id, bool frozen, moment at);
    /// Counts a connection's client as heard from, as if it had sent a ping.
    void touch(connection_id id, moment at);
    /// The connection of a session, 0 if it has none.
    [[nodiscard]] connection_id connection_of(std::int64_t session) const noexcept;
    /// In order of their ids.
    [[nodiscard]] std::vector<session_info> sessions() const;
    [[nodiscard]] std::vector<connection_info> connections() const;
    [[nodiscard]] std::size_t session_count() const noexcept;
    [[nodiscard]] std::size_t connection_count() const noexcept;

    /// Adds a rule behind those that exist and names it.
    std::uint64_t add_fault(fault_rule rule);
    /// Takes a rule out. Returns how many requests it met, or nothing when it never existed. Used-up rules stay known
    /// until they are taken out.
    std::optional<std::uint64_t> remove_fault(std::uint64_t rule);
    /// How many requests a rule has met; nothing when it does not exist.
    [[nodiscard]] std::optional<std::uint64_t> fault_hits(std::uint64_t rule) const;

    /// Refuses writes and clients that insist on writing, or goes back; either way as a member of an ensemble that loses
    /// its quorum or finds it again: all connections are closed. While read-only no session expires, but none can be
    /// resumed either; clients that are content with it get new ones, which are gone afterwards. Then every session has its
    /// whole timeout again.
    void set_read_only(bool read_only, moment at);
    [[nodiscard]] bool read_only() const noexcept;

    /// After a stop that keeps the state: closes all connections; every session has its whole timeout again.
    void restart(moment at);

    /// Takes over what has been done to another core from outside, which ends with that: its fault rules with their
    /// names and hits, and whether it is read-only. Before anybody has connected.
    void succeed(server_core& other) noexcept;

    /// Puts a node into the tree without a client: parents must exist. `acl` empty: open to everybody. Fires watches like
    /// any creation. Returns 0 or an error number as a client would get it.
    std::int32_t load_node(std::string_view path, std::optional<std::string_view> data, const acl& access, moment at);

    /// For the `conf` word, once a listener has its port.
    void set_client_port(std::uint16_t port);

    [[nodiscard]] const server_config& config() const noexcept;
    [[nodiscard]] const data_tree& tree() const noexcept;
    /// Entries of both watch tables.
    [[nodiscard]] std::size_t watch_count() const noexcept;
    /// Of the last transaction.
    [[nodiscard]] std::int64_t last_zxid() const noexcept;

private:
    std::unique_ptr<server_state> state_;
};

} // namespace zooid::server
