#pragma once

#include <zooid/error.hpp>
#include <zooid/log.hpp>
#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::runtime {
class environment;
}

namespace zooid {

namespace asio = boost::asio;

/// Puts a node into the tree of a server that is being made; without data (`nullopt`) its data is null, which clients
/// read as empty. Parents come before their children. Throws what a client's `create` would, `no_node` say.
using node_sink = std::function<void(std::string_view path, std::optional<std::string_view> data)>;

/// How an embedded server behaves. Not trivially destructible: build it outside of a `co_await` expression.
struct embedded_server_options {
    std::string address = "127.0.0.1"; ///< an IP address of this machine; "0.0.0.0" or "::" for all of them
    std::uint16_t port = 0;            ///< 0: any free one
    /// Sessions expire at multiples of it: 1 ms to 107'374'182 ms, a twentieth of what the protocol can say.
    std::chrono::milliseconds tick_time{2'000};
    /// The least a client is granted, 1 ms to `max_session_timeout`; zero: 2 ticks.
    std::chrono::milliseconds min_session_timeout{0};
    /// The most a client is granted, at most 2'147'483'647 ms; zero: 20 ticks.
    std::chrono::milliseconds max_session_timeout{0};
    /// Between searches for dead containers and TTL nodes; zero: never. Not negative.
    std::chrono::milliseconds reap_interval{60'000};
    std::size_t max_frame = 0xfffff; ///< bytes of a request (`jute.maxbuffer`)
    /// Unsent bytes at which the requests of a slow reader have to wait. What is being written to it does not count, so
    /// that twice as much may be held for it, and the replies that went over the limit.
    std::size_t max_backlog = std::size_t{1} << 20;
    /// Unsent bytes at which a watch event closes its connection; counted, and exceeded, in the same way.
    std::size_t max_notifications = std::size_t{16} << 20;
    std::size_t max_connections_per_address = 0; ///< `maxClientCnxns`; zero: no limit
    bool read_only = false;                      ///< starts out read-only, until `set_read_only`
    /// Hard quotas fail writes (`enforceQuota`); otherwise quotas are only kept, with a warning in the log when one is
    /// exceeded, once a minute for each at most.
    bool enforce_quota = false;
    bool ttl_nodes = true; ///< TTL nodes may be created (`extendedTypesEnabled`)
    /// What a crowd of clients or a large tree has left free goes back to the system, a moment later. That is all of the
    /// process's free memory, and every thread that allocates has to wait meanwhile: for processes that do little else.
    bool give_back_memory = false;
    std::string super_digest; ///< "super:<base64 of SHA-1>", as of ZooKeeper's `superDigest`; empty: no super user
    /// Time stands still and moves only by `advance`. Clients' clocks go on, and their heartbeats are answered.
    bool virtual_time = false;
    /// Fills the tree before the server listens: calls `add` for each node. Runs on the server's thread, again in
    /// `restart(server_memory::lost)`; what it throws comes out of the constructor, or of `restart`.
    std::function<void(const node_sink& add)> load;
    log_sink log; ///< what an operator wants to know; called on the server's thread; must not call the server
    log_level level = log_level::info; ///< the least important that is logged
};

/// What a server that starts again remembers.
enum class server_memory : std::uint8_t {
    kept, ///< everything; each session has its whole timeout again
    lost, ///< nothing, as after a crash: sessions are expired for their clients
};

/// A session as the server has it.
struct server_session {
    std::int64_t id = 0;
    std::chrono::milliseconds timeout{0};
    bool connected = false;
    bool frozen = false;
    std::size_t ephemerals = 0; ///< nodes that go with it
};

/// A server's numbers at one moment.
struct server_statistics {
    std::size_t connections = 0;
    std::size_t sessions = 0; ///< connected or not
    std::size_t watches = 0;
    std::size_t nodes = 0; ///< as `srvr` counts them: 5 in a fresh tree
    std::size_t ephemerals = 0;
    std::int64_t last_zxid = 0;
};

/// A request as the predicate of a fault sees it.
struct server_request {
    std::int64_t session = 0;
    std::int32_t xid = 0;
    zooid::opcode op{};
    std::string_view path; ///< of a transaction: its first part's; empty if it has none
};

/// What a fault does to a request.
enum class fault_kind : std::uint8_t {
    delay_reply, ///< executes it; the reply, and all that follows on that connection, comes later
    lose_reply,  ///< executes it, and closes the connection without a reply
    drop,        ///< closes the connection without executing it
    fail,        ///< answers with an error, without executing it
};

/// A fault, and the requests it meets: the next `times` for which every condition holds. Of several faults the oldest
/// that matches is taken. Handshakes are never met, heartbeats only when `op` says so.
struct server_fault {
    fault_kind kind = fault_kind::lose_reply;
    std::uint32_t times = 1;            ///< zero: until it is removed
    std::optional<zooid::opcode> op;    ///< nothing: any but `opcode::ping`
    std::string path;                   ///< the request's path (of a transaction: of any part); empty: any
    bool below = false;                 ///< paths below `path` as well
    std::int64_t session = 0;           ///< zero: any
    std::chrono::milliseconds delay{0}; ///< of `delay_reply`; may be as long as never
    errc error = errc::system_error;    ///< of `fail`; one that servers report
    /// Asked last, when all else holds; empty: yes. Runs on the server's thread, must return soon and must not call the
    /// server. If it throws, the request does not match.
    std::function<bool(const server_request&)> matches;
};

/// Names a fault; one server never uses a name twice.
enum class fault_id : std::uint64_t {};

/// A ZooKeeper-compatible server in this process, for one machine: development, tests, small tools. Any ZooKeeper client
/// can use it. It behaves as a standalone Apache ZooKeeper 3.8, keeps its tree in memory only, and never replicates:
/// whoever outgrows one machine points the same clients at an Apache ZooKeeper ensemble.
///
/// It serves when the constructor returns. Several in one process don't disturb each other.
///
/// *Threads.* Made from options alone it owns one thread, and every member may be called from any other thread: it blocks
/// until the server's thread has done it. Called on that thread (by a predicate, a log sink) it fails with
/// `would_deadlock`. Made from an executor it creates no thread; then members are called on that executor, which runs
/// one thing at a time, or while nothing runs there.
class embedded_server {
public:
    /// A server with its own thread. Throws `boost::system::system_error` when it cannot listen at the address,
    /// `bad_arguments_error` when an option makes no sense, and what `options.load` throws.
    explicit embedded_server(embedded_server_options options = {});

    /// A server on the caller's executor; `environment` null: the operating system's clocks and network. For simulations.
    embedded_server(asio::any_io_executor executor, embedded_server_options options,
                    std::shared_ptr<runtime::environment> environment = nullptr);

    embedded_server(const embedded_server&) = delete;
    embedded_server& operator=(const embedded_server&) = delete;
    /// Closes everything and waits for the server's own thread, which must not be the calling one. Nothing is left of the
    /// server but what its clients remember.
    ~embedded_server();

    /// "127.0.0.1:<port>", or what the address is: a connect string for `client`.
    [[nodiscard]] std::string address() const;
    /// The port, which stays the same through `restart`.
    [[nodiscard]] std::uint16_t port() const noexcept;

    // ---- Stopping and starting ----

    /// Stops listening and closes all connections, without a word. What the server knows stays for `restart`; until
    /// then nothing expires and nothing is removed, however much time passes. Does nothing when stopped already.
    void stop();
    /// `stop`, and serves again at the same address. What was done to the server stays, whatever it remembers: faults,
    /// with their hits, and being read-only; but `freeze_all` is over. Throws as the constructor; the server is stopped
    /// then.
    void restart(server_memory memory = server_memory::kept);
    /// False after `stop`.
    [[nodiscard]] bool running() const;

    // ---- Looking at it ----

    /// The sessions that live, in order of their ids.
    [[nodiscard]] std::vector<server_session> sessions() const;
    /// What it holds and has done so far, at this moment.
    [[nodiscard]] server_statistics statistics() const;

    // ---- Making trouble ----

    /// Ends a session as if its client had been silent for too long; false if there is none of that id.
    bool expire(std::int64_t session);
    /// Closes the connection of a session, without a word; the session lives on. False if it has none.
    bool drop(std::int64_t session);
    /// Closes all connections.
    void drop_all();
    /// Until `thaw` no request on the connection of a session is executed, and no reply or event goes out but those
    /// that are being written already; its session's time goes on. A connection that the client makes instead is not
    /// frozen. False if it has none.
    bool freeze(std::int64_t session);
    /// Undoes `freeze`: what was sent meanwhile is executed now. False if the session has no connection.
    bool thaw(std::int64_t session);
    /// Freezes all connections and accepts none, as a process does that hangs; those who connect wait.
    void freeze_all();
    /// Undoes `freeze_all`, and `freeze` of every session.
    void thaw_all();

    /// Lets the requests that come from now on meet a fault. Throws `bad_arguments_error` for a negative delay, and for
    /// an error that servers don't report.
    fault_id inject(server_fault fault);
    /// Takes a fault out, used up or not; the number of requests it has met. Zero if there is none of that name any
    /// more.
    std::uint64_t remove_fault(fault_id fault);
    /// How many requests a fault has met; zero if there is none of that name any more.
    [[nodiscard]] std::uint64_t fault_hits(fault_id fault) const;

    /// Refuses writes (`not_read_only`) and clients that have not said they would accept that, or goes back; as a member of
    /// an ensemble that loses its quorum, or finds it again. Either way all connections are closed. While read-only no
    /// session expires, and none can be resumed: clients get new ones, which are gone afterwards.
    void set_read_only(bool read_only);

    /// With `virtual_time`: lets that much time pass, and everything that is due in it happen, in order: expiry of
    /// sessions, removal of containers and TTL nodes, delayed replies. The client of an open, unfrozen connection counts
    /// as heard from throughout. While stopped only the clock moves. Throws `invalid_state_error` without
    /// `virtual_time` and `bad_arguments_error` for a negative time, or one too long for the clock: what is sure to fit
    /// is a century.
    void advance(std::chrono::milliseconds time);

private:
    class implementation;
    std::unique_ptr<implementation> self_;
};

} // namespace zooid
