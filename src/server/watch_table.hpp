#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

/// What a watch waits for; each kind has a table of its own, as in ZooKeeper.
enum class watch_kind : std::uint8_t { data, child };

/// How often a watch fires, and for what.
enum class watch_mode : std::uint8_t {
    standard,   ///< once
    persistent, ///< until removed
    recursive,  ///< until removed, and for every descendant too, but never for lists of children
};

/// What happened to a node; the values are the wire's.
enum class event_type : std::int32_t { created = 1, deleted = 2, data_changed = 3, children_changed = 4 };

namespace detail {
struct by_path_tag;
struct by_watcher_tag;
using path_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<by_path_tag>>;
using watcher_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<by_watcher_tag>>;

struct watched_path;
struct watch_entry;
using watches_of_path = boost::intrusive::list<watch_entry, boost::intrusive::base_hook<path_hook>,
                                               boost::intrusive::constant_time_size<false>>;
using watches_of_watcher = boost::intrusive::list<watch_entry, boost::intrusive::base_hook<watcher_hook>>;
} // namespace detail

/// One connection's share of a watch table. `watch_table::remove_all` must have been called before it is destroyed.
class watcher {
public:
    watcher() noexcept;
    ~watcher();
    watcher(const watcher&) = delete;
    watcher& operator=(const watcher&) = delete;

    /// Entries in both tables.
    [[nodiscard]] std::size_t size() const noexcept { return watches_.size(); }

private:
    friend class watch_table;
    detail::watches_of_watcher watches_;
    std::uint64_t told_ = 0; // the last change it was told of
};

/// Who watches what. A watch is a watcher, a path and a kind, and has one mode: the last one set, since ZooKeeper before
/// 3.9 has no more. Everything costs what it finds, not what there is. Not thread-safe.
class watch_table {
public:
    /// Paths are hashed with the seed; a server that cannot trust its clients takes a random one.
    explicit watch_table(std::uint64_t seed = 0) : paths_(0, path_hash{seed}) {}
    ~watch_table();
    watch_table(const watch_table&) = delete;
    watch_table& operator=(const watch_table&) = delete;

    /// Sets a watch, or the mode of the one that exists. Throws std::bad_alloc, changing nothing.
    void add(watcher& who, std::string_view path, watch_kind kind, watch_mode mode);
    /// Removes a watch, whatever its mode; false when there is none.
    bool remove(watcher& who, std::string_view path, watch_kind kind) noexcept;
    /// Tells whether anybody watches a path, in whatever mode.
    [[nodiscard]] bool contains(std::string_view path, watch_kind kind) const noexcept;
    /// Removes all watches of one watcher.
    void remove_all(watcher& who) noexcept;

    /// Those who are to be told of a change, nobody twice; standard watches are used up by it. `again` leaves out whom the
    /// previous call named: a deleted node concerns both tables but is told once. Valid until the next call.
    [[nodiscard]] std::span<watcher* const> trigger(std::string_view path, watch_kind kind, event_type type,
                                                    bool again = false);

    /// Number of watches of one kind, and of both.
    [[nodiscard]] std::size_t size(watch_kind kind) const noexcept { return sizes_[index(kind)]; }
    [[nodiscard]] std::size_t size() const noexcept { return sizes_[0] + sizes_[1]; }

    /// Calls `visit(path, watcher)` for every watch of one kind, grouped by path.
    template <class Visitor>
    void for_each(watch_kind kind, Visitor visit) const;

private:
    static constexpr std::size_t index(watch_kind kind) noexcept { return kind == watch_kind::data ? 0 : 1; }
    [[nodiscard]] detail::watched_path* find_path(std::string_view path) const noexcept;
    [[nodiscard]] detail::watch_entry* find(const watcher& who, std::string_view path, watch_kind kind) const noexcept;
    void set_mode(detail::watch_entry& entry, watch_mode mode) noexcept;
    void erase(detail::watch_entry& entry) noexcept;
    void drop_if_unused(detail::watched_path& at) noexcept;
    void shrink() noexcept;
    void collect(std::string_view path, bool ancestor, watch_kind kind, event_type type);
    void tell(watcher& who);

    struct path_hash {
        using is_transparent = void;
        std::uint64_t seed = 0;
        [[nodiscard]] std::size_t operator()(std::string_view path) const noexcept;
        [[nodiscard]] std::size_t operator()(const detail::watched_path* at) const noexcept;
    };
    struct path_equal {
        using is_transparent = void;
        [[nodiscard]] bool operator()(const detail::watched_path* a, const detail::watched_path* b) const noexcept;
        [[nodiscard]] bool operator()(std::string_view a, const detail::watched_path* b) const noexcept;
        [[nodiscard]] bool operator()(const detail::watched_path* a, std::string_view b) const noexcept;
    };
    struct entry_key {
        const watcher* who;
        const detail::watched_path* at;
        watch_kind kind;
        friend bool operator==(const entry_key&, const entry_key&) = default;
    };
    struct entry_hash {
        using is_transparent = void;
        [[nodiscard]] std::size_t operator()(const entry_key& key) const noexcept;
        [[nodiscard]] std::size_t operator()(const detail::watch_entry* entry) const noexcept;
    };
    struct entry_equal {
        using is_transparent = void;
        [[nodiscard]] bool operator()(const detail::watch_entry* a, const detail::watch_entry* b) const noexcept;
        [[nodiscard]] bool operator()(const entry_key& a, const detail::watch_entry* b) const noexcept;
        [[nodiscard]] bool operator()(const detail::watch_entry* a, const entry_key& b) const noexcept;
    };

    boost::unordered_flat_set<detail::watched_path*, path_hash, path_equal> paths_;
    boost::unordered_flat_set<detail::watch_entry*, entry_hash, entry_equal> entries_;
    std::size_t sizes_[2] = {0, 0};
    std::size_t recursive_[2] = {0, 0}; // while 0, no ancestor needs to be looked up
    std::uint64_t change_ = 0;
    std::vector<watcher*> told_;
};

namespace detail {

struct watch_entry : path_hook, watcher_hook {
    watch_entry(watcher& of, watched_path& on, watch_kind what) noexcept : who(&of), at(&on), kind(what) {}

    watcher* who;
    watched_path* at;
    watch_kind kind;
    watch_mode mode = watch_mode::standard;
};

struct watched_path {
    explicit watched_path(std::string_view name) : path(name) {}

    std::string path;
    watches_of_path watches[2]; // by watch_kind
};

} // namespace detail

template <class Visitor>
void watch_table::for_each(watch_kind kind, Visitor visit) const {
    for (const detail::watched_path* at : paths_) {
        for (const detail::watch_entry& entry : at->watches[index(kind)]) {
            visit(std::string_view{at->path}, static_cast<const watcher&>(*entry.who));
        }
    }
}

} // namespace zooid::server
