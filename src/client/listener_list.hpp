#pragma once

#include <zooid/client.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace zooid::detail {

/// The listeners of a client, called in the order in which they were added. Thread-safe; called without a lock.
class listener_list {
public:
    using function = std::function<void(const state_change&)>;

    listener_id add(function listener) {
        const std::lock_guard lock(mutex_);
        const auto id = static_cast<listener_id>(++last_);
        listeners_.emplace(id, std::make_shared<function>(std::move(listener)));
        return id;
    }

    void remove(listener_id id) noexcept {
        std::shared_ptr<function> removed; // destroyed without the lock
        const std::lock_guard lock(mutex_);
        if (const auto found = listeners_.find(id); found != listeners_.end()) {
            removed = std::move(found->second);
            listeners_.erase(found);
        }
    }

    [[nodiscard]] bool empty() const {
        const std::lock_guard lock(mutex_);
        return listeners_.empty();
    }

    void call(const state_change& change) {
        std::vector<listener_id> ids;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [id, listener] : listeners_) {
                ids.push_back(id);
            }
        }
        for (const listener_id id : ids) {
            if (const auto listener = find(id)) {
                (*listener)(change);
            }
        }
    }

private:
    [[nodiscard]] std::shared_ptr<function> find(listener_id id) const {
        const std::lock_guard lock(mutex_);
        const auto found = listeners_.find(id);
        return found == listeners_.end() ? nullptr : found->second;
    }

    mutable std::mutex mutex_;
    std::map<listener_id, std::shared_ptr<function>> listeners_;
    std::uint64_t last_ = 0;
};

} // namespace zooid::detail
