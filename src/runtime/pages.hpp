#pragma once

#include <cstddef>

namespace zooid::runtime {

/// Memory from the system itself, full of zeros: `size` bytes, a power of two and no less than a page, at a multiple of
/// `size`. Throws std::bad_alloc.
[[nodiscard]] void* map_pages(std::size_t size);

/// Gives it back.
void unmap_pages(void* pages, std::size_t size) noexcept;

} // namespace zooid::runtime
