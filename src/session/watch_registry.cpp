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

std::int32_t removal_type(watch_kind gone, watch_kinds left) noexcept {
    switch (gone) {
    case watch_kind::data:
    case watch_kind::exist:
        return (left & (data_kinds | lasting_kinds)) == 0 ? 2 : 0;
    case watch_kind::child:
        return (left & (only(watch_kind::child) | lasting_kinds)) == 0 ? 1 : 0;
    case watch_kind::persistent:
    case watch_kind::recursive:
        break;
    }
    return left == 0 ? 3 : 0; // one-shot watchers may depend on the lasting watch of the server
}

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

watch_removal watch_registry::remove(watcher& w) {
    if (!w.registered_) {
        return {};
    }
    const watcher* last = &w;
    while (!last->last_) {
        last = static_cast<const watcher*>(last->next_);
    }
    auto* const e = static_cast<path_entry*>(last->next_);
    watch_removal told{0, std::string{e->path()}};
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
    told.type = removal_type(w.kind_, left);
    if (e->first == nullptr) {
        drop_if_unused(paths_.find(e->path()));
    }
    unregister(w);
    intrusive_ptr_release(&w);
    return told;
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

void watch_registry::notify(event_type type, std::string_view path, std::vector<watcher_ptr>& told) {
    const bool children = type == event_type::children_changed;
    const watch_kinds lasting = children ? only(watch_kind::persistent) : lasting_kinds;
    if (const auto found = paths_.find(path); found != paths_.end()) {
        take(found, consumed_by(type), lasting, told);
    }
    if (recursive_ == 0 || children || !path.starts_with('/')) {
        return;
    }
    while (path.size() > 1) {
        path = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
        if (const auto found = paths_.find(path); found != paths_.end()) {
            take(found, 0, only(watch_kind::recursive), told);
        }
    }
}

void watch_registry::end(std::string_view path, watch_kinds kinds, std::vector<watcher_ptr>& ended) {
    if (const auto found = paths_.find(path); found != paths_.end()) {
        take(found, kinds, 0, ended);
    }
}

std::size_t watch_registry::write_set_watches(wire::buffer& out, std::int64_t relative_zxid) const {
    watch_batch batch{relative_zxid};
    std::size_t written = 0;
    for (const path_entry* e : paths_) {
        const std::string_view path = e->path();
        for (std::size_t k = 0; k < 5; ++k) { // lasting kinds last: servers before 3.9 keep only the last one set
            const auto kind = static_cast<watch_kind>(k);
            if ((e->kinds & only(kind)) == 0) {
                continue;
            }
            if (!batch.has_room_for(path) && !batch.empty()) {
                batch.write(out);
                ++written;
            }
            batch.add(path, kind);
        }
    }
    if (!batch.empty()) {
        batch.write(out);
        ++written;
    }
    return written;
}

} // namespace zooid::session
