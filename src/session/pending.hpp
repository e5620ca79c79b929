#pragma once

#include "session/request.hpp"
#include "session/ring.hpp"

#include <zooid/opcode.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace zooid::session {

/// A request in line.
struct pending_request {
    std::uint64_t line = 0;
    std::uint64_t offset = 0;             ///< where its bytes begin in the outbox's stream
    request* owner = nullptr;             ///< null: nobody waits, its reply will be swallowed
    std::unique_ptr<watch_request> watch; ///< null for most
    std::int32_t xid = 0;
    opcode op = opcode::error;
    bool removed = false; ///< its bytes were taken out unwritten; no reply will come
};

/// The requests that wait for their bytes to go out or for a reply, in the order of their lines. The first is never a
/// removed one.
class pending {
public:
    [[nodiscard]] bool empty() const noexcept { return line_up_.empty(); }
    /// How many wait.
    [[nodiscard]] std::size_t size() const noexcept { return line_up_.size() - removed_; }

    [[nodiscard]] pending_request& front() noexcept { return line_up_.front(); }
    /// The one `index` places behind the front, of those that `compact` left.
    [[nodiscard]] pending_request& at(std::size_t index) noexcept { return line_up_[index]; }

    /// Makes room; after it `push` does not throw.
    void reserve_one() { line_up_.reserve_one(); }
    /// A place at the end, to be filled in whole, but for a watch. Its line must be higher than all before.
    pending_request& push() noexcept { return line_up_.push_reserved(); }

    /// Ends the front one, whose watch has been taken.
    void pop() noexcept {
        assert(!line_up_.front().watch);
        line_up_.pop();
        if (removed_ != 0) [[unlikely]] {
            drop_removed_front();
        }
        line_up_.trim();
    }

    /// The request with this line, or null. Constant time unless requests were removed from between.
    [[nodiscard]] pending_request* find(std::uint64_t line) noexcept {
        if (line_up_.empty() || line < line_up_.front().line || line > line_up_.back().line) {
            return nullptr;
        }
        // Lines are consecutive but for gaps left by compaction, so the guess can only be too far back.
        std::size_t high = line_up_.size() - 1;
        const std::uint64_t distance = line - line_up_.front().line;
        if (distance < high) {
            high = static_cast<std::size_t>(distance);
        }
        std::size_t low = line_up_[high].line == line ? high : 0;
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (line_up_[middle].line < line) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        pending_request& found = line_up_[low];
        return found.line == line && !found.removed ? &found : nullptr;
    }

    /// Marks a request as removed.
    void remove(pending_request& gone) noexcept {
        gone.removed = true;
        gone.owner = nullptr;
        gone.watch.reset();
        ++removed_;
        drop_removed_front();
    }
    /// True when removed requests take more room than the others.
    [[nodiscard]] bool wants_compaction() const noexcept { return removed_ > 64 && removed_ * 2 > line_up_.size(); }
    /// Frees the room of removed requests.
    void compact() noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < line_up_.size(); ++i) {
            if (!line_up_[i].removed) {
                if (kept != i) {
                    line_up_[kept] = std::move(line_up_[i]);
                }
                ++kept;
            }
        }
        while (line_up_.size() > kept) {
            line_up_.pop_back();
        }
        removed_ = 0;
    }

    /// Calls `visit(pending_request&)` for all that wait, in order.
    template <class Visitor>
    void for_each(const Visitor& visit) {
        for (std::size_t i = 0; i < line_up_.size(); ++i) {
            if (!line_up_[i].removed) {
                visit(line_up_[i]);
            }
        }
    }

private:
    void drop_removed_front() noexcept {
        while (!line_up_.empty() && line_up_.front().removed) {
            line_up_.pop();
            --removed_;
        }
    }

    ring<pending_request> line_up_;
    std::size_t removed_ = 0;
};

} // namespace zooid::session
