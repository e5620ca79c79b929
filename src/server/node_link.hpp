#pragma once

#include <boost/intrusive/list.hpp>

#include <cstdint>

namespace zooid::server {

/// What only nodes that do not live for ever need: their place in an index, and the session or time they depend on. Lies in
/// memory right before such a node.
struct node_link : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
    std::int64_t value = 0; ///< session id of an ephemeral, milliseconds of a TTL node, else 0
};

/// Nodes that do not live for ever, in the order in which they came; they are owned by the tree.
using node_links = boost::intrusive::list<node_link, boost::intrusive::constant_time_size<false>>;

} // namespace zooid::server
