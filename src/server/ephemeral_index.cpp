#include "server/ephemeral_index.hpp"

#include "server/node.hpp"
#include "server/sparse_table.hpp"

namespace zooid::server {

void ephemeral_index::insert(znode& node, znode* before) {
    node_links& links = sessions_[node.link().value];
    links.insert(before == nullptr ? links.end() : node_links::s_iterator_to(before->link()), node.link());
    ++size_;
}

znode* ephemeral_index::erase(znode& node) noexcept {
    const auto session = sessions_.find(node.link().value);
    node_links& links = session->second;
    const auto next = links.erase(node_links::s_iterator_to(node.link()));
    znode* const behind = next == links.end() ? nullptr : &znode::of(*next);
    if (links.empty()) {
        sessions_.erase(session);
        shrink_if_sparse(sessions_);
    }
    --size_;
    return behind;
}

znode* ephemeral_index::first(std::int64_t session) noexcept {
    const auto at = sessions_.find(session);
    return at == sessions_.end() ? nullptr : &znode::of(at->second.front());
}

std::size_t ephemeral_index::count(std::int64_t session) const noexcept {
    const auto at = sessions_.find(session);
    return at == sessions_.end() ? 0 : at->second.size();
}

std::vector<std::int64_t> ephemeral_index::sessions() const {
    std::vector<std::int64_t> ids;
    ids.reserve(sessions_.size());
    for (const auto& [id, links] : sessions_) {
        ids.push_back(id);
    }
    return ids;
}

} // namespace zooid::server
