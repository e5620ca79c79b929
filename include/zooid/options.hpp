#pragma once

#include <zooid/log.hpp>
#include <zooid/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid {

/// Any version: the expected version of a `set`, `remove`, `check` or `set_acls` that doesn't care.
inline constexpr std::int32_t any_version = -1;

// Options of single operations. All are trivially destructible aggregates of values and views, so that
// `{.version = 3}` can be written inside `co_await`. In each, `timeout` bounds the whole call, the time spent waiting for
// a connection included; zero means the client's `request_timeout`.

/// Options of `exists`, `get`, `get_children`, `sync`, `get_acls` and the other reads.
struct read_options {
    std::chrono::milliseconds timeout{0};
};

/// Options of `create`.
struct create_options {
    create_mode mode = create_mode::persistent;
    bool make_path = false;           ///< create missing parents first, persistent and empty, with the same ACL
    acl_view acl{};                   ///< default: the client's `default_acl`
    std::chrono::milliseconds ttl{0}; ///< for the TTL modes, which need it: 1 ms … 2^40 - 1 ms
    /// Finds its own node after a lost reply instead of making a second one: the name gets a unique prefix
    /// (`_c_<uuid>-`, layout of Curator 5.x), and an existing ephemeral counts only if this session owns it.
    bool protect = false;
    std::chrono::milliseconds timeout{0};
};

/// Options of `set`.
struct set_options {
    std::int32_t version = any_version;
    std::chrono::milliseconds timeout{0};
};

/// Options of `remove`.
struct remove_options {
    std::int32_t version = any_version; ///< of the node itself; must be `any_version` with `recursive`
    bool recursive = false;             ///< descendants first, pipelined; nodes that vanish meanwhile don't matter
    bool quiet = false;                 ///< a missing node is no error
    /// Goes on in the background when the connection fails, until the node is certainly gone or the client is stopped.
    /// The call itself still reports what it knows.
    bool guaranteed = false;
    std::chrono::milliseconds timeout{0};
};

/// Options of `set_acls`.
struct set_acls_options {
    std::int32_t version = any_version; ///< of the ACL (`stat::aversion`)
    std::chrono::milliseconds timeout{0};
};

/// Options of `ensure_path` and `upsert`.
struct ensure_options {
    acl_view acl{}; ///< of nodes that are created; default: the client's `default_acl`
    std::chrono::milliseconds timeout{0};
};

/// What `reconfig` shall change; incremental (joining, leaving) or whole (new_members), as ZooKeeper has it.
struct reconfig_options {
    std::string_view joining{};     ///< e.g. "server.4=host:2888:3888:participant;2181", comma-separated
    std::string_view leaving{};     ///< server ids, comma-separated
    std::string_view new_members{}; ///< the whole new membership
    std::int64_t from_config = -1;  ///< expected version of the present configuration; -1 = any
    std::chrono::milliseconds timeout{0};
};

/// Options of `command`.
struct command_options {
    std::string_view host{}; ///< "host:port"; default: the connected server, else the first of the list
    std::chrono::milliseconds timeout{10'000}; ///< for the whole exchange
};

/// Options of `start`.
struct start_options {
    std::chrono::milliseconds timeout{15'000}; ///< until connected; zero = no limit
};

/// Options of `stop`, `close` and `restart`.
struct close_options {
    /// Leaves the session open on the server: its ephemerals stay until it expires, and another client may resume it
    /// with `client_id()`.
    bool keep_session = false;
};

/// A credential, sent on every connection before anything else.
struct credential {
    std::string scheme; ///< e.g. "digest"
    std::string data;   ///< e.g. "user:password"; a secret, never logged
};

/// How a client behaves. Not trivially destructible: build it outside of a `co_await` expression.
struct client_options {
    std::chrono::milliseconds session_timeout{10'000}; ///< asked for; the server may choose another
    /// Per host, the handshake included; zero: the session timeout shared among the hosts, at most a third of it.
    std::chrono::milliseconds connect_timeout{0};
    std::chrono::milliseconds request_timeout{0};   ///< default for operations; zero = wait as long as it takes
    std::chrono::milliseconds close_timeout{2'000}; ///< how long closing waits for the server
    std::chrono::milliseconds reconnect_delay{50};  ///< after a vain round through the hosts; doubles, jittered
    std::chrono::milliseconds max_reconnect_delay{5'000};
    bool randomize_hosts = true; ///< false: try them in the order given
    /// Accept a server that is cut off and answers reads only, and look for a better one meanwhile. Until a server that
    /// takes writes has been found the session is a makeshift; it becomes another then, without having been lost.
    bool read_only = false;
    bool new_session_after_expiry = true;               ///< false: `lost` is final
    std::vector<credential> auth;                       ///< as by `add_auth`
    acl default_acl = open_acl();                       ///< of nodes created without an ACL
    std::optional<session_credentials> client_id;       ///< a session to resume
    std::size_t max_request_size = 0xfffff;             ///< bytes; the server's `jute.maxbuffer`
    std::size_t max_reply_size = std::size_t{64} << 20; ///< bytes; larger replies are discarded, `reply_too_large`
    log_sink log;                                       ///< where log lines go; default: nowhere
    log_level level = log_level::info;                  ///< the least important that is logged
};

} // namespace zooid
