#pragma once

#include <zooid/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zooid::session {

/// When which request gives up. Requests that end earlier are not taken out; they are recognised by their line when
/// they come up, or swept out when they have become the majority.
class deadlines {
public:
    /// Adds one. `alive(line)` tells which requests still wait, of which there are `live` or fewer.
    template <class Alive>
    void add(steady_time when, std::uint64_t line, std::size_t live, const Alive& alive) {
        if (heap_.size() >= 2 * live + slack) {
            std::erase_if(heap_, [&](const entry& e) { return !alive(e.line); });
            std::make_heap(heap_.begin(), heap_.end(), later);
        }
        heap_.push_back({when, line});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    /// The earliest, or `steady_time::max()`; may belong to a request that has ended.
    [[nodiscard]] steady_time earliest() const noexcept {
        return heap_.empty() ? steady_time::max() : heap_.front().when;
    }

    /// Takes the earliest out and returns its line. Not when empty.
    std::uint64_t take() noexcept {
        const std::uint64_t line = heap_.front().line;
        std::pop_heap(heap_.begin(), heap_.end(), later);
        heap_.pop_back();
        return line;
    }

    void clear() noexcept { heap_.clear(); }

private:
    static constexpr std::size_t slack = 64;

    struct entry {
        steady_time when;
        std::uint64_t line;
    };
    static bool later(const entry& a, const entry& b) noexcept { return a.when > b.when; }

    std::vector<entry> heap_;
};

} // namespace zooid::session
