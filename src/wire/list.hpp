#pragma once

#include "wire/codec.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace zooid::wire {

/// A vector field: a view of the caller's elements (to encode them) or of an encoded, checked region (after decoding).
/// Remembers whether it is null, which is not the same as empty. What it views must outlive it; it never allocates.
template <class T>
class list {
public:
    class iterator;
    using value_type = T;

    /// Empty, not null.
    list() noexcept = default;

    /// Views contiguous elements that convert to `T` one by one while they are read.
    template <class Range>
        requires(!std::same_as<std::remove_cvref_t<Range>, list>) && std::ranges::contiguous_range<Range> &&
                    std::ranges::sized_range<Range> && std::convertible_to<std::ranges::range_reference_t<Range>, T>
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): a view of any such range
    list(Range&& elements) noexcept
        : first_(std::ranges::data(elements)),
          count_(std::ranges::size(elements)),
          load_(&load<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>) {}

    /// The null vector.
    [[nodiscard]] static list null() noexcept {
        list nothing;
        nothing.null_ = true;
        return nothing;
    }

    /// True for the null vector, which also is empty.
    [[nodiscard]] bool is_null() const noexcept { return null_; }
    /// Number of elements.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    [[nodiscard]] iterator begin() const noexcept { return iterator{*this}; }
    [[nodiscard]] iterator end() const noexcept { return iterator{}; }

    /// True when both are null, or neither is and the elements are equal.
    friend bool operator==(const list& a, const list& b) noexcept
        requires std::equality_comparable<T>
    {
        return a.null_ == b.null_ && a.count_ == b.count_ && std::equal(a.begin(), a.end(), b.begin());
    }

private:
    friend struct codec<list>;

    template <class Element>
    static T load(const void* first, std::size_t index) noexcept {
        return static_cast<const Element*>(first)[index];
    }

    const void* first_ = nullptr;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;                                  // of the encoded region
    T (*load_)(const void*, std::size_t) noexcept = nullptr; // null: an encoded region
    bool null_ = false;
};

/// Visits the elements of a list, by value.
template <class T>
class list<T>::iterator {
public:
    using value_type = T;
    using reference = T;
    using pointer = const T*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    /// The end of every list.
    iterator() noexcept = default;

    [[nodiscard]] T operator*() const noexcept { return value_; }
    [[nodiscard]] const T* operator->() const noexcept { return std::addressof(value_); }
    iterator& operator++() noexcept {
        --remaining_;
        ++index_;
        fetch();
        return *this;
    }
    iterator operator++(int) noexcept {
        iterator before = *this;
        ++*this;
        return before;
    }
    /// Compares how much is left, so only iterators of the same list.
    friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.remaining_ == b.remaining_; }

private:
    friend class list;

    explicit iterator(const list& of) noexcept : first_(of.first_), load_(of.load_), remaining_(of.count_) {
        if (load_ == nullptr) {
            encoded_ = reader{{static_cast<const char*>(of.first_), of.bytes_}};
        }
        fetch();
    }

    void fetch() noexcept {
        if (remaining_ == 0) {
            return;
        }
        if (load_ != nullptr) {
            value_ = load_(first_, index_);
        } else if (!read_field(encoded_, value_)) {
            remaining_ = 0; // cannot happen: the region was checked when it was decoded
        }
    }

    const void* first_ = nullptr;
    T (*load_)(const void*, std::size_t) noexcept = nullptr;
    std::size_t index_ = 0;
    std::size_t remaining_ = 0;
    reader encoded_;
    T value_{};
};

template <class T>
struct codec<list<T>> {
    static constexpr std::size_t min_size = 4;
    static constexpr bool fixed = false;

    static std::size_t size(const list<T>& v) noexcept {
        std::size_t n = 4;
        for (const T& element : v) {
            n += codec<T>::size(element);
        }
        return n;
    }

    static char* store(char* at, const list<T>& v) noexcept {
        at = store_i32(at, v.null_ ? -1 : static_cast<std::int32_t>(v.count_));
        for (const T& element : v) {
            at = codec<T>::store(at, element);
        }
        return at;
    }

    static bool read(reader& in, list<T>& v) noexcept {
        static_assert(codec<T>::min_size > 0);
        std::int32_t count = 0;
        if (!in.count(count, codec<T>::min_size)) {
            return false;
        }
        v = {};
        v.null_ = count == -1;
        const std::string_view region = in.rest();
        T element{};
        for (std::int32_t i = 0; i < count; ++i) {
            if (!read_field(in, element)) {
                return false;
            }
        }
        v.first_ = region.data();
        v.bytes_ = region.size() - in.remaining();
        v.count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        return true;
    }
};

} // namespace zooid::wire
