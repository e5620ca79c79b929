#pragma once

#include "support/eventually.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace zooid::test {

/// A callback that keeps what it is called with. Copies share one list, which lives as long as any of them, so that a
/// late call finds it in place. Every member may be called from any thread.
template <class T>
class recorder {
public:
    void operator()(const T& value) const { add(value); }

    void add(T value) const {
        const std::lock_guard lock(state_->mutex);
        state_->values.push_back(std::move(value));
    }
    [[nodiscard]] std::vector<T> all() const {
        const std::lock_guard lock(state_->mutex);
        return state_->values;
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(state_->mutex);
        return state_->values.size();
    }
    /// What came last; default-constructed if nothing did.
    [[nodiscard]] T last() const {
        const std::lock_guard lock(state_->mutex);
        return state_->values.empty() ? T{} : state_->values.back();
    }
    void clear() const {
        const std::lock_guard lock(state_->mutex);
        state_->values.clear();
    }
    /// Waits until there are at least `count`; false after `limit`, stretched by `time_scale()`.
    [[nodiscard]] bool wait_for(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds{20}) const {
        return eventually([&] { return size() >= count; }, limit);
    }

private:
    struct state {
        std::mutex mutex;
        std::vector<T> values;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace zooid::test
