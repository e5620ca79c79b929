#pragma once

#include "simulation/client_world.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace zooid::testing {

/// What a program believes about nodes that it follows by watches: it reads and watches, and reads again when told of a
/// change. When all is quiet its belief has to be the truth.
class mirror {
public:
    virtual ~mirror() = default;
    mirror(const mirror&) = delete;
    mirror& operator=(const mirror&) = delete;

    /// Begins to follow.
    virtual void follow() = 0;
    /// What differs from the server's nodes; empty if nothing does.
    [[nodiscard]] virtual std::string difference(const scripted_server& truth) const = 0;
    /// True once it has given up, which it does when the client is closed.
    [[nodiscard]] virtual bool ended() const = 0;

protected:
    mirror() = default;
};

/// One node, followed by a coroutine with one-shot subscriptions.
[[nodiscard]] std::unique_ptr<mirror> follow_by_subscription(client_world& world, const client& zk,
                                                             const std::string& path);
/// One node, followed by one-shot callbacks.
[[nodiscard]] std::unique_ptr<mirror> follow_by_callback(const client& zk, const std::string& path);
/// The children of a node and their data, followed by one recursive watch.
[[nodiscard]] std::unique_ptr<mirror> follow_tree(client_world& world, const client& zk, const std::string& root);

} // namespace zooid::testing
