#include "server/acl_table.hpp"

#include "server/sparse_table.hpp"

#include <boost/container_hash/hash.hpp>

#include <algorithm>

namespace zooid::server {
namespace {

std::size_t hash_of(std::uint64_t seed, std::span<const acl_entry> list) noexcept {
    std::size_t hash = seed;
    for (const acl_entry& entry : list) {
        boost::hash_combine(hash, entry.permissions);
        boost::hash_combine(hash, entry.scheme);
        boost::hash_combine(hash, entry.id);
    }
    return hash;
}

} // namespace

acl_table::acl_table(std::uint64_t seed) : seed_(seed), found_(0, slot_hash{&slots_}, slot_equal{&slots_}) {
    slots_.push_back({open_acl(), 0, 0});
}

bool acl_table::slot_equal::operator()(const wanted& w, acl_id id) const noexcept {
    return std::ranges::equal(w.list, (*slots)[index(id)].list);
}

acl_id acl_table::acquire(std::span<const acl_entry> list) {
    if (std::ranges::equal(list, slots_[index(open_acl_id)].list)) {
        return open_acl_id;
    }
    const wanted w{list, hash_of(seed_, list)};
    if (const auto at = found_.find(w); at != found_.end()) {
        ++slots_[index(*at)].uses;
        return *at;
    }
    acl copy{list.begin(), list.end()}; // first: it may be a view of what moves
    const acl_id id = free_slot();
    slots_[index(id)] = {std::move(copy), 1, w.hash};
    found_.insert(id);
    return id;
}

acl_id acl_table::free_slot() {
    while (!free_.empty()) {
        const acl_id id = free_.back();
        free_.pop_back();
        if (index(id) < slots_.size()) {
            return id;
        }
        --stale_;
    }
    slots_.emplace_back(); // whose id is not in the list of unused ones, which is empty
    return static_cast<acl_id>(slots_.size() - 1);
}

void acl_table::release(acl_id id) noexcept {
    if (id == open_acl_id || --slots_[index(id)].uses != 0) {
        return;
    }
    found_.erase(id);
    shrink_if_sparse(found_);
    slots_[index(id)].list = {};
    free_.push_back(id);
    trim();
}

// Takes what is unused off the end. Each slot goes once, and so does its id, with many others.
void acl_table::trim() noexcept {
    while (slots_.size() > 1 && slots_.back().uses == 0) {
        slots_.pop_back();
        ++stale_;
    }
    shrink_if_sparse(slots_);
    if (stale_ > free_.size() / 2) {
        std::erase_if(free_, [this](acl_id id) { return index(id) >= slots_.size(); });
        stale_ = 0;
        shrink_if_sparse(free_);
    }
}

} // namespace zooid::server
