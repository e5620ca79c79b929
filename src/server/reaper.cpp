#include "server/error_number.hpp"
#include "server/requests.hpp"
#include "server/write_operations.hpp"

#include <string>
#include <vector>

namespace zooid::server {

void reap(server_state& state, moment at) {
    if (state.read_only) {
        return;
    }
    const std::vector<std::string> paths = state.tree.reapable(at.wall, state.config.max_reaped);
    for (const std::string& path : paths) {
        const znode* const node = state.tree.find(path);
        if (node != nullptr && data_tree::is_reapable(*node, at.wall)) {
            // Can only fail for a node that is not to be removed after all; ZooKeeper is silent about that too.
            static_cast<void>(delete_node({state, nullptr, state.next_change(at)}, path, -1));
        }
    }
    if (!paths.empty()) {
        state.log(log_level::info, "removed " + std::to_string(paths.size()) + " containers and TTL nodes");
    }
}

} // namespace zooid::server
