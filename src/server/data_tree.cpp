#include "server/data_tree.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>
#include <ranges>
#include <utility>

namespace zooid::server {
namespace {

constexpr std::int32_t last_number = std::numeric_limits<std::int32_t>::max();

// Versions go on from the largest number with the smallest.
constexpr std::int32_t next_version(std::int32_t version) noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(version) + 1);
}

std::size_t length_of(std::optional<std::string_view> data) noexcept { return data ? data->size() : 0; }

} // namespace

data_tree::data_tree(std::uint64_t seed) : seed_(seed), acls_(seed), root_(znode::make(blocks_, "", "", {})) {
    make_system_nodes();
}

// Without recursion, since a path may have hundreds of thousands of components, and without taking memory.
data_tree::~data_tree() {
    root_->set_parent(nullptr);
    for (znode* pending = root_; pending != nullptr;) { // chained through their parents' pointers
        znode* const node = std::exchange(pending, pending->parent());
        if (node->has_history_) {
            node->history_->children.for_each(
                [&pending](znode* child) { child->set_parent(std::exchange(pending, child)); });
        }
        znode::destroy(blocks_, *node);
    }
    for (tree_journal::entry& undone : journal_.end()) {
        if (undone.what == tree_journal::step::removed) {
            znode::destroy(blocks_, *undone.node);
        }
    }
}

// They are older than every transaction, and what counts creations does not know them.
void data_tree::make_system_nodes() {
    totals_ = {.nodes = 1, .bytes = 1, .quotas = 0};
    const auto add = [this](znode& parent, std::string_view name) {
        znode* const node = znode::make(blocks_, name, "", {});
        node->set_parent(&parent);
        parent.changed().children.insert(*node, seed_);
        count_node(*node, true);
        return node;
    };
    znode* const zookeeper = add(*root_, "zookeeper");
    quota_root_ = add(*zookeeper, "quota");
    znode* const config = add(*zookeeper, "config");
    config->exchange_acl(acls_.acquire(read_acl()));
    config->changed().aversion = -1;
}

// --- Looking

znode* data_tree::walk(std::string_view path) const noexcept {
    if (path.empty() || path == "/") {
        return root_;
    }
    if (path.front() != '/') {
        return nullptr;
    }
    znode* at = root_;
    while (at != nullptr && !path.empty()) {
        path.remove_prefix(1);
        const std::size_t length = std::min(path.find('/'), path.size());
        at = at->child(path.substr(0, length)); // no child has an empty name
        path.remove_prefix(length);
    }
    return at;
}

const znode* data_tree::find(std::string_view path) const noexcept { return walk(path); }

znode* data_tree::find(std::string_view path) noexcept { return walk(path); }

tree_place data_tree::place_of(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {nullptr, path};
    }
    if (slash == 1 && path.front() == '/') { // "//b": not the child "b" of the root
        return {root_, path.substr(slash)};
    }
    return {walk(path.substr(0, slash)), path.substr(slash + 1)};
}

const znode* data_tree::find_child(const znode& parent, std::string_view name) const noexcept {
    if (name.empty()) {
        return &parent == root_ ? root_ : nullptr;
    }
    return parent.child(name);
}

znode* data_tree::find_child(znode& parent, std::string_view name) noexcept {
    return const_cast<znode*>(std::as_const(*this).find_child(std::as_const(parent), name));
}

std::size_t data_tree::path_length(const znode& node) const noexcept {
    std::size_t length = &node == root_ ? 1 : 0;
    for (const znode* at = &node; at != root_; at = at->parent()) {
        length += 1 + at->name().size();
    }
    return length;
}

void data_tree::append_path(const znode& node, std::string& out) const {
    std::size_t end = out.size() + path_length(node);
    out.resize(end, '/');
    for (const znode* at = &node; at != root_; at = at->parent()) {
        const std::string_view name = at->name();
        end -= name.size();
        std::ranges::copy(name, out.begin() + static_cast<std::ptrdiff_t>(end));
        --end; // of the slash
    }
}

std::string data_tree::path_of(const znode& node) const {
    std::string path;
    append_path(node, path);
    return path;
}

bool data_tree::is_system_path(std::string_view path) noexcept {
    return path == "/" || path == "/zookeeper" || path == "/zookeeper/quota" || path == "/zookeeper/config";
}

// --- Changing

void data_tree::append_sequence(const znode& parent, std::string& path) {
    char digits[10];
    std::ranges::fill(digits, '0');
    char number[10]; // counters are not negative
    const auto [end, problem] = std::to_chars(std::begin(number), std::end(number), parent.created_children());
    std::copy_backward(std::begin(number), end, std::end(digits));
    path.append(digits, sizeof digits);
}

znode& data_tree::create(znode& parent, std::string_view name, std::optional<std::string_view> data,
                         std::span<const acl_entry> acls, lifetime life, tree_change at) {
    assert(!name.empty() && parent.child(name) == nullptr && !parent.is_ephemeral());
    const std::int32_t number = parent.created_children();
    const std::int64_t pzxid = parent.pzxid();
    znode& node = put_below(parent, name, data, acls, life, at);
    child_set& siblings = parent.history_->children;
    if (journal_.active()) {
        journal_.record({.what = tree_journal::step::created, .node = &node, .zxid = pzxid, .number = number});
    }
    // ZooKeeper sets both only when the counter gets larger, which the largest cannot.
    const bool counts = number != last_number;
    siblings.remember(counts ? number + 1 : number, counts ? at.zxid : pzxid);
    enter_index(node, nullptr);
    count_node(node, true);
    count_quota_of_new(node);
    return node;
}

// Makes a node, and changes nothing if there is no memory for it. There is room for it in the journal afterwards.
znode& data_tree::put_below(znode& parent, std::string_view name, std::optional<std::string_view> data,
                            std::span<const acl_entry> acls, lifetime life, tree_change at) {
    const acl_id list = acls_.acquire(acls);
    znode* node = nullptr;
    try {
        node = znode::make(blocks_, name, data, life);
        node->set_parent(&parent);
        node->set_birth(at.zxid, at.time); // before anything makes a history of it
        node->exchange_acl(list);
        journal_.reserve_one();
        parent.changed().children.insert(*node, seed_);
    } catch (...) {
        if (node != nullptr) {
            znode::destroy(blocks_, *node);
        }
        acls_.release(list);
        throw;
    }
    return *node;
}

void data_tree::remove(znode& node, std::int64_t zxid) {
    assert(node.child_count() == 0 && node.parent() != nullptr);
    znode& parent = *node.parent();
    const std::int32_t number = parent.created_children();
    const std::int64_t pzxid = parent.pzxid();
    count_node(node, false);
    parent.history_->children.erase(node);
    parent.history_->children.remember(number, std::max(pzxid, zxid));
    znode* const next = leave_index(node);
    count_quota_of_old(node);
    if (journal_.active()) {
        journal_.record(
            {.what = tree_journal::step::removed, .node = &node, .next = next, .zxid = pzxid, .number = number});
    } else {
        discard(node);
    }
}

void data_tree::set_data(znode& node, std::optional<std::string_view> data, tree_change at) {
    const auto before = static_cast<std::int64_t>(node.data_length());
    replace_data(node, data);
    znode::history& now = node.changed();
    now.version = next_version(now.version);
    now.mzxid = at.zxid;
    now.mtime = at.time;
    if (totals_.quotas != 0) {
        count_quota(path_of(node), 0, node.data_length() - before);
    }
}

void data_tree::set_acl(znode& node, std::span<const acl_entry> acls) {
    znode::history& now = node.changed();
    const acl_id list = acls_.acquire(acls);
    if (journal_.active()) {
        journal_.record({.what = tree_journal::step::changed_acl,
                         .node = &node,
                         .number = node.aversion(),
                         .list = node.exchange_acl(list)});
    } else {
        acls_.release(node.exchange_acl(list));
    }
    now.aversion = next_version(now.aversion);
}

void data_tree::resume_counter(znode& node, std::int32_t created_children) {
    assert(!journal_.active());
    if (created_children <= node.created_children()) {
        return;
    }
    const std::int64_t pzxid = node.pzxid();
    node.changed().children.remember(created_children, pzxid);
}

// Everything but version, zxid and time, which a quota's statistics must not change.
void data_tree::replace_data(znode& node, std::optional<std::string_view> data) {
    totals_.bytes += length_of(data) - static_cast<std::size_t>(node.data_length());
    if (!journal_.active()) {
        node.put_data(data);
        return;
    }
    tree_journal::entry before{.what = tree_journal::step::changed_data,
                               .node = &node,
                               .zxid = node.mzxid(),
                               .time = node.mtime(),
                               .number = node.version()};
    before.data = node.exchange_data(node_data{data});
    journal_.record(std::move(before));
}

void data_tree::count_node(znode& node, bool added) noexcept {
    const std::size_t bytes = count_below(node, added) + static_cast<std::size_t>(node.data_length());
    totals_.nodes += added ? 1 : -std::size_t{1};
    totals_.bytes += added ? bytes : -bytes;
}

// Counts a node, which is not the root, as a descendant of those above it; returns the length of its path, since it is
// there.
std::size_t data_tree::count_below(znode& node, bool added) noexcept {
    std::size_t length = 1 + node.name().size();
    for (znode* at = node.parent(); at != nullptr;) {
        znode::history& above = *at->history_; // it has children
        above.descendants += added ? 1 : -std::size_t{1};
        length += above.parent == nullptr ? 0 : 1 + at->name().size();
        at = above.parent;
    }
    return length;
}

void data_tree::enter_index(znode& node, znode* before) {
    if (node.is_ephemeral()) {
        ephemerals_.insert(node, before);
    } else if (node.kind() != node_kind::persistent) {
        mortals_.insert(before == nullptr ? mortals_.end() : node_links::s_iterator_to(before->link()), node.link());
    }
}

// Returns the node behind it.
znode* data_tree::leave_index(znode& node) noexcept {
    if (node.is_ephemeral()) {
        return ephemerals_.erase(node);
    }
    if (node.kind() == node_kind::persistent) {
        return nullptr;
    }
    const auto next = mortals_.erase(node_links::s_iterator_to(node.link()));
    return next == mortals_.end() ? nullptr : &znode::of(*next);
}

// The end of a node that is not in the tree any more.
void data_tree::discard(znode& node) noexcept {
    acls_.release(node.acl());
    znode::destroy(blocks_, node);
}

// --- All or nothing

void data_tree::begin() {
    assert(!journal_.active());
    totals_before_ = totals_;
    journal_.begin();
}

void data_tree::commit() noexcept {
    for (tree_journal::entry& done : journal_.end()) {
        if (done.what == tree_journal::step::removed) {
            discard(*done.node);
        } else if (done.what == tree_journal::step::changed_acl) {
            acls_.release(done.list);
        }
    }
}

void data_tree::rollback() noexcept {
    std::vector<tree_journal::entry> entries = journal_.end();
    for (tree_journal::entry& done : entries | std::views::reverse) {
        undo(done);
    }
    totals_ = totals_before_;
}

void data_tree::undo(tree_journal::entry& done) noexcept {
    znode& node = *done.node;
    switch (done.what) {
    case tree_journal::step::created:
        static_cast<void>(count_below(node, false));
        node.parent()->history_->children.erase(node);
        restore_counter(*node.parent(), done);
        leave_index(node);
        discard(node);
        break;
    case tree_journal::step::removed:
        node.parent()->changed().children.insert(node, seed_);
        restore_counter(*node.parent(), done);
        static_cast<void>(count_below(node, true));
        enter_index(node, done.next);
        break;
    case tree_journal::step::changed_data:
        (void)node.exchange_data(std::move(done.data));
        node.changed().mzxid = done.zxid;
        node.changed().mtime = done.time;
        node.changed().version = done.number;
        node.forget_nothing();
        break;
    case tree_journal::step::changed_acl:
        acls_.release(node.exchange_acl(done.list));
        node.changed().aversion = done.number;
        node.forget_nothing();
        break;
    }
}

void data_tree::restore_counter(znode& parent, const tree_journal::entry& done) noexcept {
    child_set& children = parent.history_->children;
    if (done.number == 0 && children.size() == 0) { // never had any
        children.forget();
        parent.forget_nothing();
    } else {
        children.remember(done.number, done.zxid);
    }
}

// --- Ephemerals, reaping

std::vector<std::string> data_tree::ephemerals_of(std::int64_t session) const {
    std::vector<std::string> paths;
    ephemerals_.for_each(session, [&](const node_link& link) { paths.push_back(path_of(znode::of(link))); });
    return paths;
}

bool data_tree::is_reapable(const znode& node, server_time now) noexcept {
    if (node.child_count() != 0) {
        return false;
    }
    switch (node.kind()) {
    case node_kind::container:
        return node.created_children() > 0; // one that was just made waits for its first child
    case node_kind::ttl:
        return (now - node.mtime()).count() > node.life().value;
    default:
        return false;
    }
}

std::vector<std::string> data_tree::reapable(server_time now, std::size_t limit) const {
    std::vector<std::string> paths;
    for (const node_link& link : mortals_) {
        if (paths.size() == limit) {
            break;
        }
        if (const znode& node = znode::of(link); is_reapable(node, now)) {
            paths.push_back(path_of(node));
        }
    }
    return paths;
}

} // namespace zooid::server
