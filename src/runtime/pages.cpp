#include "runtime/pages.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace zooid::runtime {

namespace {

[[nodiscard]] char* map(std::size_t size) {
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    return static_cast<char*>(at);
}

/// How far it is to the next multiple of `size`.
[[nodiscard]] std::size_t gap(const char* at, std::size_t size) noexcept {
    return (size - reinterpret_cast<std::uintptr_t>(at) % size) % size;
}

} // namespace

void* map_pages(std::size_t size) {
    char* const first = map(size);
    if (gap(first, size) == 0) { // as a rule, since the system puts equal pieces next to one another
        return first;
    }
    unmap_pages(first, size);
    char* const wide = map(2 * size);
    const std::size_t before = gap(wide, size);
    unmap_pages(wide, before);
    unmap_pages(wide + before + size, size - before);
    return wide + before;
}

void unmap_pages(void* pages, std::size_t size) noexcept {
    if (size != 0) {
        ::munmap(pages, size);
    }
}

} // namespace zooid::runtime
