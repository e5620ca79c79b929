#pragma once

#include "server/block_size.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>

namespace zooid::server {

/// Memory for the nodes of a tree: millions of small blocks of all sizes, close together without the bytes that malloc adds
/// to each. A block comes out of a slab of blocks of its size; slabs without blocks go back to the system, but for one.
/// Not thread-safe.
class block_store {
public:
    block_store() = default;
    /// All blocks have been given back.
    ~block_store();
    block_store(const block_store&) = delete;
    block_store& operator=(const block_store&) = delete;

    /// How many bytes a block has that is asked for with `bytes`: it may grow into the rest.
    [[nodiscard]] static constexpr std::size_t room(std::size_t bytes) noexcept {
        return bytes <= largest ? (bytes + step - 1) / step * step : block_size(bytes); // what is large is malloc's
    }

    /// A block of `room(bytes)`, aligned for pointers. Throws std::bad_alloc.
    [[nodiscard]] void* take(std::size_t bytes);
    /// Takes it back; with the `bytes` it was asked for with, or any that have the same room.
    void give_back(void* block, std::size_t bytes) noexcept;

    /// Bytes of all slabs.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::size_t step = 8;
    static constexpr std::size_t largest = 1024;

    // The beginning of a slab. Its blocks follow: those given back, in a chain; behind them those never taken yet.
    struct slab : boost::intrusive::list_base_hook<> {
        void* free = nullptr;  // each holds the address of the next
        std::size_t used = 0;  // blocks
        std::size_t fresh = 0; // offset of the first one never taken
    };

    [[nodiscard]] slab* make_slab();
    void drop_slab(slab& empty) noexcept;

    using slabs = boost::intrusive::list<slab, boost::intrusive::constant_time_size<false>>;

    std::array<slabs, largest / step> with_room_; // by size of block
    slab* spare_ = nullptr; // so that a node that comes and goes does not take one from the system each time
    std::size_t size_ = 0;
};

} // namespace zooid::server
