#pragma once

#include "support/scripted_tree.hpp"
#include "wire/buffer.hpp"
#include "wire/requests.hpp"

namespace zooid::testing {

/// The watches of one connection to a scripted server.
class scripted_watches {
public:
    void add_data(std::string_view path) { data_.emplace(path); }
    void add_child(std::string_view path) { child_.emplace(path); }
    void add(const wire::add_watch_request& wanted) {
        (wanted.mode == 0 ? persistent_ : recursive_).emplace(wanted.path.path);
    }
    /// Removes what a removal asks for, or (`removes` false) only looks; `no_watcher` if there was nothing.
    [[nodiscard]] errc remove(const wire::remove_watches_request& unwanted, bool removes);
    /// Takes a client's watches over after a reconnection; appends notifications of what it missed.
    void rearm(const wire::set_watches2_request& watches, const scripted_tree& tree, wire::buffer& out);
    /// Whether a change is to be told; one-shot watches are used up.
    [[nodiscard]] bool fire(const scripted_tree::change& change);

private:
    std::set<std::string, std::less<>> data_;
    std::set<std::string, std::less<>> child_;
    std::set<std::string, std::less<>> persistent_;
    std::set<std::string, std::less<>> recursive_;
};

/// Appends the notification of a change.
void put_change(wire::buffer& out, const scripted_tree::change& change);

} // namespace zooid::testing
