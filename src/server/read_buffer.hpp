#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace zooid::server {

/// Large buffers that connections borrow while much is coming in.
class buffer_pool {
public:
    static constexpr std::size_t size = std::size_t{32} << 10;
    using block = std::unique_ptr<std::byte[]>;

    [[nodiscard]] block take() {
        if (kept_.empty()) {
            return std::make_unique_for_overwrite<std::byte[]>(size);
        }
        block taken = std::move(kept_.back());
        kept_.pop_back();
        return taken;
    }
    void give_back(block taken) {
        if (kept_.size() < most_kept) {
            kept_.push_back(std::move(taken));
        }
    }

private:
    static constexpr std::size_t most_kept = 16;

    std::vector<block> kept_;
};

/// What a connection reads into. Thousands of idle ones must cost little, and a read under way needs its buffer: so it is
/// a small one, which heartbeats and most single requests fit into, until a read has filled it.
class read_buffer {
public:
    /// Where the next read goes; stays where it is until `done`.
    [[nodiscard]] std::span<std::byte> space() noexcept {
        return large_ ? std::span<std::byte>{large_.get(), buffer_pool::size} : std::span<std::byte>{small_};
    }
    /// The read has brought so many bytes and they are done with.
    void done(std::size_t bytes, buffer_pool& pool) {
        if (!large_ && bytes == small_.size()) {
            large_ = pool.take();
        } else if (large_ && bytes < small_.size()) {
            release(pool);
        }
    }
    void release(buffer_pool& pool) {
        if (large_) {
            pool.give_back(std::exchange(large_, nullptr));
        }
    }

private:
    std::array<std::byte, 256> small_; // written before it is read
    buffer_pool::block large_;
};

} // namespace zooid::server
