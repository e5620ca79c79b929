#include "server/node.hpp"

#include "server/block_size.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::uint32_t longest_name = (std::uint32_t{1} << 29) - 1;

constexpr std::size_t bytes_before(node_kind kind) noexcept {
    return kind == node_kind::persistent ? 0 : sizeof(node_link);
}

} // namespace

znode* znode::make(std::string_view name, std::optional<std::string_view> data, lifetime life) {
    static_assert(sizeof(node_link) % alignof(znode) == 0);
    if (name.size() > longest_name) {
        throw std::length_error("a node's name is too long");
    }
    const std::string_view bytes = data.value_or(std::string_view{});
    const std::size_t before = bytes_before(life.kind);
    const std::size_t after = std::max(sizeof(znode), offsetof(znode, name_) + name.size() + bytes.size());
    char* const memory = static_cast<char*>(::operator new(block_size(before + after)));
    if (before != 0) {
        (new (memory) node_link)->value = life.value;
    }
    znode* const node = new (memory + before) znode;
    node->kind_ = static_cast<std::uint8_t>(life.kind) & 7U;
    node->name_length_ = static_cast<std::uint32_t>(name.size()) & longest_name;
    node->length_ = data ? static_cast<std::int32_t>(bytes.size()) : -1;
    std::ranges::copy(name, node->data_in_block() - name.size());
    std::ranges::copy(bytes, node->data_in_block());
    return node;
}

void znode::destroy(znode& node) noexcept {
    char* const memory = reinterpret_cast<char*>(&node) - bytes_before(node.kind());
    node.~znode();
    ::operator delete(memory);
}

znode::history& znode::changed() {
    if (history_ == nullptr) {
        history_ = new history;
        history_->mzxid = czxid_;
        history_->mtime = ctime_;
        history_->first_length = length_;
    }
    return *history_;
}

void znode::forget_nothing() noexcept {
    if (history_ != nullptr && history_->children.is_unused() && history_->mzxid == czxid_ && history_->version == 0 &&
        history_->aversion == 0 && !has_data_outside()) {
        delete std::exchange(history_, nullptr);
    }
}

std::size_t znode::capacity() const noexcept {
    const std::int32_t first = history_ == nullptr ? length_ : history_->first_length;
    const std::size_t fixed = bytes_before(kind()) + offsetof(znode, name_) + name_length_;
    return block_size(fixed + static_cast<std::size_t>(std::max(first, 0))) - fixed;
}

std::optional<std::string_view> znode::data() const noexcept {
    if (has_data_outside()) {
        return history_->data.view();
    }
    if (length_ < 0) {
        return std::nullopt;
    }
    return std::string_view{tail() + name_length_, static_cast<std::size_t>(length_)};
}

std::int32_t znode::data_length() const noexcept {
    return has_data_outside() ? history_->data.size() : std::max(length_, 0);
}

void znode::put_data(std::optional<std::string_view> data) {
    history& now = changed();
    const std::string_view bytes = data.value_or(std::string_view{});
    if (bytes.size() > capacity()) {
        now.data.assign(bytes);
        return;
    }
    if (!bytes.empty()) {
        std::memmove(data_in_block(), bytes.data(), bytes.size());
    }
    length_ = data ? static_cast<std::int32_t>(bytes.size()) : -1;
    now.data = {};
}

node_data znode::exchange_data(node_data&& data) {
    history& now = changed();
    node_data old = has_data_outside() ? std::move(now.data) : node_data{this->data()};
    if (static_cast<std::size_t>(data.size()) > capacity()) {
        now.data = std::move(data);
    } else {
        put_data(data.view());
    }
    return old;
}

zooid::stat znode::stat() const noexcept {
    zooid::stat s;
    s.czxid = czxid_;
    s.mzxid = mzxid();
    s.ctime = ctime_;
    s.mtime = mtime();
    s.version = version();
    s.aversion = aversion();
    s.ephemeral_owner = is_ephemeral() ? link().value : 0;
    s.data_length = data_length();
    s.num_children = static_cast<std::int32_t>(child_count());
    s.pzxid = pzxid();
    // Creations and removals of children; wraps.
    s.cversion = static_cast<std::int32_t>(2 * static_cast<std::uint32_t>(created_children()) -
                                           static_cast<std::uint32_t>(s.num_children));
    return s;
}

lifetime znode::life() const noexcept {
    return kind() == node_kind::persistent ? lifetime{} : lifetime{kind(), link().value};
}

} // namespace zooid::server
