#include "simulation/client_mirrors.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <utility>

namespace zooid::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr read_options in_time{.timeout = 8s};
constexpr auto pause_after_failure = 50ms;

void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

/// A node's data, or nothing where there is no node.
using belief = std::optional<std::string>;

std::string text_of(const belief& b) { return b ? '"' + *b + '"' : "missing"; }

std::string compare(const std::string& path, const belief& believed, const scripted_server& truth) {
    const belief is = truth.has(path) ? belief{truth.data(path)} : std::nullopt;
    return believed == is ? std::string{} : path + " is " + text_of(is) + ", believed " + text_of(believed) + "; ";
}

class subscribed_node final : public mirror {
public:
    subscribed_node(client_world& world, client zk, std::string path)
        : world_(world), zk_(std::move(zk)), path_(std::move(path)) {}

    void follow() override { asio::co_spawn(world_.sim.executor(), run(), rethrow); }
    [[nodiscard]] std::string difference(const scripted_server& truth) const override {
        return compare(path_, belief_, truth);
    }
    [[nodiscard]] bool ended() const override { return ended_; }

private:
    /// Reads, and leaves the subscription in `changes`.
    asio::awaitable<error_code> read(watch& changes) {
        auto [ec, found] = co_await zk_.async_get_and_watch(path_, in_time, awaited);
        if (!ec) {
            belief_ = found.data;
            changes = std::move(found.watch);
        }
        if (ec != errc::no_node) {
            co_return ec;
        }
        auto [ec2, looked] = co_await zk_.async_exists_and_watch(path_, in_time, awaited);
        if (!ec2) {
            if (!looked.stat) {
                belief_.reset();
            }
            changes = std::move(looked.watch);
        }
        // A node that has come meanwhile is to be read, at once.
        co_return !ec2 && looked.stat ? error_code{errc::bad_version} : ec2;
    }

    asio::awaitable<void> run() {
        for (;;) {
            watch changes;
            error_code ec = co_await read(changes);
            if (!ec) {
                auto [failure, event] = co_await changes.async_next(awaited);
                ec = failure;
            } else if (ec != errc::closed && ec != errc::bad_version) {
                auto [stopped] = co_await zk_.async_retry_wait(pause_after_failure, std::stop_token{}, awaited);
                ec = stopped;
            }
            if (ec == errc::closed || (zk_.detailed_state() == keeper_state::closed)) {
                break;
            }
        }
        ended_ = true;
    }

    client_world& world_;
    client zk_;
    std::string path_;
    belief belief_;
    bool ended_ = false;
};

class watched_node_mirror final : public mirror {
public:
    watched_node_mirror(client zk, std::string path) : zk_(std::move(zk)), path_(std::move(path)) {}

    void follow() override { read(); }
    [[nodiscard]] std::string difference(const scripted_server& truth) const override {
        return compare(path_, belief_, truth);
    }
    [[nodiscard]] bool ended() const override { return ended_; }

private:
    void read() {
        zk_.async_get(
            path_, [this](const watch_event& e) { changed(e); }, in_time,
            [this](error_code ec, const node& found) {
                if (!ec) {
                    belief_ = found.data;
                } else if (ec == errc::no_node) {
                    look();
                } else {
                    try_again(ec);
                }
            });
    }

    void look() {
        zk_.async_exists(
            path_, [this](const watch_event& e) { changed(e); }, in_time,
            [this](error_code ec, const std::optional<stat>& found) {
                if (ec) {
                    try_again(ec);
                } else if (found) {
                    read(); // whose watch is a second one, on the same node
                } else {
                    belief_.reset();
                }
            });
    }

    void changed(const watch_event& e) {
        if (zk_.detailed_state() == keeper_state::closed) {
            ended_ = true;
        } else if (e.type == event_type::deleted) {
            look();
        } else {
            read();
        }
    }

    void try_again(error_code ec) {
        if (ec == errc::closed) {
            ended_ = true;
            return;
        }
        zk_.async_retry_wait(pause_after_failure, std::stop_token{}, [this](error_code stopped) {
            if (stopped) {
                ended_ = true;
            } else {
                read();
            }
        });
    }

    client zk_;
    std::string path_;
    belief belief_;
    bool ended_ = false;
};

/// Reads one thing at a time, in the order in which reading was called for.
class tree_mirror final : public mirror {
public:
    tree_mirror(client_world& world, client zk, std::string root)
        : world_(world), zk_(std::move(zk)), root_(std::move(root)) {}

    void follow() override {
        // A lasting watch does not tell what happened while there was no connection.
        zk_.add_listener([this](const state_change& c) {
            stale_ = stale_ || c.state == session_state::connected;
            wake();
        });
        asio::co_spawn(world_.sim.executor(), run(), rethrow);
    }

    [[nodiscard]] std::string difference(const scripted_server& truth) const override {
        std::string all;
        for (const auto& name : truth.children(root_)) {
            const auto found = beliefs_.find(root_ + '/' + name);
            all += compare(root_ + '/' + name, found == beliefs_.end() ? std::nullopt : belief{found->second}, truth);
        }
        for (const auto& [path, data] : beliefs_) {
            all += truth.has(path) ? std::string{} : path + " is missing; ";
        }
        return all;
    }
    [[nodiscard]] bool ended() const override { return ended_; }

private:
    void wake() {
        if (auto waiting = std::exchange(waiting_, nullptr)) {
            asio::post(world_.sim.executor(), std::move(waiting));
        }
    }

    void changed(const watch_event& e) {
        if (e.type == event_type::session) {
            watching_ = false;
        } else {
            changed_.push_back(e.path);
        }
        wake();
    }

    asio::awaitable<void> pause() {
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [this](auto handler) {
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                waiting_ = [shared] { std::move (*shared)(); };
            },
            asio::use_awaitable);
    }

    asio::awaitable<error_code> watch_root() {
        watch_callback on_change = [this](const watch_event& e) { changed(e); };
        auto [ec] = co_await zk_.async_add_watch(root_, watch_mode::recursive, std::move(on_change), in_time, awaited);
        if (!ec) {
            watching_ = true;
            stale_ = true;
        }
        co_return ec;
    }

    asio::awaitable<error_code> read_node(std::string path) {
        auto [ec, found] = co_await zk_.async_get(path, in_time, awaited);
        if (!ec) {
            beliefs_[path] = found.data;
        } else if (ec == errc::no_node) {
            beliefs_.erase(path);
            ec = {};
        }
        co_return ec;
    }

    asio::awaitable<error_code> read_all() {
        stale_ = false;
        auto [ec, names] = co_await zk_.async_get_children(root_, in_time, awaited);
        if (ec) {
            co_return ec;
        }
        for (auto& [path, data] : std::exchange(beliefs_, {})) {
            changed_.push_back(path);
        }
        for (const auto& name : names) {
            changed_.push_back(root_ + '/' + name);
        }
        co_return error_code{};
    }

    asio::awaitable<error_code> do_next() {
        if (!watching_) {
            co_return co_await watch_root();
        }
        if (stale_) {
            const error_code ec = co_await read_all();
            stale_ = stale_ || ec;
            co_return ec;
        }
        const std::string path = changed_.front();
        error_code ec;
        if (path != root_) {
            ec = co_await read_node(path);
        }
        if (!ec) {
            changed_.erase(changed_.begin());
        }
        co_return ec;
    }

    asio::awaitable<void> run() {
        while (zk_.detailed_state() != keeper_state::closed) {
            error_code ec;
            if (watching_ && !stale_ && changed_.empty()) {
                co_await pause();
            } else {
                ec = co_await do_next();
            }
            if (ec && ec != errc::closed) {
                auto [stopped] = co_await zk_.async_retry_wait(pause_after_failure, std::stop_token{}, awaited);
                ec = stopped;
            }
            if (ec) {
                break;
            }
        }
        ended_ = true;
    }

    client_world& world_;
    client zk_;
    std::string root_;
    std::map<std::string, std::string> beliefs_; // by path
    std::vector<std::string> changed_;           // to be read again
    bool watching_ = false;
    bool stale_ = true;
    bool ended_ = false;
    std::function<void()> waiting_;
};

} // namespace

std::unique_ptr<mirror> follow_by_subscription(client_world& world, const client& zk, const std::string& path) {
    return std::make_unique<subscribed_node>(world, zk, path);
}

std::unique_ptr<mirror> follow_by_callback(const client& zk, const std::string& path) {
    return std::make_unique<watched_node_mirror>(zk, path);
}

std::unique_ptr<mirror> follow_tree(client_world& world, const client& zk, const std::string& root) {
    return std::make_unique<tree_mirror>(world, zk, root);
}

} // namespace zooid::testing
