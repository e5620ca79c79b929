#include "server/watch_table.hpp"

#include "server/sparse_table.hpp"

#include <zooid/path.hpp>

#include <boost/container_hash/hash.hpp>

#include <memory>

namespace zooid::server {

using detail::watch_entry;
using detail::watched_path;

watcher::watcher() noexcept = default;
watcher::~watcher() = default;

watch_table::~watch_table() {
    const auto dispose = [](watch_entry* entry) { delete entry; };
    for (watched_path* at : paths_) {
        for (detail::watches_of_path& watches : at->watches) {
            while (!watches.empty()) {
                watch_entry& entry = watches.front();
                watches.pop_front();
                watcher& who = *entry.who;
                who.watches_.erase_and_dispose(who.watches_.iterator_to(entry), dispose);
            }
        }
        delete at;
    }
}

void watch_table::add(watcher& who, std::string_view path, watch_kind kind, watch_mode mode) {
    if (watch_entry* const known = find(who, path, kind)) {
        set_mode(*known, mode);
        return;
    }
    watched_path* at = find_path(path);
    std::unique_ptr<watched_path> fresh;
    if (at == nullptr) {
        fresh = std::make_unique<watched_path>(path);
        at = fresh.get();
    }
    auto entry = std::make_unique<watch_entry>(who, *at, kind);
    entries_.insert(entry.get());
    if (fresh) {
        try {
            paths_.insert(at);
        } catch (...) {
            entries_.erase(entry.get());
            throw;
        }
        static_cast<void>(fresh.release());
    }
    at->watches[index(kind)].push_back(*entry);
    who.watches_.push_back(*entry);
    ++sizes_[index(kind)];
    set_mode(*entry.release(), mode);
}

bool watch_table::remove(watcher& who, std::string_view path, watch_kind kind) noexcept {
    watch_entry* const entry = find(who, path, kind);
    if (entry == nullptr) {
        return false;
    }
    watched_path& at = *entry->at;
    erase(*entry);
    drop_if_unused(at);
    shrink();
    return true;
}

bool watch_table::contains(std::string_view path, watch_kind kind) const noexcept {
    const watched_path* const at = find_path(path);
    return at != nullptr && !at->watches[index(kind)].empty();
}

void watch_table::remove_all(watcher& who) noexcept {
    while (!who.watches_.empty()) {
        watch_entry& entry = who.watches_.front();
        watched_path& at = *entry.at;
        erase(entry);
        drop_if_unused(at);
    }
    shrink();
}

std::span<watcher* const> watch_table::trigger(std::string_view path, watch_kind kind, event_type type, bool again) {
    told_.clear();
    if (!again) {
        ++change_;
    }
    if (sizes_[index(kind)] == 0) {
        return {};
    }
    collect(path, false, kind, type);
    // ZooKeeper keeps recursive watches in both tables, but a list of children never concerns them.
    if (recursive_[index(kind)] != 0 && type != event_type::children_changed) {
        for (std::string_view at = path; at.size() > 1;) {
            at = parent_path(at);
            collect(at, true, kind, type);
        }
    }
    shrink();
    return told_;
}

void watch_table::collect(std::string_view path, bool ancestor, watch_kind kind, event_type type) {
    watched_path* const at = find_path(path);
    if (at == nullptr) {
        return;
    }
    detail::watches_of_path& watches = at->watches[index(kind)];
    for (auto next = watches.begin(); next != watches.end();) {
        watch_entry& entry = *next++;
        if (entry.mode == watch_mode::recursive) {
            if (type != event_type::children_changed) {
                tell(*entry.who);
            }
        } else if (!ancestor) {
            tell(*entry.who);
            if (entry.mode == watch_mode::standard) {
                erase(entry);
            }
        }
    }
    drop_if_unused(*at);
}

void watch_table::tell(watcher& who) {
    if (who.told_ != change_) {
        who.told_ = change_;
        told_.push_back(&who);
    }
}

watched_path* watch_table::find_path(std::string_view path) const noexcept {
    const auto found = paths_.find(path);
    return found == paths_.end() ? nullptr : *found;
}

watch_entry* watch_table::find(const watcher& who, std::string_view path, watch_kind kind) const noexcept {
    if (who.watches_.empty()) {
        return nullptr;
    }
    const watched_path* const at = find_path(path);
    if (at == nullptr) {
        return nullptr;
    }
    const auto found = entries_.find(entry_key{&who, at, kind});
    return found == entries_.end() ? nullptr : *found;
}

void watch_table::set_mode(watch_entry& entry, watch_mode mode) noexcept {
    std::size_t& recursive = recursive_[index(entry.kind)];
    recursive -= entry.mode == watch_mode::recursive ? 1U : 0U;
    recursive += mode == watch_mode::recursive ? 1U : 0U;
    entry.mode = mode;
}

void watch_table::erase(watch_entry& entry) noexcept {
    const std::unique_ptr<watch_entry> owned{&entry};
    set_mode(entry, watch_mode::standard);
    --sizes_[index(entry.kind)];
    entries_.erase(&entry);
    detail::watches_of_path& of_path = entry.at->watches[index(entry.kind)];
    of_path.erase(of_path.iterator_to(entry));
    detail::watches_of_watcher& of_watcher = entry.who->watches_;
    of_watcher.erase(of_watcher.iterator_to(entry));
}

void watch_table::drop_if_unused(watched_path& at) noexcept {
    if (at.watches[0].empty() && at.watches[1].empty()) {
        const std::unique_ptr<watched_path> owned{&at};
        paths_.erase(&at);
    }
}

void watch_table::shrink() noexcept {
    shrink_if_sparse(paths_);
    shrink_if_sparse(entries_);
}

std::size_t watch_table::path_hash::operator()(std::string_view path) const noexcept {
    std::size_t hash = seed;
    boost::hash_range(hash, path.data(), path.data() + path.size());
    return hash;
}

std::size_t watch_table::path_hash::operator()(const watched_path* at) const noexcept { return (*this)(at->path); }

bool watch_table::path_equal::operator()(const watched_path* a, const watched_path* b) const noexcept {
    return a->path == b->path;
}

bool watch_table::path_equal::operator()(std::string_view a, const watched_path* b) const noexcept {
    return a == b->path;
}

bool watch_table::path_equal::operator()(const watched_path* a, std::string_view b) const noexcept {
    return a->path == b;
}

std::size_t watch_table::entry_hash::operator()(const entry_key& key) const noexcept {
    const auto who = reinterpret_cast<std::uintptr_t>(key.who);
    const auto at = reinterpret_cast<std::uintptr_t>(key.at);
    return (who * 31U + at) * 2U + index(key.kind);
}

std::size_t watch_table::entry_hash::operator()(const watch_entry* entry) const noexcept {
    return (*this)(entry_key{entry->who, entry->at, entry->kind});
}

bool watch_table::entry_equal::operator()(const watch_entry* a, const watch_entry* b) const noexcept { return a == b; }

bool watch_table::entry_equal::operator()(const entry_key& a, const watch_entry* b) const noexcept {
    return a == entry_key{b->who, b->at, b->kind};
}

bool watch_table::entry_equal::operator()(const watch_entry* a, const entry_key& b) const noexcept {
    return (*this)(b, a);
}

} // namespace zooid::server
