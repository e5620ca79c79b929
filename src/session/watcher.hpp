#pragma once

#include <zooid/watch_event.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace zooid::session {

/// One interested party of a watch, owned jointly by the registry and whoever made it.
///
/// The registry links watchers of one path through `next_`; everything but the count is guarded by the session's owner.
class watcher {
public:
    explicit watcher(std::uint32_t chroot_length) noexcept : chroot_length_(chroot_length) {}
    watcher(const watcher&) = delete;
    watcher& operator=(const watcher&) = delete;
    virtual ~watcher() = default;

    /// `server_path` without this watcher's chroot.
    [[nodiscard]] std::string_view client_path(std::string_view server_path) const noexcept {
        if (chroot_length_ == 0) {
            return server_path;
        }
        return server_path.size() <= chroot_length_ ? std::string_view{"/"} : server_path.substr(chroot_length_);
    }

    /// The kind it is registered as; meaningful while `registered()`.
    [[nodiscard]] watch_kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool registered() const noexcept { return registered_; }

    /// True for the only holder; nobody else can become one meanwhile.
    [[nodiscard]] bool is_held_once() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

    friend void intrusive_ptr_add_ref(watcher* w) noexcept { w->references_.fetch_add(1, std::memory_order_relaxed); }
    friend void intrusive_ptr_release(watcher* w) noexcept {
        if (w->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete w;
        }
    }

private:
    friend class watch_registry;

    void* next_ = nullptr;                     // the next watcher of the path, or if `last_`: the path's entry
    std::atomic<std::uint32_t> references_{0}; // the registry holds one for each registered watcher
    std::uint32_t chroot_length_;
    watch_kind kind_ = watch_kind::data;
    bool registered_ = false;
    bool last_ = false;
};

using watcher_ptr = boost::intrusive_ptr<watcher>;

} // namespace zooid::session
