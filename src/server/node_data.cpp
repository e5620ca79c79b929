#include "server/node_data.hpp"

#include "server/block_size.hpp"

#include <new>
#include <utility>

namespace zooid::server {

node_data::node_data(std::optional<std::string_view> data) {
    if (!data) {
        return;
    }
    if (data->size() <= inline_size) {
        if (!data->empty()) {
            std::memcpy(storage_, data->data(), data->size());
        }
    } else {
        char* const at = static_cast<char*>(::operator new(block_size(data->size())));
        std::memcpy(at, data->data(), data->size());
        std::memcpy(storage_, &at, sizeof at);
    }
    length_ = static_cast<std::int32_t>(data->size());
}

node_data::node_data(node_data&& other) noexcept : length_(std::exchange(other.length_, -1)) {
    std::memcpy(storage_, other.storage_, sizeof storage_);
}

node_data& node_data::operator=(node_data&& other) noexcept {
    if (this != &other) {
        if (on_heap()) {
            free_block();
        }
        std::memcpy(storage_, other.storage_, sizeof storage_);
        length_ = std::exchange(other.length_, -1);
    }
    return *this;
}

void node_data::assign(std::optional<std::string_view> data) {
    if (data && on_heap() && data->size() > inline_size &&
        block_size(data->size()) == block_size(static_cast<std::size_t>(length_))) {
        std::memmove(block(), data->data(), data->size());
        length_ = static_cast<std::int32_t>(data->size());
        return;
    }
    *this = node_data{data};
}

void node_data::free_block() noexcept { ::operator delete(block()); }

} // namespace zooid::server
