#include "session/watch_registry.hpp"

#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace zooid::session {
namespace {

using wire::set_watches2_request;
using wire::set_watches_request;

constexpr watch_kinds data_kinds = only(watch_kind::data) | only(watch_kind::exist);

// The one-shot watches that an event of this type uses up.
watch_kinds consumed_by(event_type type) noexcept {
    switch (type) {
    case event_type::created:
    case event_type::data_changed:
        return data_kinds;
    case event_type::children_changed:
        return only(watch_kind::child);
    case event_type::deleted:
        return data_kinds | only(watch_kind::child);
    default:
        return 0;
    }
}

// Collects paths by kind and writes them as one request.
class watch_batch {
public:
    explicit watch_batch(std::int64_t relative_zxid) noexcept : relative_zxid_(relative_zxid) {}

    [[nodiscard]] bool empty() const noexcept { return size_ == frame_overhead; }
    [[nodiscard]] bool has_room_for(std::string_view path) const noexcept {
        return size_ + path_overhead + path.size() <= watch_registry::batch_limit;
    }
    void add(std::string_view path, watch_kind kind) {
        paths_[static_cast<std::size_t>(kind)].push_back(path);
        size_ += path_overhead + path.size();
    }
    void write(wire::buffer& out) {
        const auto& [data, exist, child, persistent, recursive] = paths_;
        if (persistent.empty() && recursive.empty()) { // known to older servers as well
            const set_watches_request request{relative_zxid_, data, exist, child};
            wire::put_request(out, wire::xids::set_watches, opcode::set_watches, request);
        } else {
            const set_watches2_request request{relative_zxid_, data, exist, child, persistent, recursive};
            wire::put_request(out, wire::xids::set_watches, opcode::set_watches2, request);
        }
        for (auto& list : paths_) {
            list.clear();
        }
        size_ = frame_overhead;
    }

private:
    static constexpr std::size_t path_overhead = 4;
    static constexpr std::size_t frame_overhead = 4 + 8 + 8 + 5 * 4; // length, header, zxid, counts

    std::int64_t relative_zxid_;
    std::array<std::vector<std::string_view>, 5> paths_;
    std::size_t size_ = frame_overhead;
};

} // namespace

std::string_view watch_registry::path_entry::path() const noexcept {
    return {reinterpret_cast<const char*>(this) + offsetof(path_entry, text), length};
}

watch_registry::~watch_registry() {
    std::vector<watcher_ptr> ended;
    for (const path_entry* e : paths_) {
        collect(*e, ended);
    }
    free_all();
}

// Unregisters all watchers of a path, whose list is of no use any more.
void watch_registry::collect(const path_entry& e, std::vector<watcher_ptr>& out) {
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    for (watcher* w = e.first; w != nullptr;) {
        watcher* const next = after(w);
        unregister(*w);
        out.emplace_back(w, false);
        w = next;
    }
    std::reverse(out.begin() + begin, out.end()); // the list has the latest first
}

void watch_registry::free_all() noexcept {
    for (path_entry* e : paths_) {
        std::free(e);
    }
    paths_ = path_set{};
}

watch_registry::path_entry* watch_registry::entry_for(std::string_view path) {
    if (const auto found = paths_.find(path); found != paths_.end()) {
        return *found;
    }
    void* const memory = std::malloc(std::max(sizeof(path_entry), offsetof(path_entry, text) + path.size()));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    auto* const e = new (memory) path_entry;
    e->first = nullptr;
    e->length = static_cast<std::uint32_t>(path.size()) & 0xffffffU;
    e->kinds = 0;
    std::memcpy(static_cast<char*>(memory) + offsetof(path_entry, text), path.data(), path.size());
    try {
        paths_.insert(e);
    } catch (...) {
        std::free(e);
        throw;
    }
    return e;
}

void watch_registry::drop_if_unused(path_set::iterator at) noexcept {
    path_entry* const e = *at;
    if (e->first == nullptr) {
        paths_.erase(at);
        std::free(e);
    }
}

void watch_registry::unregister(watcher& w) noexcept {
    w.registered_ = false;
    w.next_ = nullptr;
    w.last_ = false;
    --size_;
    recursive_ -= w.kind_ == watch_kind::recursive ? 1 : 0;
}

void watch_registry::add(watcher_ptr w, std::string_view path, watch_kind kind) {
    if (w->registered_) {
        return;
    }
    path_entry* const e = entry_for(path);
    w->last_ = e->first == nullptr;
    w->next_ = w->last_ ? static_cast<void*>(e) : static_cast<void*>(e->first);
    w->kind_ = kind;
    w->registered_ = true;
    e->kinds = (e->kinds | only(kind)) & 0xffU;
    e->first = w.detach();
    ++size_;
    recursive_ += kind == watch_kind::recursive ? 1 : 0;
}

std::string watch_registry::remove(watcher& w) {
    const watcher* last = &w;
    while (!last->last_) {
        last = static_cast<const watcher*>(last->next_);
    }
    auto* const e = static_cast<path_entry*>(last->next_);
    std::string path{e->path()};
    watch_kinds left = 0;
    watcher* before = nullptr;
    for (watcher* other = e->first; other != nullptr; other = after(other)) {
        if (other == &w) {
            continue;
        }
        left |= only(other->kind_);
        if (after(other) == &w) {
            before = other;
        }
    }
    if (before != nullptr) {
        before->next_ = w.next_;
        before->last_ = w.last_;
    } else {
        e->first = after(&w);
    }
    e->kinds = left;
    if (e->first == nullptr) {
        drop_if_unused(paths_.find(path));
    }
    unregister(w);
    intrusive_ptr_release(&w);
    return path;
}

watch_kinds watch_registry::kinds_at(std::string_view path) const noexcept {
    const auto found = paths_.find(path);
    return found == paths_.end() ? watch_kinds{0} : static_cast<watch_kinds>((*found)->kinds);
}

// Appends the watchers of the kinds `taken`, which leave the registry, and of the kinds `told_only`, which stay.
void watch_registry::take(path_set::iterator at, watch_kinds taken, watch_kinds told_only,
                          std::vector<watcher_ptr>& out) {
    path_entry& e = **at;
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    watcher* w = std::exchange(e.first, nullptr);
    watcher* kept_last = nullptr;
    e.kinds = 0;
    while (w != nullptr) {
        watcher* const next = after(w);
        if ((taken & only(w->kind_)) != 0) {
            unregister(*w);
            out.emplace_back(w, false);
        } else {
            if ((told_only & only(w->kind_)) != 0) {
                out.emplace_back(w);
            }
            if (kept_last == nullptr) {
                e.first = w;
            } else {
                kept_last->next_ = w;
            }
            w->last_ = false;
            e.kinds = (e.kinds | only(w->kind_)) & 0xffU;
            kept_last = w;
        }
        w = next;
    }
    if (kept_last != nullptr) {
        kept_last->next_ = &e;
        kept_last->last_ = true;
    }
    std::reverse(out.begin() + begin, out.end()); // the list has the latest first
    drop_if_unused(at);
}

void watch_registry::notify(event_type type, std::string_view path, std::vector<watcher_ptr>& told, watch_kinds know) {
    const bool children = type == event_type::children_changed;
    const watch_kinds lasting = children ? only(watch_kind::persistent) : lasting_kinds;
    if (const auto found = paths_.find(path); found != paths_.end()) {
        take(found, consumed_by(type), static_cast<watch_kinds>(lasting & ~know), told);
    }
    const bool above = !children && (know & only(watch_kind::recursive)) == 0;
    if (recursive_ == 0 || !above || !path.starts_with('/')) {
        return;
    }
    while (path.size() > 1) {
        path = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
        if (const auto found = paths_.find(path); found != paths_.end()) {
            take(found, 0, only(watch_kind::recursive), told);
        }
    }
}

std::string_view watch_registry::notify_parent(std::string_view path, std::vector<watcher_ptr>& told) {
    if (recursive_ == 0 || path.size() < 2 || !path.starts_with('/')) {
        return {};
    }
    path = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    if (const auto found = paths_.find(path);
        found != paths_.end() && ((*found)->kinds & lasting_kinds) == lasting_kinds) {
        take(found, 0, only(watch_kind::persistent), told);
    }
    return path;
}

void watch_registry::end(std::string_view path, watch_kinds kinds, std::vector<watcher_ptr>& ended) {
    if (const auto found = paths_.find(path); found != paths_.end()) {
        take(found, kinds, 0, ended);
    }
}

std::size_t watch_registry::write_set_watches(wire::buffer& out, std::int64_t relative_zxid) const {
    watch_batch batch{relative_zxid};
    std::size_t written = 0;
    const auto write = [&] {
        if (!batch.empty()) {
            batch.write(out);
            ++written;
        }
    };
    const auto add = [&](std::string_view path, watch_kind kind) {
        if (!batch.has_room_for(path)) {
            write();
        }
        batch.add(path, kind);
    };
    // Servers before 3.9 keep only the last one set in each table: data before the lasting ones, which cover them, but
    // children after recursive ones.
    constexpr watch_kind child = watch_kind::child;
    bool late = false;
    for (const path_entry* e : paths_) {
        const bool recursive = (e->kinds & only(watch_kind::recursive)) != 0;
        for (std::size_t k = 0; k < 5; ++k) {
            const auto kind = static_cast<watch_kind>(k);
            const bool here = (e->kinds & only(kind)) != 0;
            const bool waits = recursive && kind == child;
            late = late || (here && waits);
            if (here && !waits && !(recursive && kind == watch_kind::persistent)) {
                add(e->path(), kind);
            }
        }
    }
    write();
    if (late) {
        for (const path_entry* e : paths_) {
            if ((e->kinds & only(child)) != 0 && (e->kinds & only(watch_kind::recursive)) != 0) {
                add(e->path(), child);
            }
        }
        write();
    }
    return written;
}

void watch_registry::write_set_watches(wire::buffer& out, std::int64_t relative_zxid, std::string_view path,
                                       watch_kinds kinds) {
    watch_batch batch{relative_zxid};
    for (std::size_t k = 0; k < 5; ++k) {
        if (const auto kind = static_cast<watch_kind>(k); (kinds & only(kind)) != 0) {
            batch.add(path, kind);
        }
    }
    batch.write(out);
}

} // namespace zooid::session
