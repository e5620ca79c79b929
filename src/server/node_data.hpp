#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace zooid::server {

/// Data of a node, when it is not in the node's own block: bytes or null, which is not the same as no bytes. Twelve bytes itself, which also hold short data; a
/// block of about its size otherwise.
class node_data {
public:
    /// Null.
    node_data() noexcept = default;
    explicit node_data(std::optional<std::string_view> data);
    node_data(node_data&& other) noexcept;
    node_data& operator=(node_data&& other) noexcept;
    node_data(const node_data&) = delete;
    node_data& operator=(const node_data&) = delete;
    ~node_data() {
        if (on_heap()) {
            free_block();
        }
    }

    /// Replaces the bytes, by what may be a view of them.
    void assign(std::optional<std::string_view> data);

    [[nodiscard]] std::optional<std::string_view> view() const noexcept {
        if (length_ < 0) {
            return std::nullopt;
        }
        return std::string_view{bytes(), static_cast<std::size_t>(length_)};
    }
    /// Number of bytes; 0 for null.
    [[nodiscard]] std::int32_t size() const noexcept { return length_ < 0 ? 0 : length_; }

private:
    static constexpr std::int32_t inline_size = 8;

    [[nodiscard]] bool on_heap() const noexcept { return length_ > inline_size; }
    [[nodiscard]] char* block() const noexcept {
        char* at = nullptr;
        std::memcpy(&at, storage_, sizeof at);
        return at;
    }
    [[nodiscard]] const char* bytes() const noexcept { return on_heap() ? block() : storage_; }
    void free_block() noexcept;

    char storage_[inline_size] = {}; // the bytes, or a pointer to them, which must not need alignment
    std::int32_t length_ = -1;
    static_assert(sizeof(char*) <= inline_size);
};

} // namespace zooid::server
