#include "cli/subtree.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace zooid::cli {
namespace {

constexpr std::size_t window = 256; // requests in flight

auto start_listing(client& zk, const std::string& path) {
    return zk.async_get_children_with_stat(path, asio::as_tuple(asio::deferred));
}

auto start_reading(client& zk, const std::string& path) { return zk.async_get(path, asio::as_tuple(asio::deferred)); }

/// Whether the node stays in the tree. Throws what makes going on pointless.
bool accept(tree_node& node, const error_code& ec) {
    if (!ec || node.error) {
        return true;
    }
    if (node.depth > 0 && ec == errc::no_node) {
        return false;
    }
    if (node.depth > 0 && ec == errc::no_auth) {
        node.error = ec;
        return true;
    }
    throw boost::system::system_error(ec);
}

/// Reads one level of the tree, `window` nodes at a time, and appends its children as the next one.
class level_reader {
public:
    level_reader(client& zk, std::vector<tree_node>& tree, const subtree_options& options)
        : zk_(zk), tree_(tree), options_(options) {}

    asio::awaitable<void> read(std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; i += window) {
            co_await list(i, std::min(i + window, last));
        }
        if (options_.data) {
            for (std::size_t i = first; i < last; i += window) {
                co_await read_data(i, std::min(i + window, last));
            }
        }
    }

    [[nodiscard]] const std::vector<bool>& vanished() const noexcept { return vanished_; }

private:
    asio::awaitable<void> list(std::size_t first, std::size_t last) {
        std::vector<decltype(start_listing(zk_, std::string()))> requests;
        requests.reserve(last - first);
        for (std::size_t i = first; i < last; ++i) {
            requests.push_back(start_listing(zk_, tree_[i].path));
        }
        vanished_.resize(std::max(vanished_.size(), last));
        for (std::size_t i = first; i < last; ++i) {
            auto [ec, found] = co_await std::move(requests[i - first]);
            vanished_[i] = !accept(tree_[i], ec);
            tree_[i].stat = found.stat;
            if (!ec && tree_[i].depth < options_.depth) {
                add_children(i, std::move(found.names));
            }
        }
    }

    void add_children(std::size_t parent, std::vector<std::string> names) {
        std::sort(names.begin(), names.end());
        for (const auto& name : names) {
            tree_[parent].children.push_back(tree_.size());
            tree_node child;
            child.path = join_path(tree_[parent].path, name);
            child.depth = tree_[parent].depth + 1;
            tree_.push_back(std::move(child));
        }
    }

    asio::awaitable<void> read_data(std::size_t first, std::size_t last) {
        std::vector<decltype(start_reading(zk_, std::string()))> requests;
        requests.reserve(last - first);
        for (std::size_t i = first; i < last; ++i) {
            requests.push_back(start_reading(zk_, tree_[i].path));
        }
        for (std::size_t i = first; i < last; ++i) {
            auto [ec, found] = co_await std::move(requests[i - first]);
            if (accept(tree_[i], ec)) {
                tree_[i].data = std::move(found.data);
            }
        }
    }

    client& zk_;
    std::vector<tree_node>& tree_;
    const subtree_options& options_;
    std::vector<bool> vanished_; // by index
};

} // namespace

asio::awaitable<std::vector<tree_node>> read_subtree(client zk, std::string path, subtree_options options) {
    std::vector<tree_node> tree(1);
    tree.front().path = std::move(path);
    level_reader reader(zk, tree, options);
    for (std::size_t first = 0; first < tree.size();) {
        const std::size_t last = tree.size();
        co_await reader.read(first, last);
        first = last;
    }
    for (auto& node : tree) {
        std::erase_if(node.children, [&reader](std::size_t child) { return reader.vanished()[child]; });
    }
    co_return tree;
}

std::vector<std::size_t> in_order(const std::vector<tree_node>& tree) {
    std::vector<std::size_t> order;
    std::vector<std::size_t> pending{0};
    while (!pending.empty()) {
        const std::size_t next = pending.back();
        pending.pop_back();
        order.push_back(next);
        pending.insert(pending.end(), tree[next].children.rbegin(), tree[next].children.rend());
    }
    return order;
}

} // namespace zooid::cli
