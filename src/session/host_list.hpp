#pragma once

#include "session/random_sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::session {

/// A server as the user named it.
struct host {
    std::string name; ///< a name or an address, IPv6 without its brackets
    std::uint16_t port = 2181;

    friend bool operator==(const host&, const host&) = default;
};

/// "name:port", IPv6 addresses in brackets.
[[nodiscard]] std::string to_string(const host& h);

/// What a connect string says.
struct connect_string {
    std::vector<host> hosts; ///< at least one
    std::string chroot;      ///< empty, or a valid path other than "/"
};

/// Reads "host1:port1,host2:port2/chroot". The port is optional (2181), IPv6 addresses stand in brackets, blanks around
/// items and empty items are dropped. Nothing, with the item and the reason in `problem`, when it cannot be understood.
[[nodiscard]] std::optional<connect_string> parse_connect_string(std::string_view text, std::string& problem);

/// The hosts in the order in which they are tried, round after round.
class host_list {
public:
    /// No host.
    static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

    host_list() = default;
    explicit host_list(std::vector<host> hosts)
        : hosts_(std::move(hosts)), named_first_(hosts_.empty() ? host{} : hosts_.front()) {}

    [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }
    [[nodiscard]] bool empty() const noexcept { return hosts_.empty(); }
    [[nodiscard]] const host& operator[](std::size_t index) const noexcept { return hosts_[index]; }
    /// The host that the user has named first, wherever it is now.
    [[nodiscard]] const host& named_first() const noexcept { return named_first_; }
    /// The index of this host, or `nowhere`.
    [[nodiscard]] std::size_t find(const host& h) const noexcept;

    /// Brings the hosts into a random order.
    void shuffle(random_sequence& random) noexcept;
    /// The index of the host to try now. Not when empty.
    [[nodiscard]] std::size_t next(random_sequence& random) noexcept;
    /// Makes the host at `index` the next to be tried.
    void prefer(std::size_t index) noexcept { preferred_ = index; }
    /// A connection was established: from now on it goes round the list again.
    void settled() noexcept { balance_.reset(); }

    /// Becomes `fresh`, which must not be empty. `current` is the index, in the list so far, of the server connected to
    /// (or last connected to). True when the client should move so that, over many clients, every server of the new
    /// list ends up with the same share of them; `next` then chooses accordingly until `settled`. The odds are those of
    /// Apache ZooKeeper's client.
    bool replace(host_list fresh, std::size_t current, bool shuffled, random_sequence& random);

private:
    // While clients are being spread over a changed list: hosts not tried yet, and the odds of taking a new one.
    struct balance {
        std::vector<std::size_t> old_hosts; // in reverse order of use
        std::vector<std::size_t> new_hosts;
        double new_share = 0;
    };

    std::vector<host> hosts_;
    host named_first_;
    std::size_t position_ = 0;
    std::size_t preferred_ = nowhere;
    std::optional<balance> balance_;
};

} // namespace zooid::session
