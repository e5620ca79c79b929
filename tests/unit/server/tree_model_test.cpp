// A tree against a model that is too simple to be wrong: a map from paths to nodes, which is copied to be rolled back to.

#include "unit/server/tree_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::server {
namespace {

using strings = std::vector<std::string>;

struct model_node {
    std::optional<std::string> data = "";
    acl acls = open_acl();
    lifetime life;
    stat base; // all but what is computed
    std::int32_t created = 0;
    std::uint64_t age = 0; // order of creation
};

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string child_of(const std::string& parent, const std::string& name) {
    return parent == "/" ? "/" + name : parent + "/" + name;
}

bool is_at_or_below(std::string_view path, std::string_view top) {
    return path == top || top == "/" || (path.starts_with(top) && path.substr(top.size()).starts_with('/'));
}

struct model {
    std::map<std::string, model_node> nodes;
    std::uint64_t ages = 0;

    model() {
        for (const char* const path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
            nodes[path];
        }
        nodes["/zookeeper/config"].acls = read_acl();
        nodes["/zookeeper/config"].base.aversion = -1;
    }

    [[nodiscard]] strings children(const std::string& path) const {
        strings names;
        for (const auto& [other, node] : nodes) {
            if (other != "/" && parent_of(other) == path) {
                names.push_back(other.substr(other.rfind('/') + 1));
            }
        }
        return names; // sorted, since the paths are
    }

    [[nodiscard]] stat stat_of(const std::string& path) const {
        const model_node& node = nodes.at(path);
        stat s = node.base;
        s.num_children = static_cast<std::int32_t>(children(path).size());
        s.cversion = static_cast<std::int32_t>(std::int64_t{2} * node.created - s.num_children);
        s.data_length = node.data ? static_cast<std::int32_t>(node.data->size()) : 0;
        s.ephemeral_owner = node.life.kind == node_kind::ephemeral ? node.life.value : 0;
        return s;
    }

    /// The path that the quota in force for a path is on, or nothing.
    [[nodiscard]] std::string quota_of(std::string path) const {
        for (; path != "/"; path = parent_of(path)) {
            if (nodes.contains("/zookeeper/quota" + path + "/zookeeper_limits")) {
                return path;
            }
        }
        return "";
    }

    void count_quota(const std::string& path, std::int64_t count, std::int64_t bytes) {
        const std::string at = quota_of(path);
        const auto stats = nodes.find("/zookeeper/quota" + at + "/zookeeper_stats");
        if (at.empty() || stats == nodes.end()) {
            return;
        }
        if (const auto used = parse_quota(stats->second.data.value_or("null"))) {
            stats->second.data = format_quota_stats(used->count + count, used->bytes + bytes);
        }
    }

    [[nodiscard]] std::int64_t bytes_of(const std::string& path) const {
        return static_cast<std::int64_t>(nodes.at(path).data.value_or("").size());
    }

    void create(const std::string& path, model_node node, tree_change at) {
        model_node& parent = nodes.at(parent_of(path));
        ++parent.created;
        parent.base.pzxid = at.zxid;
        node.base = {.czxid = at.zxid, .mzxid = at.zxid, .ctime = at.time, .mtime = at.time, .pzxid = at.zxid};
        node.age = ++ages;
        nodes[path] = std::move(node);
        if (is_at_or_below(path, "/zookeeper/quota") && path.ends_with("/zookeeper_stats")) {
            const std::string on = parent_of(path).substr(std::string_view{"/zookeeper/quota"}.size());
            std::int64_t count = 0;
            std::int64_t bytes = 0;
            for (const auto& [other, below] : nodes) {
                if (is_at_or_below(other, on.empty() ? "/" : on)) {
                    ++count;
                    bytes += bytes_of(other);
                }
            }
            nodes.at(path).data = format_quota_stats(count, bytes);
        }
        count_quota(path, 1, bytes_of(path));
    }

    void remove(const std::string& path, std::int64_t zxid) {
        const std::int64_t bytes = bytes_of(path);
        nodes.erase(path);
        nodes.at(parent_of(path)).base.pzxid = zxid;
        count_quota(path, -1, -bytes);
    }

    void set_data(const std::string& path, std::optional<std::string> data, tree_change at) {
        const std::int64_t before = bytes_of(path);
        model_node& node = nodes.at(path);
        node.data = std::move(data);
        ++node.base.version;
        node.base.mzxid = at.zxid;
        node.base.mtime = at.time;
        count_quota(path, 0, bytes_of(path) - before);
    }

    /// Paths that meet a condition, oldest first.
    template <class Condition>
    [[nodiscard]] strings oldest_first(Condition&& meets) const {
        std::map<std::uint64_t, std::string> found;
        for (const auto& [path, node] : nodes) {
            if (meets(path, node)) {
                found[node.age] = path;
            }
        }
        strings paths;
        for (const auto& [age, path] : found) {
            paths.push_back(path);
        }
        return paths;
    }

    [[nodiscard]] strings reapable(server_time now) const {
        return oldest_first([&](const std::string& path, const model_node& node) {
            const bool old = (now - node.base.mtime).count() > node.life.value;
            return children(path).empty() && ((node.life.kind == node_kind::container && node.created > 0) ||
                                              (node.life.kind == node_kind::ttl && old));
        });
    }
};

class random_run {
public:
    explicit random_run(unsigned seed) : chance_(seed) {}

    void step() {
        const int dice = below(100);
        if (dice < 40) {
            create();
        } else if (dice < 60) {
            remove();
        } else if (dice < 80) {
            set_data();
        } else if (dice < 87) {
            set_acl();
        } else if (dice < 90) {
            resume_counter();
        } else if (dice < 92) {
            end_session();
        } else {
            switch_transaction();
        }
    }

    void finish() {
        if (tree_.in_transaction()) {
            switch_transaction();
        }
    }

    void expect_equal() const {
        std::size_t bytes = 0;
        std::map<std::int64_t, int> sessions;
        std::map<acl_id, std::size_t> lists;
        std::map<std::string, std::size_t> descendants;
        std::size_t quotas = 0;
        for (const auto& [path, expected] : model_.nodes) {
            const znode* const node = tree_.find(path);
            ASSERT_NE(node, nullptr) << path;
            expect_equal(path, expected, *node);
            bytes += path.size() + expected.data.value_or("").size();
            sessions[expected.life.value] += expected.life.kind == node_kind::ephemeral ? 1 : 0;
            ++lists[node->acl()];
            descendants.try_emplace(path);
            for (std::size_t end = path.rfind('/'); path != "/" && end != std::string::npos;
                 end = end == 0 ? end - 1 : path.rfind('/', end - 1)) {
                ++descendants[end == 0 ? "/" : path.substr(0, end)];
            }
            if (path.starts_with("/zookeeper/quota/") && path.ends_with("/zookeeper_limits") &&
                path != "/zookeeper/quota/zookeeper_limits") {
                ++quotas;
            }
        }
        for (const auto& [path, below] : descendants) {
            EXPECT_EQ(tree_.find(path)->descendants(), below) << path;
        }
        EXPECT_EQ(tree_.node_count(), model_.nodes.size() + 1);
        EXPECT_EQ(tree_.root().descendants(), model_.nodes.size() - 1);
        EXPECT_EQ(tree_.data_size(), bytes);
        EXPECT_EQ(tree_.quota_count(), quotas);
        expect_equal_sessions(sessions);
        EXPECT_EQ(tree_.reapable(now(), 1'000'000), model_.reapable(now()));
        if (!tree_.in_transaction()) {
            lists.try_emplace(open_acl_id);
            EXPECT_EQ(tree_.acls().size(), lists.size());
            for (const auto& [id, uses] : lists) {
                EXPECT_EQ(tree_.acls().uses(id), id == open_acl_id ? 0 : uses);
            }
        }
    }

private:
    int below(int limit) { return std::uniform_int_distribution<int>{0, limit - 1}(chance_); }
    bool one_in(int n) { return below(n) == 0; }
    [[nodiscard]] server_time now() const { return at_ms(10 * zxid_); }
    tree_change next() {
        ++zxid_;
        return {zxid_, now()};
    }

    /// Any path of the model.
    std::string some_path() {
        return std::next(model_.nodes.begin(), below(static_cast<int>(model_.nodes.size())))->first;
    }

    std::optional<std::string> some_data() {
        if (one_in(8)) {
            return std::nullopt;
        }
        return std::string(static_cast<std::size_t>(one_in(4) ? below(200) : below(12)),
                           static_cast<char>('a' + below(26)));
    }

    acl some_acl() {
        if (one_in(2)) {
            return open_acl();
        }
        return {{below(32), "digest", "user" + std::to_string(below(3))}};
    }

    lifetime some_life() {
        switch (below(6)) {
        case 0:
            return lifetime::of_session(below(4));
        case 1:
            return lifetime::container();
        case 2:
            return lifetime::of_ttl(std::chrono::milliseconds{1 + below(500)});
        default:
            return {};
        }
    }

    std::string some_name() {
        static const char* const special[] = {"a", "b", "zookeeper_limits", "zookeeper_stats", "zookeeper", "quota"};
        return one_in(3) ? "n" + std::to_string(below(40)) : special[below(6)];
    }

    void create() {
        std::string parent = some_path();
        if (one_in(3)) {
            parent = one_in(2) ? "/" : "/zookeeper/quota";
        }
        const std::string path = child_of(parent, some_name());
        if (model_.nodes.at(parent).life.kind == node_kind::ephemeral || model_.nodes.contains(path)) {
            return;
        }
        model_node node{.data = some_data(), .acls = some_acl(), .life = some_life(), .base = {}};
        const tree_change at = next();
        const tree_place place = tree_.place_of(path);
        const znode& made = tree_.create(*place.parent, place.name, node.data, node.acls, node.life, at);
        EXPECT_EQ(&made, tree_.find(path));
        model_.create(path, std::move(node), at);
    }

    void remove() {
        const std::string path = some_path();
        if (data_tree::is_system_path(path) || !model_.children(path).empty()) {
            return;
        }
        const tree_change at = next();
        tree_.remove(*tree_.find(path), at.zxid);
        model_.remove(path, at.zxid);
    }

    void set_data() {
        const std::string path = some_path();
        std::optional<std::string> data = some_data();
        if (path.ends_with("zookeeper_stats") && one_in(2)) {
            data = format_quota_stats(below(100), below(1'000));
        }
        const tree_change at = next();
        tree_.set_data(*tree_.find(path), data, at);
        model_.set_data(path, std::move(data), at);
    }

    void set_acl() {
        const std::string path = some_path();
        const acl list = some_acl();
        tree_.set_acl(*tree_.find(path), list);
        model_.nodes.at(path).acls = list;
        ++model_.nodes.at(path).base.aversion;
    }

    void resume_counter() {
        if (tree_.in_transaction()) {
            return;
        }
        const std::string path = some_path();
        const std::int32_t number = below(1'000);
        tree_.resume_counter(*tree_.find(path), number);
        model_.nodes.at(path).created = std::max(model_.nodes.at(path).created, number);
    }

    void end_session() {
        const std::int64_t session = below(4);
        const tree_change at = next();
        while (znode* const node = tree_.first_ephemeral(session)) {
            const std::string path = tree_.path_of(*node);
            tree_.remove(*node, at.zxid);
            model_.remove(path, at.zxid);
        }
    }

    void switch_transaction() {
        if (!tree_.in_transaction()) {
            before_ = model_;
            tree_.begin();
        } else if (one_in(3)) {
            tree_.commit();
        } else {
            tree_.rollback();
            model_ = before_;
        }
    }

    void expect_equal(const std::string& path, const model_node& expected, const znode& node) const {
        EXPECT_EQ(node.stat(), model_.stat_of(path)) << path;
        EXPECT_EQ(node.data(), expected.data) << path;
        EXPECT_EQ(tree_.acl_of(node), expected.acls) << path;
        EXPECT_EQ(node.life(), expected.life) << path;
        EXPECT_EQ(node.created_children(), expected.created) << path;
        EXPECT_EQ(tree_.path_of(node), path);
        strings names;
        node.for_each_child([&](const znode& child) {
            names.emplace_back(child.name());
            EXPECT_EQ(child.parent(), &node);
        });
        std::ranges::sort(names);
        EXPECT_EQ(names, model_.children(path)) << path;
    }

    void expect_equal_sessions(const std::map<std::int64_t, int>& sessions) const {
        std::size_t owners = 0;
        std::size_t owned = 0;
        for (const auto& [session, count] : sessions) {
            const std::int64_t id = session;
            EXPECT_EQ(tree_.ephemerals_of(id), model_.oldest_first([id](const std::string&, const model_node& node) {
                return node.life == lifetime::of_session(id);
            }));
            owners += count == 0 ? 0 : 1;
            owned += static_cast<std::size_t>(count);
        }
        EXPECT_EQ(tree_.ephemeral_count(), owned);
        EXPECT_EQ(tree_.ephemeral_session_count(), owners);
        EXPECT_EQ(tree_.ephemeral_sessions().size(), owners);
    }

    std::mt19937 chance_;
    std::int64_t zxid_ = 0;
    data_tree tree_{17};
    model model_;
    model before_;
};

TEST(tree_model, agrees_with_the_tree_whatever_happens) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        random_run run{seed};
        for (int i = 0; i < 300; ++i) {
            run.step();
            if (i % 10 == 0) {
                run.expect_equal();
            }
            if (::testing::Test::HasFailure()) {
                FAIL() << "after " << i + 1 << " steps";
            }
        }
        run.finish();
        run.expect_equal();
    }
}

} // namespace
} // namespace zooid::server
