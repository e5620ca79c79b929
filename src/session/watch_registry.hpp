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
/// All kinds.
inline constexpr watch_kinds all_kinds = 0x1f;

/// The lasting kinds that bring the events of a one-shot watch of kind `k` on the same path as well.
[[nodiscard]] constexpr watch_kinds covering_kinds(watch_kind k) noexcept {
    return k == watch_kind::child ? only(watch_kind::persistent) : lasting_kinds;
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

/// The wire type of the remove_watches request that frees the server of a path's watch of kind `gone` when local
/// watchers of the kinds `left` remain on that path; 0 when the server's watch is still needed or must not be touched.
[[nodiscard]] std::int32_t removal_type(watch_kind gone, watch_kinds left) noexcept;

/// What the server must be told after a watcher has been removed.
struct watch_removal {
    std::int32_t type = 0; ///< of the remove_watches request; 0: nothing is to be sent
    std::string path;      ///< the server's
};

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
    /// Takes `w` out, if it is registered; it sees no further event.
    watch_removal remove(watcher& w);

    /// True when a watcher of that kind is registered on that very path.
    [[nodiscard]] bool has(std::string_view path, watch_kind kind) const noexcept {
        return (kinds_at(path) & only(kind)) != 0;
    }
    /// The kinds registered on that very path.
    [[nodiscard]] watch_kinds kinds_at(std::string_view path) const noexcept;
    /// False when a lasting watch on that path brings the events of a one-shot watch as well. The request must then not
    /// ask for one: servers before 3.9 would put it in place of the lasting one.
    [[nodiscard]] bool wants_wire_flag(std::string_view path, watch_kind kind) const noexcept {
        return (kinds_at(path) & covering_kinds(kind)) == 0;
    }
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
    /// of their registration; one-shot ones are taken out.
    void notify(event_type type, std::string_view path, std::vector<watcher_ptr>& told);
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
