#pragma once

#include "wire/byte_order.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace zooid::wire {

/// A path as the caller names it and the chroot it is seen through, joined only while it is written. Decoding leaves
/// `chroot` empty. Both views must outlive it.
struct path_ref {
    std::string_view chroot; ///< empty, or a valid path other than "/"
    std::string_view path;   ///< what follows it; empty for the chroot itself

    constexpr path_ref() noexcept = default;
    /// "/" means the chroot itself.
    constexpr path_ref(std::string_view chroot_path, std::string_view client_path) noexcept
        : chroot(chroot_path), path(!chroot_path.empty() && client_path == "/" ? std::string_view{} : client_path) {}
    /// Of a sequential node that is to be created: there "/" is the start of a name below the chroot.
    [[nodiscard]] static constexpr path_ref of_sequential(std::string_view chroot_path,
                                                          std::string_view client_path) noexcept {
        path_ref start{client_path};
        start.chroot = chroot_path;
        return start;
    }
    // NOLINTBEGIN(google-explicit-constructor): a whole path is the plain case
    constexpr path_ref(std::string_view whole) noexcept : path(whole) {}
    constexpr path_ref(const char* whole) noexcept : path(whole) {}
    path_ref(const std::string& whole) noexcept : path(whole) {}
    // NOLINTEND(google-explicit-constructor)

    /// Bytes of the joined path.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return chroot.size() + path.size(); }
    /// The joined path, as the server knows it.
    [[nodiscard]] std::string to_string() const {
        std::string joined;
        joined.reserve(size());
        return joined.append(chroot).append(path);
    }
    /// Writes the joined path to the `size()` bytes at `at`; returns the byte after them.
    char* store(char* at) const noexcept {
        return store_bytes(store_bytes(at, chroot.data(), chroot.size()), path.data(), path.size());
    }
};

} // namespace zooid::wire
