#pragma once

#include <zooid/error.hpp>
#include <zooid/types.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::testing {

/// The nodes of a scripted server. Every change names what watches may see of it.
class scripted_tree {
public:
    struct node {
        std::optional<std::string> data;
        zooid::stat stat;
        std::int32_t next_sequence = 0;
        std::set<std::string> children;

        [[nodiscard]] std::optional<std::string_view> data_view() const {
            return data ? std::optional<std::string_view>{*data} : std::nullopt;
        }
    };
    enum class event : std::int32_t { created = 1, deleted = 2, data_changed = 3, children_changed = 4 };
    struct change {
        event what;
        std::string path;
    };
    /// Who changes something, in which transaction, and when.
    struct author {
        std::int64_t session;
        std::int64_t zxid;
        server_time now;
    };

    /// Just the root.
    scripted_tree() { nodes_["/"]; }

    /// Creates a node and completes `path` if the mode is sequential.
    [[nodiscard]] errc create(std::string& path, std::optional<std::string_view> data, create_mode mode,
                              const author& by);
    [[nodiscard]] errc remove(std::string_view path, std::int32_t version, const author& by);
    [[nodiscard]] errc set(std::string_view path, std::optional<std::string_view> data, std::int32_t version,
                           const author& by);
    [[nodiscard]] errc check(std::string_view path, std::int32_t version) const;
    void remove_ephemerals(const author& by);

    /// Null if there is no such node.
    [[nodiscard]] const node* find(std::string_view path) const;
    /// What has changed since the last time.
    [[nodiscard]] std::vector<change> take_changes() { return std::exchange(changes_, {}); }

private:
    std::map<std::string, node, std::less<>> nodes_;
    std::vector<change> changes_;
};

} // namespace zooid::testing
