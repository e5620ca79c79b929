#pragma once

#include <atomic>
#include <cstdint>

namespace zooid::detail {

/// Lets operations begin until a client closes for good, and lets closing wait for those that are just beginning: what passed
/// the gate has been posted to the client's threads when `shut` returns, so they see to it before they end.
class closing_gate {
public:
    /// Held while an operation begins; false if the gate was shut, and then it holds nobody up.
    class [[nodiscard]] passage {
    public:
        explicit passage(closing_gate& through) noexcept {
            // In this order, as in shut(): either this sees the gate shut, or shut() sees this.
            through.inside_.fetch_add(1, std::memory_order_seq_cst);
            if (through.is_shut()) {
                through.leave();
            } else {
                gate_ = &through;
            }
        }
        passage(const passage&) = delete;
        passage& operator=(const passage&) = delete;
        ~passage() {
            if (gate_ != nullptr) {
                gate_->leave();
            }
        }

        explicit operator bool() const noexcept { return gate_ != nullptr; }

    private:
        closing_gate* gate_ = nullptr;
    };

    /// Any thread; not blocking.
    [[nodiscard]] bool is_shut() const noexcept { return shut_.load(std::memory_order_seq_cst); }

    /// Shuts the gate; who is inside is not waited for. Any thread.
    void let_nobody_in() noexcept { shut_.store(true, std::memory_order_seq_cst); }

    /// Shuts the gate and waits for whoever is inside; not to be called from there. Any thread, several at once.
    void shut() noexcept {
        let_nobody_in();
        for (std::uint32_t inside = inside_.load(std::memory_order_seq_cst); inside != 0;
             inside = inside_.load(std::memory_order_seq_cst)) {
            inside_.wait(inside, std::memory_order_seq_cst);
        }
    }

private:
    void leave() noexcept {
        if (inside_.fetch_sub(1, std::memory_order_seq_cst) == 1 && is_shut()) {
            inside_.notify_all();
        }
    }

    std::atomic<std::uint32_t> inside_{0};
    std::atomic<bool> shut_{false};
};

} // namespace zooid::detail
