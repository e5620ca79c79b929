#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace zooid::server {

/// Gives back most of the memory of a hash table that has become nearly empty. To be called after erasing; each call is
/// cheap but for a few, whose cost the erasures before them have earned.
template <class Table>
void shrink_if_sparse(Table& table) noexcept {
    constexpr std::size_t worthwhile = 1'024;
    if (table.bucket_count() < worthwhile || table.size() > table.bucket_count() / 8) {
        return;
    }
    try {
        table.rehash(0);
    } catch (const std::bad_alloc&) { // then it stays as large as it is
        return;
    }
}

/// The same for a vector, whatever has been taken off its end.
template <class T>
void shrink_if_sparse(std::vector<T>& list) noexcept {
    constexpr std::size_t worthwhile = 1'024;
    if (list.capacity() >= worthwhile && list.size() <= list.capacity() / 8) {
        list.shrink_to_fit(); // or leaves it as large as it is
    }
}

} // namespace zooid::server
