#pragma once

#include <zooid/detail/operation.hpp>
#include <zooid/error.hpp>
#include <zooid/log.hpp>
#include <zooid/metrics.hpp>
#include <zooid/options.hpp>
#include <zooid/path.hpp>
#include <zooid/retry.hpp>
#include <zooid/transaction.hpp>
#include <zooid/types.hpp>
#include <zooid/watch.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace zooid::runtime {
class environment;
}

namespace zooid {

namespace detail {
struct call_site;
}

/// A change of the session's state.
struct state_change {
    session_state state = session_state::suspended;
    keeper_state keeper = keeper_state::closed;
    error_code cause; ///< why, where something went wrong
};

/// Names a listener for `remove_listener`.
enum class listener_id : std::uint64_t {};

/// A ZooKeeper client: one session, kept alive and reconnected until it is stopped.
///
/// A client is a handle: copies, and the views that `chroot` makes, share the session. It closes when `close` is called
/// or, without waiting, when the last handle goes.
///
/// *Threads.* Made from a host list alone it owns two threads: one does the I/O, or leaves it to a thread that makes
/// one blocking call after the other; the other runs callbacks, so a slow callback cannot starve heartbeats. Made from
/// an executor it creates none and runs everything there. Every member may be called from any thread.
///
/// *Order.* A request is encoded and takes its place in line when the function is called, whatever the completion
/// token; the views passed as arguments need not live longer than that. The server executes requests in that order.
/// Handlers without an executor of their own run one after the other, in order, never inside the initiating function;
/// so do watch callbacks and listeners, and a watch callback has begun before any reply that already reflects its event
/// is delivered. Functions that need several requests (`make_path`, `recursive`, `protect`, `ensure_path`, `upsert`)
/// have no single place.
///
/// *Asynchronous forms.* `async_x` takes any Asio completion token (a callback, `use_future`, `use_awaitable`,
/// `deferred`, `as_tuple`, a `yield_context`); the default is `deferred`. An operation whose deferred or awaitable is
/// dropped stays in line, its result is discarded. Cancellation (all types): a request not yet written is taken back;
/// one that was written is executed by the server all the same, and only its result is discarded. Either completes with
/// `operation_aborted`.
///
/// *Blocking forms* throw `zooid::error`, or its subclass named after the error. They are allowed in callbacks of a
/// client that owns its threads. On the executor of a client that was made with one they could wait for themselves
/// only, and fail with `would_deadlock`. Waiting in a callback for something else that a callback brings about, a
/// future's result say, can't be seen by the client, and may wait for ever.
///
/// *Errors of every operation.* Before anything is sent: `invalid_path`, `bad_arguments`, `invalid_acl`,
/// `request_too_large`, `not_started`, `closing` (the client is being stopped), `closed`. At any time: `connection_loss`
/// and `session_moved` (the request was written, its reply lost or refused; `possible_effect` tells whether that
/// matters), `operation_timeout`, `operation_aborted`, `session_expired`, `auth_failed`, `closed`, `reply_too_large`,
/// `protocol_error` (the server sent what no server may send). While the connection is down requests wait for it, as
/// long as their timeout allows.
class client {
public:
    /// A client with its own threads. `hosts` is ZooKeeper's connect string: `host[:port],…[/chroot]`, IPv6 in
    /// brackets, the port 2181 by default. Nothing is connected before `start`. Throws `bad_arguments_error`
    /// (`invalid_hosts`; `bad_arguments` for a negative duration or a credential without a scheme) and
    /// `request_too_large_error` for a credential over the limit.
    explicit client(std::string_view hosts, client_options options = {});

    /// A client on the caller's executor. If several threads run it, the client serialises its own work. When the
    /// executor's context is destroyed the client is closed, as far as it is concerned: the server is not told, handlers
    /// that were to run there are freed without having been called, and others get `closed`.
    client(asio::any_io_executor executor, std::string_view hosts, client_options options = {});

    /// The same with everything nondeterministic taken from `environment`; for simulations.
    client(asio::any_io_executor executor, std::string_view hosts, client_options options,
           std::shared_ptr<runtime::environment> environment);

    client(const client&);
    client(client&&) noexcept;
    client& operator=(const client&);
    client& operator=(client&&) noexcept;
    /// The last handle closes the client without waiting.
    ~client();

    // ---- Life ----

    /// Connects and waits until the session is there. Does nothing when connected already.
    /// Errors: `operation_timeout`, after which the client is stopped again; `auth_failed`; `session_expired` when the
    /// session to resume is gone and `new_session_after_expiry` is off; `closed` while it is being stopped.
    void start(const start_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_start(const start_options& options, Token&& token = {}) {
        return detail::finish_with(start_start(options), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_start(Token&& token = {}) {
        return detail::finish_with(start_start({}), std::forward<Token>(token));
    }

    /// Ends the session and waits, bounded by `close_timeout`, until everything outstanding has completed. Requests
    /// that wait for a connection fail with `closed`. May be started again. Cannot be cancelled.
    void stop(const close_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_stop(const close_options& options, Token&& token = {}) {
        return detail::finish_with(start_stop(options), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_stop(Token&& token = {}) {
        return detail::finish_with(start_stop({}), std::forward<Token>(token));
    }

    /// `stop` and `start`: a new session, unless `keep_session` is set. Bounded as they are; cannot be cancelled.
    void restart(const close_options& how = {}, const start_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_restart(const close_options& how, const start_options& options, Token&& token = {}) {
        return detail::finish_with(start_restart(how, options), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_restart(Token&& token = {}) {
        return detail::finish_with(start_restart({}, {}), std::forward<Token>(token));
    }

    /// `stop`, and gives the threads back; the client, with all its handles, cannot be started again. Cannot be
    /// cancelled.
    void close(const close_options& options = {});
    /// The same, but that the threads are given back with the last handle. Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_close(const close_options& options, Token&& token = {}) {
        return detail::finish_with(start_close(options), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_close(Token&& token = {}) {
        return detail::finish_with(start_close({}), std::forward<Token>(token));
    }

    // ---- State ----

    /// `suspended` from `start` to the first connection, when requests wait; `lost` before and after, when they fail.
    [[nodiscard]] session_state state() const noexcept;
    /// What is behind `state`. Unlike listeners, it tells of `connecting` and `authenticating` on the way.
    [[nodiscard]] keeper_state detailed_state() const noexcept;
    /// True while requests are answered.
    [[nodiscard]] bool connected() const noexcept { return state() == session_state::connected; }
    /// The session's id and password; id 0 before the first connection.
    [[nodiscard]] session_credentials client_id() const;
    /// What the server granted; zero before the first connection.
    [[nodiscard]] std::chrono::milliseconds session_timeout() const noexcept;
    /// Until then the server cannot have given this session's ephemerals away, however long the connection has been
    /// down: the monotonic time at which the last request that was answered went out, plus the session timeout.
    /// `steady_time::min()` without a session, and from a `stop` on that does not keep it.
    [[nodiscard]] steady_time safe_until() const noexcept;
    /// The highest zxid this client has seen.
    [[nodiscard]] std::int64_t last_zxid() const noexcept;
    /// The server connected to, "host:port"; empty without one.
    [[nodiscard]] std::string server() const;

    /// Calls `listener` for every change of state, in order, like a watch callback.
    listener_id add_listener(std::function<void(const state_change&)> listener);
    /// After its return the listener is not called any more, except where a call has begun already.
    void remove_listener(listener_id id) noexcept;

    /// Replaces the host list (without chroot) and moves to another server if that balances the load over the new list,
    /// by the rule of ZooKeeper's `updateServerList`. Throws `bad_arguments_error` (`invalid_hosts`).
    void set_hosts(std::string_view hosts);
    /// A view of the same session with `path` as its root, below this client's root. The node is not created.
    /// Throws `bad_arguments_error` (`invalid_path`).
    [[nodiscard]] client chroot(std::string_view path) const;
    /// This view's root; empty for the server's own.
    [[nodiscard]] const std::string& chroot() const noexcept { return chroot_; }

    /// Where handlers that name no executor of their own run: the one the client was made with, or that of its callback
    /// thread.
    [[nodiscard]] asio::any_io_executor get_executor() const;
    /// The client's numbers at this moment. Does not block on the network; safe to call often.
    [[nodiscard]] metrics_snapshot metrics() const;
    /// Every registered watch, in no order.
    [[nodiscard]] std::vector<registered_watch> watches() const;

    // ---- Operations ----

    /// Creates a node and returns the path it got, sequence suffix included. With a sequential mode the path may end
    /// in `/`.
    /// Container and TTL modes need servers since 3.5.1 and 3.5.4.
    /// Errors: `node_exists`, `no_node` (a parent is missing), `no_children_for_ephemerals`, `no_auth`, `invalid_acl`,
    /// `unimplemented` (TTL not enabled on the server), `quota_exceeded`.
    std::string create(std::string_view path, std::string_view data = {}, const create_options& options = {});
    /// Handler signature: `void(error_code, std::string)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_create(std::string_view path, std::string_view data, const create_options& options,
                                    Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_create(path, data, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_create(std::string_view path, std::string_view data, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_create(path, data, create_options{}, how); });
    }

    /// `create` that returns the new node's stat as well (servers since 3.5).
    /// Errors: as `create`.
    created_node create_with_stat(std::string_view path, std::string_view data = {},
                                  const create_options& options = {});
    /// Handler signature: `void(error_code, created_node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_create_with_stat(std::string_view path, std::string_view data,
                                              const create_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_create_with_stat(path, data, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_create_with_stat(std::string_view path, std::string_view data, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_create_with_stat(path, data, create_options{}, how);
        });
    }

    /// Creates the node and its parents where they are missing, persistent and empty.
    /// Errors: as `create`, but for `node_exists` and `no_node`.
    void ensure_path(std::string_view path, const ensure_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_ensure_path(std::string_view path, const ensure_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_ensure_path(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_ensure_path(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_ensure_path(path, ensure_options{}, how); });
    }

    /// The node's stat, or nothing if there is no such node.
    /// Errors: `no_auth` (servers since 3.8.4).
    std::optional<zooid::stat> exists(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, std::optional<zooid::stat>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_exists(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_exists(path, read_options{}, how); });
    }

    /// The node's data and stat.
    /// Errors: `no_node`, `no_auth`.
    node get(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get(path, read_options{}, how); });
    }

    /// The names of the node's children, in no order.
    /// Errors: `no_node`, `no_auth`.
    std::vector<std::string> get_children(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, std::vector<std::string>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children(path, read_options{}, how); });
    }

    /// The names of the node's children and the node's own stat.
    /// Errors: `no_node`, `no_auth`.
    node_children get_children_with_stat(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, node_children)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children_with_stat(std::string_view path, const read_options& options,
                                                    Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children_with_stat(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children_with_stat(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children_with_stat(path, read_options{}, how); });
    }

    /// Replaces the node's data and returns its new stat.
    /// Errors: `no_node`, `bad_version`, `no_auth`, `quota_exceeded`.
    zooid::stat set(std::string_view path, std::string_view data, const set_options& options = {});
    /// Handler signature: `void(error_code, zooid::stat)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_set(std::string_view path, std::string_view data, const set_options& options,
                                 Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_set(path, data, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_set(std::string_view path, std::string_view data, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_set(path, data, set_options{}, how); });
    }

    /// Sets the node's data, or creates the node (and its parents) with it; returns its stat.
    /// Errors: as `set` and `create`.
    zooid::stat upsert(std::string_view path, std::string_view data, const ensure_options& options = {});
    /// Handler signature: `void(error_code, zooid::stat)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_upsert(std::string_view path, std::string_view data, const ensure_options& options,
                                    Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_upsert(path, data, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_upsert(std::string_view path, std::string_view data, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_upsert(path, data, ensure_options{}, how); });
    }

    /// Deletes the node; with `recursive` all its descendants first.
    /// Errors: `no_node`, `not_empty`, `bad_version`, `no_auth`.
    void remove(std::string_view path, const remove_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_remove(std::string_view path, const remove_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_remove(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_remove(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_remove(path, remove_options{}, how); });
    }

    /// The node's access control list and stat. Digests are hidden from those who may not administrate the node.
    /// Errors: `no_node`, `no_auth`.
    node_acls get_acls(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, node_acls)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_acls(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_acls(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_acls(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_acls(path, read_options{}, how); });
    }

    /// Replaces the node's access control list and returns its new stat.
    /// Errors: `no_node`, `bad_version` (of `aversion`), `no_auth`, `invalid_acl`.
    zooid::stat set_acls(std::string_view path, acl_view acls, const set_acls_options& options = {});
    /// Handler signature: `void(error_code, zooid::stat)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_set_acls(std::string_view path, acl_view acls, const set_acls_options& options,
                                      Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_set_acls(path, acls, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_set_acls(std::string_view path, acl_view acls, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_set_acls(path, acls, set_acls_options{}, how); });
    }

    /// Waits until the connected server has caught up with the leader, so that reads that follow are current.
    void sync(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_sync(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_sync(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_sync(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_sync(path, read_options{}, how); });
    }

    /// Changes the ensemble's membership and returns the new configuration. The options say how.
    /// Errors: `reconfig_disabled`, `bad_version`, `new_config_no_quorum`, `reconfig_in_progress`, `no_auth`.
    node reconfig(const reconfig_options& options = {});
    /// Handler signature: `void(error_code, node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_reconfig(const reconfig_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_reconfig(options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_reconfig(Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_reconfig(reconfig_options{}, how); });
    }

    /// The ensemble's configuration, `/zookeeper/config` whatever the chroot (servers since 3.5).
    /// Errors: `no_node`, `no_auth`.
    node get_config(const read_options& options = {});
    /// Handler signature: `void(error_code, node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_config(const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_config(options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_config(Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_config(read_options{}, how); });
    }

    /// The identities of this connection as the server sees them (servers since 3.7).
    /// Errors: `unimplemented`, after which older servers close the connection.
    std::vector<identity> who_am_i(const read_options& options = {});
    /// Handler signature: `void(error_code, std::vector<identity>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_who_am_i(const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_who_am_i(options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_who_am_i(Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_who_am_i(read_options{}, how); });
    }

    /// The paths of this session's ephemerals that start with `prefix` (a plain prefix of the text; empty or `/` for
    /// all), within the chroot (servers since 3.6).
    /// Errors: `unimplemented`, after which older servers close the connection.
    std::vector<std::string> get_ephemerals(std::string_view prefix, const read_options& options = {});
    /// Handler signature: `void(error_code, std::vector<std::string>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_ephemerals(std::string_view prefix, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_ephemerals(prefix, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_ephemerals(std::string_view prefix, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_ephemerals(prefix, read_options{}, how); });
    }

    /// How many descendants the node has (servers since 3.6).
    /// Errors: `no_node`, `no_auth`; `unimplemented`, after which older servers close the connection.
    std::int32_t get_all_children_number(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, std::int32_t)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_all_children_number(std::string_view path, const read_options& options,
                                                     Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_all_children_number(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_all_children_number(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_get_all_children_number(path, read_options{}, how);
        });
    }

    /// Authenticates this and every later connection, ahead of everything else. Waits for the next connection if there
    /// is none.
    /// Errors: `auth_failed`, which is final: the client stops.
    void add_auth(std::string_view scheme, std::string_view credentials, const read_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_auth(std::string_view scheme, std::string_view credentials,
                                      const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_add_auth(scheme, credentials, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_auth(std::string_view scheme, std::string_view credentials, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_add_auth(scheme, credentials, read_options{}, how);
        });
    }

    // ---- Watches ----
    //
    // One-shot watches fire once. By callback: the callback runs once, with the change or with `event_type::session`
    // when the session ends first. As a subscription: see `watch`. A watch is left only if the read succeeds (`exists`: also if
    // the node is missing); it survives reconnections, and what happened meanwhile is reported then.

    /// `get` that leaves a one-shot watch on the node's data.
    /// Errors: as `get`.
    node get(std::string_view path, watch_callback watcher, const read_options& options = {});
    /// Handler signature: `void(error_code, node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get(std::string_view path, watch_callback watcher, const read_options& options,
                                 Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get(path, std::move(watcher), options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get(std::string_view path, watch_callback watcher, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_get(path, std::move(watcher), read_options{}, how);
        });
    }

    /// `exists` that leaves a one-shot watch on the node's data and existence.
    /// Errors: as `exists`.
    std::optional<zooid::stat> exists(std::string_view path, watch_callback watcher, const read_options& options = {});
    /// Handler signature: `void(error_code, std::optional<zooid::stat>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists(std::string_view path, watch_callback watcher, const read_options& options,
                                    Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_exists(path, std::move(watcher), options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists(std::string_view path, watch_callback watcher, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_exists(path, std::move(watcher), read_options{}, how);
        });
    }

    /// `get_children` that leaves a one-shot watch on the node's list of children.
    /// Errors: as `get_children`.
    std::vector<std::string> get_children(std::string_view path, watch_callback watcher,
                                          const read_options& options = {});
    /// Handler signature: `void(error_code, std::vector<std::string>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children(std::string_view path, watch_callback watcher, const read_options& options,
                                          Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_get_children(path, std::move(watcher), options, how);
        });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children(std::string_view path, watch_callback watcher, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_get_children(path, std::move(watcher), read_options{}, how);
        });
    }

    /// `get` with a one-shot subscription to the node's data.
    /// Errors: as `get`.
    watched_node get_and_watch(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, watched_node)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_and_watch(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_and_watch(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_and_watch(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_and_watch(path, read_options{}, how); });
    }

    /// `exists` with a one-shot subscription to the node's data and existence.
    /// Errors: as `exists`.
    watched_stat exists_and_watch(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, watched_stat)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists_and_watch(std::string_view path, const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_exists_and_watch(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_exists_and_watch(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_exists_and_watch(path, read_options{}, how); });
    }

    /// `get_children` with a one-shot subscription to the list of children.
    /// Errors: as `get_children`.
    watched_children get_children_and_watch(std::string_view path, const read_options& options = {});
    /// Handler signature: `void(error_code, watched_children)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children_and_watch(std::string_view path, const read_options& options,
                                                    Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children_and_watch(path, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_get_children_and_watch(std::string_view path, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_get_children_and_watch(path, read_options{}, how); });
    }

    /// Subscribes to a node, or to a node and all its descendants, until the subscription is destroyed (servers since
    /// 3.6).
    /// The node need not exist. After a reconnection events may have been missed: read again when the state is
    /// `connected`.
    /// Watches of one client on one path do not disturb each other, whatever their kinds and the server's version. A
    /// persistent one beside a recursive one is told of those children only that the client may read.
    /// Errors: `unimplemented`, after which older servers close the connection.
    watch add_watch(std::string_view path, watch_mode mode, const read_options& options = {});
    /// Handler signature: `void(error_code, watch)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_watch(std::string_view path, watch_mode mode, const read_options& options,
                                       Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_add_watch(path, mode, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_watch(std::string_view path, watch_mode mode, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_add_watch(path, mode, read_options{}, how); });
    }

    /// `add_watch` by callback, until `remove_watches` or the end of the session.
    /// Errors: as `add_watch`.
    void add_watch(std::string_view path, watch_mode mode, watch_callback watcher, const read_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_watch(std::string_view path, watch_mode mode, watch_callback watcher,
                                       const read_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_add_watch(path, mode, std::move(watcher), options, how);
        });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_add_watch(std::string_view path, watch_mode mode, watch_callback watcher,
                                       Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token), [&](launch how) {
            return start_add_watch(path, mode, std::move(watcher), read_options{}, how);
        });
    }

    /// Removes the watches of one path, here and on the server. Each of their watchers is told by a last event
    /// (servers since 3.5).
    /// Errors: `no_watcher`.
    void remove_watches(std::string_view path, watch_selection which, const read_options& options = {});
    /// Handler signature: `void(error_code)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_remove_watches(std::string_view path, watch_selection which, const read_options& options,
                                            Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_remove_watches(path, which, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_remove_watches(std::string_view path, watch_selection which, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_remove_watches(path, which, read_options{}, how); });
    }

    // ---- Many at once ----

    /// Begins a transaction.
    [[nodiscard]] zooid::transaction transaction() const;
    /// Begins a bundle of reads.
    [[nodiscard]] zooid::multi_read multi_read() const;

    // ---- The server ----

    /// Sends a four-letter word on a connection of its own and returns the whole answer. The server's whitelist
    /// decides which words it answers.
    /// Errors: `bad_arguments` (the word), `invalid_hosts`, `name_not_resolved`, `operation_timeout`, the system's network
    /// errors.
    std::string command(std::string_view word, const command_options& options = {});
    /// Handler signature: `void(error_code, std::string)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_command(std::string_view word, const command_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_command(word, options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_command(std::string_view word, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_command(word, command_options{}, how); });
    }

    /// The version of the connected server, e.g. `"3.8.0"`, asked with `srvr` (or `envi`).
    /// Errors: as `command`; `protocol_error` when the answer names none.
    std::string server_version(const command_options& options = {});
    /// Handler signature: `void(error_code, std::string)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_server_version(const command_options& options, Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_server_version(options, how); });
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_server_version(Token&& token = {}) {
        return detail::launch_with(std::forward<Token>(token),
                                   [&](launch how) { return start_server_version(command_options{}, how); });
    }

    // ---- Trying again ----

    /// Calls `f()` or `f(const attempt&)` until it returns, by the rules of a policy; returns what it returned.
    /// Rethrows the last error when tries or time run out, and any error that trying again cannot cure at once. While
    /// waiting it ends with `interrupted` through the policy's stop token, and with `closed` when the client is closed.
    /// The asynchronous form is `zooid::async_retry` in <zooid/coroutine.hpp>.
    template <class F>
    auto retry(F&& f) {
        return retry(default_retry(), std::forward<F>(f));
    }
    /// The same by another policy than `default_retry()`.
    template <class F>
    auto retry(const retry_policy& policy, F&& f);

    /// What `retry` without a policy uses: up to 10 retries within 60 seconds, as suits a server restart.
    [[nodiscard]] static retry_policy default_retry();

    // What retry loops outside of this class are made of.

    /// The client's monotonic clock.
    [[nodiscard]] steady_time retry_clock() const noexcept;
    /// A random number for jitter.
    [[nodiscard]] std::uint64_t retry_random() const;
    /// Waits for `delay`. Handler signature: `void(error_code)`. Errors: `interrupted`, `closed`, `operation_aborted`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_retry_wait(std::chrono::milliseconds delay, const std::stop_token& interrupt,
                                        Token&& token = {}) {
        return detail::finish_with(start_retry_wait(delay, interrupt), std::forward<Token>(token));
    }

private:
    friend class zooid::transaction;
    friend class zooid::multi_read;
    friend struct client_access;

    client(std::shared_ptr<detail::client_core> core, std::string chroot) noexcept;

    /// Blocks; throws what ended the wait early.
    void retry_wait(std::chrono::milliseconds delay, const std::stop_token& interrupt);
    [[nodiscard]] detail::launched<detail::nothing> start_retry_wait(std::chrono::milliseconds delay,
                                                                     const std::stop_token& interrupt);

    using launch = const detail::launch_mode&;
    [[nodiscard]] detail::call_site site(launch how) const noexcept;

    [[nodiscard]] detail::launched<detail::nothing> start_start(const start_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_stop(const close_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_restart(const close_options& how,
                                                                  const start_options& options);
    [[nodiscard]] detail::launched<detail::nothing> start_close(const close_options& options);
    [[nodiscard]] detail::launched<std::string> start_create(std::string_view path, std::string_view data,
                                                             const create_options& options, launch how = {});
    [[nodiscard]] detail::launched<created_node> start_create_with_stat(std::string_view path, std::string_view data,
                                                                        const create_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_ensure_path(std::string_view path,
                                                                      const ensure_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::optional<zooid::stat>> start_exists(std::string_view path,
                                                                            const read_options& options,
                                                                            launch how = {});
    [[nodiscard]] detail::launched<node> start_get(std::string_view path, const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::vector<std::string>> start_get_children(std::string_view path,
                                                                                const read_options& options,
                                                                                launch how = {});
    [[nodiscard]] detail::launched<node_children> start_get_children_with_stat(std::string_view path,
                                                                               const read_options& options,
                                                                               launch how = {});
    [[nodiscard]] detail::launched<zooid::stat> start_set(std::string_view path, std::string_view data,
                                                          const set_options& options, launch how = {});
    [[nodiscard]] detail::launched<zooid::stat> start_upsert(std::string_view path, std::string_view data,
                                                             const ensure_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_remove(std::string_view path, const remove_options& options,
                                                                 launch how = {});
    [[nodiscard]] detail::launched<node_acls> start_get_acls(std::string_view path, const read_options& options,
                                                             launch how = {});
    [[nodiscard]] detail::launched<zooid::stat> start_set_acls(std::string_view path, acl_view acls,
                                                               const set_acls_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_sync(std::string_view path, const read_options& options,
                                                               launch how = {});
    [[nodiscard]] detail::launched<node> start_reconfig(const reconfig_options& options, launch how = {});
    [[nodiscard]] detail::launched<node> start_get_config(const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::vector<identity>> start_who_am_i(const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::vector<std::string>> start_get_ephemerals(std::string_view prefix,
                                                                                  const read_options& options,
                                                                                  launch how = {});
    [[nodiscard]] detail::launched<std::int32_t> start_get_all_children_number(std::string_view path,
                                                                               const read_options& options,
                                                                               launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_add_auth(std::string_view scheme,
                                                                   std::string_view credentials,
                                                                   const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<node> start_get(std::string_view path, watch_callback watcher,
                                                   const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::optional<zooid::stat>> start_exists(std::string_view path,
                                                                            watch_callback watcher,
                                                                            const read_options& options,
                                                                            launch how = {});
    [[nodiscard]] detail::launched<std::vector<std::string>> start_get_children(std::string_view path,
                                                                                watch_callback watcher,
                                                                                const read_options& options,
                                                                                launch how = {});
    [[nodiscard]] detail::launched<watched_node> start_get_and_watch(std::string_view path, const read_options& options,
                                                                     launch how = {});
    [[nodiscard]] detail::launched<watched_stat> start_exists_and_watch(std::string_view path,
                                                                        const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<watched_children> start_get_children_and_watch(std::string_view path,
                                                                                  const read_options& options,
                                                                                  launch how = {});
    [[nodiscard]] detail::launched<watch> start_add_watch(std::string_view path, watch_mode mode,
                                                          const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_add_watch(std::string_view path, watch_mode mode,
                                                                    watch_callback watcher, const read_options& options,
                                                                    launch how = {});
    [[nodiscard]] detail::launched<detail::nothing> start_remove_watches(std::string_view path, watch_selection which,
                                                                         const read_options& options, launch how = {});
    [[nodiscard]] detail::launched<std::string> start_command(std::string_view word, const command_options& options,
                                                              launch how = {});
    [[nodiscard]] detail::launched<std::string> start_server_version(const command_options& options, launch how = {});

    std::string chroot_; // before core_, whose making fills it
    std::shared_ptr<detail::client_core> core_;
};

template <class F>
auto client::retry(const retry_policy& policy, F&& f) {
    const auto began = retry_clock();
    retry_state state(policy);
    for (;;) {
        std::chrono::milliseconds delay{0};
        try {
            if constexpr (std::is_invocable_v<F&, const attempt&>) {
                return f(state.current());
            } else {
                return f();
            }
        } catch (const error& failure) {
            const auto next =
                state.next_delay(failure.code(), failure.possible_effect(), retry_clock() - began, retry_random());
            if (!next) {
                throw;
            }
            delay = *next;
        }
        retry_wait(delay, policy.interrupt);
    }
}

} // namespace zooid
