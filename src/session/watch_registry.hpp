#pragma once

#include "session/watcher.hpp"
#include "wire/buffer.hpp"

#include <zooid/watch_event.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::session {

/// A set of kinds of watch, one bit each.
using watch_kinds = std::uint8_t;

/// The set of one kind.
[[nodiscard]] constexpr watch_kinds only(watch_kind k) noexcept {
    return static_cast<watch_kinds>(1U << static_cast<unsigned>(k));
}

/// The kinds that live until they are removed.
inline constexpr watch_kinds lasting_kinds = only(watch_kind::persistent) | only(watch_kind::recursive);
[[nodiscard]] constexpr bool is_lasting(watch_kind k) noexcept { return (only(k) & lasting_kinds) != 0; }
/// All kinds.
inline constexpr watch_kinds all_kinds = 0x1f;

/// True when watches of the kinds `there` bring the events of a watch of kind `k` on the same path as well, so that the
/// server must not be asked for it. Servers before 3.9 keep one mode for a connection, path and table (data, children):
/// a plain watch takes the place of a lasting one, and a lasting one that of all others.
///
/// A recursive watch tells nothing of children, but what it tells of each child is what a persistent watch on the path
/// tells: see `watch_registry::notify_parent`.
[[nodiscard]] constexpr bool is_covered(watch_kind k, watch_kinds there) noexcept {
    const bool persistent = (there & only(watch_kind::persistent)) != 0;
    const bool recursive = (there & only(watch_kind::recursive)) != 0;
    switch (k) {
    case watch_kind::data:
    case watch_kind::exist:
        return persistent || recursive;
    case watch_kind::child:
        return persistent && !recursive;
    case watch_kind::persistent:
        return recursive;
    case watch_kind::recursive:
        break;
    }
    return false;
}

/// The event that tells a watcher of this kind that `remove_watches` has ended it.
[[nodiscard]] constexpr event_type removal_event(watch_kind k) noexcept {
    return (only(k) & lasting_kinds) != 0 ? event_type::persistent_watch_removed
           : k == watch_kind::child       ? event_type::child_watch_removed
                                          : event_type::data_watch_removed;
}

/// The kinds that a remove_watches request of wire type 1 (children), 2 (data) or 3 (any) takes away.
[[nodiscard]] constexpr watch_kinds kinds_of_removal(std::int32_t type) noexcept {
    return type == 1 ? only(watch_kind::child)
                     : (type == 2 ? only(watch_kind::data) | only(watch_kind::exist) : all_kinds);
}

/// Who watches what. Paths are the server's throughout. Not thread-safe.
///
/// There may be very many watches, mostly one to a path, so a path costs one small block of memory and a slot.
class watch_registry {
public:
    watch_registry() = default;
    watch_registry(const watch_registry&) = delete;
    watch_registry& operator=(const watch_registry&) = delete;
    ~watch_registry();

    /// Registers `w`, unless it is registered already.
    void add(watcher_ptr w, std::string_view path, watch_kind kind);
    /// Takes `w`, which is registered, out; it sees no further event. Returns its path.
    std::string remove(watcher& w);

    /// True when a watcher of that kind is registered on that very path.
    [[nodiscard]] bool has(std::string_view path, watch_kind kind) const noexcept {
        return (kinds_at(path) & only(kind)) != 0;
    }
    /// The kinds registered on that very path.
    [[nodiscard]] watch_kinds kinds_at(std::string_view path) const noexcept;
    /// Registered watchers.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Calls `visit(path, kind, count)` for every path and kind that has watchers.
    template <class Visitor>
    void list(const Visitor& visit) const {
        for (const path_entry* e : paths_) {
            std::array<std::size_t, 5> counts{};
            for (const watcher* w = e->first; w != nullptr; w = after(w)) {
                ++counts[static_cast<std::size_t>(w->kind_)];
            }
            for (std::size_t k = 0; k < counts.size(); ++k) {
                if (counts[k] != 0) {
                    visit(e->path(), static_cast<watch_kind>(k), counts[k]);
                }
            }
        }
    }

    /// Appends those who are to be told of an event to `told`, each once, those of the path itself first, in the order
    /// of their registration; one-shot ones are taken out. Lasting watchers of the kinds `know` are left out.
    void notify(event_type type, std::string_view path, std::vector<watcher_ptr>& told, watch_kinds know = 0);
    /// Of a node that came or went: appends those persistent watchers of its parent whom a recursive watch there serves,
    /// so that they can be told of a change of children. Returns the parent, as a part of `path`.
    std::string_view notify_parent(std::string_view path, std::vector<watcher_ptr>& told);
    /// Takes out the watchers of the given kinds on that very path and appends them to `ended`.
    void end(std::string_view path, watch_kinds kinds, std::vector<watcher_ptr>& ended);
    /// Takes out all: appends the watchers of one path after the other to `ended` and calls `path_done(path, first)`
    /// with the index of the path's first one after each.
    template <class PathDone>
    void end_all(std::vector<watcher_ptr>& ended, const PathDone& path_done) {
        for (const path_entry* e : paths_) {
            const std::size_t first = ended.size();
            collect(*e, ended);
            path_done(e->path(), first);
        }
        free_all();
    }

    /// Appends the requests that set all watches again on a new connection, none of them larger than `batch_limit`
    /// unless a single path is; returns their number. `relative_zxid` is the last zxid seen before.
    std::size_t write_set_watches(wire::buffer& out, std::int64_t relative_zxid) const;
    /// Appends a request that sets watches of these kinds on one path again; one-shot ones make up for what has happened
    /// since `relative_zxid`.
    static void write_set_watches(wire::buffer& out, std::int64_t relative_zxid, std::string_view path,
                                  watch_kinds kinds);

    /// Bytes of a frame that sets watches again.
    static constexpr std::size_t batch_limit = std::size_t{128} << 10;

private:
    // Followed by the path's characters, which begin where `text` does.
    struct path_entry {
        watcher* first;
        std::uint32_t length : 24; // a path always fits into a frame
        std::uint32_t kinds : 8;
        char text[4];

        [[nodiscard]] std::string_view path() const noexcept;
    };
    struct path_hash {
        using is_transparent = void;
        using is_avalanching = void;
        std::size_t operator()(std::string_view path) const noexcept { return std::hash<std::string_view>{}(path); }
        std::size_t operator()(const path_entry* e) const noexcept { return (*this)(e->path()); }
    };
    struct path_equal {
        using is_transparent = void;
        bool operator()(const path_entry* a, const path_entry* b) const noexcept { return a == b; }
        bool operator()(std::string_view a, const path_entry* b) const noexcept { return a == b->path(); }
        bool operator()(const path_entry* a, std::string_view b) const noexcept { return a->path() == b; }
    };
    using path_set = boost::unordered_flat_set<path_entry*, path_hash, path_equal>;

    static watcher* after(const watcher* w) noexcept { return w->last_ ? nullptr : static_cast<watcher*>(w->next_); }
    path_entry* entry_for(std::string_view path);
    void drop_if_unused(path_set::iterator at) noexcept;
    void take(path_set::iterator at, watch_kinds taken, watch_kinds told_only, std::vector<watcher_ptr>& out);
    void collect(const path_entry& e, std::vector<watcher_ptr>& out);
    void free_all() noexcept;
    void unregister(watcher& w) noexcept;

    path_set paths_;
    std::size_t size_ = 0;
    std::size_t recursive_ = 0;
};

} // namespace zooid::session
