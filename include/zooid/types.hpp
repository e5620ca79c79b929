#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zooid {

/// A server's wall-clock time: milliseconds since the Unix epoch.
using server_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// A point on the monotonic clock; every deadline of the library is one of these.
using steady_time = std::chrono::steady_clock::time_point;

/// A znode's metadata (`Stat` of Apache ZooKeeper).
struct stat {
    std::int64_t czxid = 0;           ///< zxid of its creation
    std::int64_t mzxid = 0;           ///< zxid of the last change of its data
    server_time ctime{};              ///< when it was created
    server_time mtime{};              ///< when its data last changed
    std::int32_t version = 0;         ///< number of changes of the data; may wrap
    std::int32_t cversion = 0;        ///< number of creations and deletions of children; not the sequence counter
    std::int32_t aversion = 0;        ///< number of changes of the ACL
    std::int64_t ephemeral_owner = 0; ///< id of the owning session; 0 for all but ephemerals
    std::int32_t data_length = 0;     ///< bytes of data
    std::int32_t num_children = 0;    ///< direct children
    std::int64_t pzxid = 0;           ///< zxid of the last creation or deletion of a child

    friend bool operator==(const stat&, const stat&) = default;
};

/// Bits of what an ACL entry permits.
namespace perms {
inline constexpr std::int32_t read = 1;   ///< data and list of children
inline constexpr std::int32_t write = 2;  ///< data
inline constexpr std::int32_t create = 4; ///< children
inline constexpr std::int32_t remove = 8; ///< of children (`DELETE`)
inline constexpr std::int32_t admin = 16; ///< the ACL itself
inline constexpr std::int32_t all = 31;   ///< all of these
} // namespace perms

/// One entry of an access control list.
struct acl_entry {
    std::int32_t permissions = perms::all; ///< bits of `perms`
    std::string scheme;                    ///< "world", "auth", "digest", "ip", "x509", "sasl"
    std::string id;                        ///< what the scheme makes of it, e.g. "anyone", "user:hash", "10.0.0.0/8"

    friend bool operator==(const acl_entry&, const acl_entry&) = default;
};

/// An access control list.
using acl = std::vector<acl_entry>;

/// A non-owning view of an ACL, trivially destructible so that it can stand in option aggregates.
/// The list must live until the call that takes the view returns.
class acl_view {
public:
    /// The client's default ACL.
    constexpr acl_view() noexcept = default;
    /// `count` entries from `first` on; with none of them the client's default ACL.
    constexpr acl_view(const acl_entry* first, std::size_t count) noexcept : first_(first), count_(count) {}
    // NOLINTNEXTLINE(google-explicit-constructor): a list is its own view
    acl_view(const acl& list) noexcept : first_(list.data()), count_(list.size()), given_(true) {}

    /// The first entry; `end()` without any.
    [[nodiscard]] constexpr const acl_entry* begin() const noexcept { return first_; }
    /// Past the last entry.
    [[nodiscard]] constexpr const acl_entry* end() const noexcept { return first_ + count_; }
    /// How many entries it has.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
    /// False when none was given, so that the client's default applies.
    [[nodiscard]] constexpr bool given() const noexcept { return given_ || count_ != 0; }

private:
    const acl_entry* first_ = nullptr;
    std::size_t count_ = 0;
    bool given_ = false;
};

/// Everybody may do everything (`OPEN_ACL_UNSAFE`); the default of a new client.
[[nodiscard]] const acl& open_acl();
/// Everybody may read (`READ_ACL_UNSAFE`).
[[nodiscard]] const acl& read_acl();
/// Every identity of the creating connection may do everything (`CREATOR_ALL_ACL`); needs an authenticated connection.
[[nodiscard]] const acl& creator_acl();

/// How a znode lives and how it is named; the values are the wire's.
enum class create_mode : std::int32_t {
    persistent = 0,
    ephemeral = 1, ///< removed with the session that made it
    persistent_sequential = 2,
    ephemeral_sequential = 3,
    container = 4,      ///< removed by the server some time after its last child (servers since 3.5.1)
    persistent_ttl = 5, ///< removed when unchanged and childless for its time to live (3.5.4, if enabled there)
    persistent_sequential_ttl = 6,
};

/// Whether the server appends a number to the name.
[[nodiscard]] constexpr bool is_sequential(create_mode m) noexcept {
    return m == create_mode::persistent_sequential || m == create_mode::ephemeral_sequential ||
           m == create_mode::persistent_sequential_ttl;
}
/// Whether the node goes with its session.
[[nodiscard]] constexpr bool is_ephemeral(create_mode m) noexcept {
    return m == create_mode::ephemeral || m == create_mode::ephemeral_sequential;
}
/// Whether the mode takes a time to live.
[[nodiscard]] constexpr bool has_ttl(create_mode m) noexcept {
    return m == create_mode::persistent_ttl || m == create_mode::persistent_sequential_ttl;
}

/// A node's data and metadata.
struct node {
    std::string data; ///< the bytes; a null buffer on the server reads as empty
    zooid::stat stat;
};

/// A created node: the path it got (sequence suffix included) and its metadata.
struct created_node {
    std::string path;
    zooid::stat stat;
};

/// The names of a node's children (relative, in no order) and the node's own metadata.
struct node_children {
    std::vector<std::string> names;
    zooid::stat stat;
};

/// A node's access control list and metadata.
struct node_acls {
    zooid::acl acls;
    zooid::stat stat;
};

/// One identity of a connection as the server sees it (`whoAmI`).
struct identity {
    std::string scheme;
    std::string user;

    friend bool operator==(const identity&, const identity&) = default;
};

/// A session's id and password: enough to resume it from another client.
struct session_credentials {
    std::int64_t id = 0;
    std::string password; ///< 16 bytes; a secret

    friend bool operator==(const session_credentials&, const session_credentials&) = default;
};

} // namespace zooid
