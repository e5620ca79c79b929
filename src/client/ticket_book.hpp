#pragma once

#include <zooid/error.hpp>
#include <zooid/types.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace zooid::detail {

/// Waits that are not single requests (for a state, an event, the end of an errand): how to end each early, and when.
/// Guarded by its owner.
class ticket_book {
public:
    using abort_function = std::function<void(error_code)>;

    /// Tickets of this book have the highest bit but one set; places in line have not.
    [[nodiscard]] static bool owns(std::uint64_t ticket) noexcept { return (ticket & mark) != 0; }

    std::uint64_t add(steady_time deadline, abort_function abort) {
        const std::uint64_t ticket = mark | ++last_;
        entries_.emplace(ticket, entry{deadline, std::move(abort)});
        if (deadline != steady_time::max()) {
            by_time_.emplace(deadline, ticket);
        }
        return ticket;
    }

    /// Forgets a ticket; gives its function, or nothing if it was gone already.
    abort_function remove(std::uint64_t ticket) {
        const auto found = entries_.find(ticket);
        if (found == entries_.end()) {
            return {};
        }
        abort_function abort = std::move(found->second.abort);
        for (auto [at, end] = by_time_.equal_range(found->second.deadline); at != end; ++at) {
            if (at->second == ticket) {
                by_time_.erase(at);
                break;
            }
        }
        entries_.erase(found);
        return abort;
    }

    [[nodiscard]] bool contains(std::uint64_t ticket) const noexcept { return entries_.contains(ticket); }

    [[nodiscard]] steady_time next_deadline() const noexcept {
        return by_time_.empty() ? steady_time::max() : by_time_.begin()->first;
    }

    /// Takes out one that is due.
    [[nodiscard]] abort_function take_due(steady_time now) {
        return by_time_.empty() || by_time_.begin()->first > now ? abort_function{} : remove(by_time_.begin()->second);
    }

    /// Takes out any.
    [[nodiscard]] abort_function take_any() {
        return entries_.empty() ? abort_function{} : remove(entries_.begin()->first);
    }

private:
    static constexpr std::uint64_t mark = std::uint64_t{1} << 62;

    struct entry {
        steady_time deadline;
        abort_function abort;
    };
    std::map<std::uint64_t, entry> entries_;
    std::multimap<steady_time, std::uint64_t> by_time_;
    std::uint64_t last_ = 0;
};

} // namespace zooid::detail
