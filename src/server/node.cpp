#include "server/node.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::size_t bytes_before(node_kind kind) noexcept {
    return kind == node_kind::persistent ? 0 : sizeof(node_link);
}

} // namespace

znode* znode::make(block_store& memory, std::string_view name, std::optional<std::string_view> data, lifetime life) {
    static_assert(sizeof(znode) == 32 && sizeof(node_link) % alignof(znode) == 0);
    const std::string_view bytes = data.value_or(std::string_view{});
    const bool has_room = bytes.size() < no_data;
    const bool has_long_name = name.size() >= long_name;
    // All that can throw comes first.
    std::unique_ptr<history> more;
    if (!has_room || has_long_name) {
        more = std::make_unique<history>();
        more->name_length = static_cast<std::uint32_t>(name.size());
        more->first_length = has_room ? static_cast<std::uint32_t>(bytes.size()) : 0;
        more->data = has_room ? node_data{} : node_data{bytes};
    }
    const std::size_t before = bytes_before(life.kind);
    const std::size_t size = before + offsetof(znode, name_) + name.size() + (has_room ? bytes.size() : 0);
    char* const block = static_cast<char*>(memory.take(size));
    if (before != 0) {
        (new (block) node_link)->value = life.value;
    }
    znode* const node = new (block + before) znode;
    node->kind_ = static_cast<std::uint8_t>(life.kind) & 3U;
    node->name_length_ = (has_long_name ? long_name : name.size()) & long_name;
    node->length_ = static_cast<std::uint32_t>(!data ? no_data : has_room ? bytes.size() : 0) & no_data;
    if (more != nullptr) {
        node->history_ = more.release();
        node->has_history_ = 1;
    }
    std::ranges::copy(name, node->data_in_block() - name.size());
    if (has_room) {
        std::ranges::copy(bytes, node->data_in_block());
    }
    return node;
}

void znode::destroy(block_store& memory, znode& node) noexcept {
    const std::size_t size = node.size();
    char* const block = reinterpret_cast<char*>(&node) - bytes_before(node.kind());
    node.~znode();
    memory.give_back(block, size);
}

void znode::set_birth(std::int64_t zxid, server_time time) noexcept {
    czxid_ = zxid;
    const std::int64_t number = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    ctime_ = std::min(static_cast<std::uint64_t>(number), latest_ctime) & latest_ctime;
    if (has_history_) {
        history_->mzxid = czxid_;
        history_->mtime = ctime();
    }
}

acl_id znode::exchange_acl(acl_id list) {
    const acl_id before = acl();
    const auto number = static_cast<std::uint32_t>(list);
    if (number >= elsewhere) {
        changed().acl = list;
    }
    acl_ = std::min(number, elsewhere) & elsewhere;
    return before;
}

znode::history& znode::changed() {
    if (!has_history_) {
        auto made = std::make_unique<history>();
        made->parent = parent_;
        made->mzxid = czxid_;
        made->mtime = ctime();
        made->first_length = length_in_block();
        history_ = made.release();
        has_history_ = 1;
    }
    return *history_;
}

void znode::forget_nothing() noexcept {
    // A quota's statistics change without a trace but their length, which is then no longer that of the block.
    if (has_history_ && history_->children.is_unused() && history_->mzxid == czxid_ && history_->version == 0 &&
        history_->aversion == 0 && !has_data_outside() && acl_ != elsewhere && name_length_ != long_name &&
        history_->first_length == length_in_block()) {
        const std::unique_ptr<history> forgotten{history_};
        parent_ = forgotten->parent;
        has_history_ = 0;
    }
}

std::size_t znode::fixed_size() const noexcept { return bytes_before(kind()) + offsetof(znode, name_) + name_length(); }

std::size_t znode::size() const noexcept {
    return fixed_size() + (has_history_ ? history_->first_length : length_in_block());
}

std::size_t znode::capacity() const noexcept { return block_store::room(size()) - fixed_size(); }

std::optional<std::string_view> znode::data() const noexcept {
    if (has_data_outside()) {
        return history_->data.view();
    }
    if (length_ == no_data) {
        return std::nullopt;
    }
    return std::string_view{tail() + name_length(), length_};
}

std::int32_t znode::data_length() const noexcept {
    return has_data_outside() ? history_->data.size() : length_ == no_data ? 0 : static_cast<std::int32_t>(length_);
}

void znode::put_data(std::optional<std::string_view> data) {
    history& now = changed();
    const std::string_view bytes = data.value_or(std::string_view{});
    if (bytes.size() > capacity() || bytes.size() >= no_data) {
        now.data.assign(bytes);
        return;
    }
    if (!bytes.empty()) {
        std::memmove(data_in_block(), bytes.data(), bytes.size());
    }
    length_ = static_cast<std::uint32_t>(data ? bytes.size() : no_data) & no_data;
    now.data = {};
}

node_data znode::exchange_data(node_data&& data) {
    history& now = changed();
    node_data old = has_data_outside() ? std::move(now.data) : node_data{this->data()};
    const auto size = static_cast<std::size_t>(data.size());
    if (size > capacity() || size >= no_data) {
        now.data = std::move(data);
    } else {
        put_data(data.view());
    }
    return old;
}

zooid::stat znode::stat() const noexcept {
    zooid::stat s;
    s.czxid = czxid_;
    s.ctime = ctime();
    s.ephemeral_owner = is_ephemeral() ? link().value : 0;
    s.data_length = data_length();
    if (!has_history_) {
        s.mzxid = s.pzxid = s.czxid;
        s.mtime = s.ctime;
        return s;
    }
    s.mzxid = history_->mzxid;
    s.mtime = history_->mtime;
    s.version = history_->version;
    s.aversion = history_->aversion;
    s.num_children = static_cast<std::int32_t>(history_->children.size());
    s.pzxid = history_->children.pzxid(czxid_);
    // Creations and removals of children; wraps.
    s.cversion = static_cast<std::int32_t>(2 * static_cast<std::uint32_t>(history_->children.created()) -
                                           static_cast<std::uint32_t>(s.num_children));
    return s;
}

lifetime znode::life() const noexcept {
    return kind() == node_kind::persistent ? lifetime{} : lifetime{kind(), link().value};
}

} // namespace zooid::server
