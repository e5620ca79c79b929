#pragma once

#include <zooid/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace zooid::cli {

/// A node of a subtree that was read.
struct tree_node {
    std::string path;
    zooid::stat stat{};
    std::string data;                  ///< if asked for
    error_code error;                  ///< why it could not be read, e.g. `no_auth`
    std::size_t depth = 0;             ///< below the root of the subtree
    std::vector<std::size_t> children; ///< indexes of the children that were read, sorted by name
};

/// What to read of a subtree.
struct subtree_options {
    std::size_t depth = std::numeric_limits<std::size_t>::max(); ///< levels below the root
    bool data = false;
};

/// Reads a node and its descendants, level by level with many requests in flight. The root comes first. Nodes that
/// vanish meanwhile are left out; the tree is no snapshot of one moment. Throws `boost::system::system_error` when the
/// root cannot be read or the connection fails.
[[nodiscard]] asio::awaitable<std::vector<tree_node>> read_subtree(client zk, std::string path,
                                                                   subtree_options options);

/// The indexes of all nodes, parents before children, siblings by name.
[[nodiscard]] std::vector<std::size_t> in_order(const std::vector<tree_node>& tree);

} // namespace zooid::cli
