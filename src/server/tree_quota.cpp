// The part of data_tree that keeps quotas. The nodes below /zookeeper/quota are the index: the quota of a path is found by
// walking down there along it. While no quota is in force all this costs one comparison.

#include "server/data_tree.hpp"

#include <algorithm>

namespace zooid::server {
namespace {

constexpr std::string_view quota_root_path = "/zookeeper/quota";

// Clients may have written any numbers; as in Java, they wrap.
std::int64_t sum_of(std::int64_t a, std::int64_t b) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Which limit a sum exceeds; the soft one counts only where there is no hard one.
quota_answer compare(std::int64_t sum, std::int64_t soft_limit, std::int64_t hard_limit) noexcept {
    const bool is_hard = hard_limit > -1;
    if (sum <= (is_hard ? hard_limit : soft_limit)) {
        return quota_answer::within;
    }
    return is_hard ? quota_answer::hard : quota_answer::soft;
}

} // namespace

bool data_tree::is_below_quota_root(const znode& node) const noexcept {
    const znode* at = node.parent();
    while (at != nullptr && at != quota_root_) {
        at = at->parent();
    }
    return at != nullptr;
}

// ZooKeeper keeps no quota on the root, whose limits would be right in /zookeeper/quota.
bool data_tree::is_limits_node(const znode& node) const noexcept {
    return node.name() == quota_limits_name && node.parent() != quota_root_ && is_below_quota_root(node);
}

data_tree::quota_place data_tree::quota_of(std::string_view path) const noexcept {
    quota_place deepest;
    if (totals_.quotas == 0 || path.size() < 2) {
        return deepest;
    }
    const znode* at = quota_root_;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        at = at->child(path.substr(begin, end - begin));
        if (at == nullptr) {
            break;
        }
        if (at->child(quota_limits_name) != nullptr) {
            deepest = {at, end};
        }
        begin = end + 1;
    }
    return deepest;
}

std::optional<quota_numbers> data_tree::quota_text(const znode& place, std::string_view name) noexcept {
    const znode* const node = place.child(name);
    return node == nullptr || !node->data() ? std::nullopt : parse_quota(*node->data());
}

quota_verdict data_tree::check_quota(std::string_view path, std::int64_t nodes, std::int64_t bytes) const noexcept {
    const quota_place place = quota_of(path);
    if (place.at == nullptr) {
        return {};
    }
    const std::optional<quota_numbers> limits = quota_text(*place.at, quota_limits_name);
    const std::optional<quota_numbers> used = quota_text(*place.at, quota_stats_name);
    if (!limits || !used) {
        return {};
    }
    quota_answer answer = quota_answer::within;
    if (nodes != 0 && (limits->count > -1 || limits->count_hard_limit > -1)) {
        answer = compare(sum_of(used->count, nodes), limits->count, limits->count_hard_limit);
    }
    if (bytes != 0 && (limits->bytes > -1 || limits->byte_hard_limit > -1)) {
        answer = std::max(answer, compare(sum_of(used->bytes, bytes), limits->bytes, limits->byte_hard_limit));
    }
    return answer == quota_answer::within ? quota_verdict{} : quota_verdict{answer, path.substr(0, place.length)};
}

quota_verdict data_tree::check_create(std::string_view path, std::size_t data_length) const noexcept {
    return check_quota(path, 1, static_cast<std::int64_t>(data_length));
}

quota_verdict data_tree::check_set_data(std::string_view path, std::size_t before, std::size_t after) const noexcept {
    return check_quota(path, 0, static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before));
}

void data_tree::count_quota(std::string_view path, std::int64_t nodes, std::int64_t bytes) {
    const quota_place place = quota_of(path);
    if (place.at == nullptr) {
        return;
    }
    if (const std::optional<quota_numbers> used = quota_text(*place.at, quota_stats_name)) {
        znode* const stats = place.at->child(quota_stats_name);
        replace_data(*stats, format_quota_stats(sum_of(used->count, nodes), sum_of(used->bytes, bytes)));
    }
}

// Called when the node is in the tree. In ZooKeeper's order: a quota that a node brings into force counts it already.
void data_tree::count_quota_of_new(znode& node) {
    if (node.name() == quota_stats_name && is_below_quota_root(node)) {
        recount_quota(node);
    } else if (is_limits_node(node)) {
        ++totals_.quotas;
    }
    if (totals_.quotas != 0) {
        count_quota(path_of(node), 1, node.data_length());
    }
}

// Called when the node is out of the tree, but still knows where it was.
void data_tree::count_quota_of_old(const znode& node) {
    if (totals_.quotas != 0 && is_limits_node(node)) {
        --totals_.quotas;
    }
    if (totals_.quotas != 0) {
        count_quota(path_of(node), -1, -std::int64_t{node.data_length()});
    }
}

// Fills a new stats node in.
void data_tree::recount_quota(znode& stats) {
    const std::string place = path_of(*stats.parent());
    const znode* const top = find(std::string_view{place}.substr(quota_root_path.size()));
    std::int64_t nodes = 0;
    std::int64_t bytes = 0;
    if (top != nullptr) {
        for_each_from(*top, [&](const znode& node) {
            ++nodes;
            bytes += node.data_length();
        });
    }
    replace_data(stats, format_quota_stats(nodes, bytes));
}

} // namespace zooid::server
