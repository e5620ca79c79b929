#pragma once

#include "support/scripted_tree.hpp"
#include "wire/buffer.hpp"
#include "wire/requests.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace zooid::testing {

/// How a server keeps several watches of one connection on one path.
enum class watch_modes : std::uint8_t {
    last_one_wins, ///< before 3.9: the last one set takes the place of the others, for data and children each
    apart,         ///< from 3.9: side by side; events carry the zxid of their transaction
};

/// The watches of one connection to a scripted server.
class scripted_watches {
public:
    explicit scripted_watches(watch_modes how = watch_modes::last_one_wins) : modes_(how) {}

    void add_data(std::string_view path) { add(data_, path, plain); }
    void add_child(std::string_view path) { add(child_, path, plain); }
    void add(const wire::add_watch_request& wanted) {
        wanted.mode == 0 ? add_persistent(wanted.path.path) : add_recursive(wanted.path.path);
    }
    /// Removes what a removal asks for, or (`removes` false) only looks; `no_watcher` if there was nothing.
    [[nodiscard]] errc remove(const wire::remove_watches_request& unwanted, bool removes);
    /// Takes a client's watches over after a reconnection; appends notifications of what it missed.
    void rearm(const wire::set_watches2_request& watches, const scripted_tree& tree, wire::buffer& out);
    /// Whether a change is to be told; one-shot watches are used up.
    [[nodiscard]] bool fire(const scripted_tree::change& change);
    /// Whether there is any watch.
    [[nodiscard]] bool empty() const noexcept { return data_.empty() && child_.empty(); }
    /// Whether there is a persistent or recursive one.
    [[nodiscard]] bool has_lasting() const noexcept;
    /// The zxid to send with the event of a change in that transaction.
    [[nodiscard]] std::int64_t event_zxid(std::int64_t zxid) const noexcept {
        return modes_ == watch_modes::apart ? zxid : -1;
    }

private:
    using modes = std::uint8_t; // one bit each
    using table = std::map<std::string, modes, std::less<>>;

    static constexpr modes plain = 1;
    static constexpr modes persistent = 2;
    static constexpr modes recursive = 4;
    static constexpr modes any = 7;

    void add(table& to, std::string_view path, modes mode);
    void add_persistent(std::string_view path);
    void add_recursive(std::string_view path);
    static bool take(table& from, std::string_view path, modes unwanted, bool removes);
    static bool fire(table& of, std::string_view path, bool children_only);

    watch_modes modes_;
    table data_, child_;
};

/// Appends the notification of a change.
void put_change(wire::buffer& out, const scripted_tree::change& change, std::int64_t zxid = -1);

} // namespace zooid::testing
