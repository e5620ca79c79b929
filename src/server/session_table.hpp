#pragma once

#include <zooid/types.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace zooid::server {

/// A client's session.
struct session : boost::intrusive::list_base_hook<> {
    std::int64_t id = 0;
    std::chrono::milliseconds timeout{0}; ///< as negotiated by the last handshake
    std::uint64_t connection = 0;         ///< the connection it is bound to; 0 = none
    bool local = false;                   ///< made while read-only: no transaction started it, and none will end it

private:
    friend class session_table;
    std::int64_t bucket_ = 0; // the tick at which it expires
};

/// A session's password: made from its id and the server's secret, so that nothing needs to be stored.
using session_password = std::array<char, 16>;

/// The live sessions and when they expire: at the tick that follows their timeout, all of one tick together. Touching one
/// costs the same however many there are. Not thread-safe.
class session_table {
public:
    /// Ids start with the server id 1, then 40 bits of `start`, as ZooKeeper's do.
    session_table(std::chrono::milliseconds tick, std::string_view secret, server_time start);
    ~session_table();
    session_table(const session_table&) = delete;
    session_table& operator=(const session_table&) = delete;

    /// Makes a session with the next id. The reference stays good until it is removed.
    session& create(std::chrono::milliseconds timeout, steady_time now);
    /// The session, or null.
    [[nodiscard]] session* find(std::int64_t id) const noexcept;
    /// Puts off expiry until `now` plus its timeout, rounded up to a tick.
    void touch(session& of, steady_time now);
    /// Forgets a session.
    void remove(session& of) noexcept;
    /// Gives every session its whole timeout again.
    void touch_all(steady_time now);

    /// One of those that are due at `now`, or null. It stays until it is removed or touched.
    [[nodiscard]] session* next_expired(steady_time now) noexcept;
    /// When the next ones are due; `steady_time::max()` while there are none.
    [[nodiscard]] steady_time next_expiry() const noexcept;
    [[nodiscard]] steady_time expiry_of(const session& of) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }

    /// The password of a session, which need not exist.
    [[nodiscard]] session_password password_of(std::int64_t id) const;

    /// Calls `visit(session)` for each, soonest expiry first.
    template <class Visitor>
    void for_each(Visitor visit) const {
        for (const auto& [tick, due] : buckets_) {
            for (const session& of : due) {
                visit(of);
            }
        }
    }

private:
    using bucket = boost::intrusive::list<session, boost::intrusive::constant_time_size<false>>;

    [[nodiscard]] std::int64_t bucket_of(steady_time now, std::chrono::milliseconds timeout) const noexcept;
    void put(session& of, std::int64_t tick);
    void take(session& of) noexcept;

    std::chrono::milliseconds tick_;
    std::string secret_;
    std::int64_t next_id_;
    boost::unordered_flat_map<std::int64_t, std::unique_ptr<session>> sessions_;
    std::map<std::int64_t, bucket> buckets_; // by tick; none is empty
};

} // namespace zooid::server
