#include "server/block_store.hpp"

#include "runtime/pages.hpp"

#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::size_t slab_size = std::size_t{64} << 10;

// Where AddressSanitizer looks at every block, each is one of its own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool has_slabs = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool has_slabs = false;
#else
constexpr bool has_slabs = true;
#endif
#else
constexpr bool has_slabs = true;
#endif

} // namespace

block_store::~block_store() {
    if (spare_ != nullptr) {
        runtime::unmap_pages(spare_, slab_size);
    }
}

block_store::slab* block_store::make_slab() {
    void* memory = std::exchange(spare_, nullptr);
    if (memory == nullptr) {
        memory = runtime::map_pages(slab_size);
        size_ += slab_size;
    }
    slab* const made = new (memory) slab;
    made->fresh = sizeof(slab);
    return made;
}

void block_store::drop_slab(slab& empty) noexcept {
    if (spare_ == nullptr) {
        spare_ = &empty;
    } else {
        runtime::unmap_pages(&empty, slab_size);
        size_ -= slab_size;
    }
}

void* block_store::take(std::size_t bytes) {
    const std::size_t size = room(bytes);
    if (!has_slabs || size > largest) {
        return ::operator new(size);
    }
    slabs& of_size = with_room_[size / step - 1];
    if (of_size.empty()) {
        of_size.push_front(*make_slab());
    }
    slab& from = of_size.front();
    void* block = from.free;
    if (block != nullptr) {
        std::memcpy(&from.free, block, sizeof from.free);
    } else {
        block = reinterpret_cast<char*>(&from) + from.fresh;
        from.fresh += size;
    }
    ++from.used;
    if (from.free == nullptr && from.fresh + size > slab_size) {
        of_size.pop_front();
    }
    return block;
}

void block_store::give_back(void* block, std::size_t bytes) noexcept {
    const std::size_t size = room(bytes);
    if (!has_slabs || size > largest) {
        ::operator delete(block);
        return;
    }
    slab& to =
        *reinterpret_cast<slab*>(static_cast<char*>(block) - reinterpret_cast<std::uintptr_t>(block) % slab_size);
    slabs& of_size = with_room_[size / step - 1];
    if (!to.is_linked()) {
        of_size.push_front(to);
    }
    std::memcpy(block, &to.free, sizeof to.free);
    to.free = block;
    if (--to.used == 0) {
        of_size.erase(of_size.iterator_to(to));
        drop_slab(to);
    }
}

} // namespace zooid::server
