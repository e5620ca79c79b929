#include "simulation/client_world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Watches that come and go while nodes do, several on a path, in any order. Whoever has not been told of anything since
// he last read knows the truth.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

const std::array<std::string, 4> nodes{"/w", "/w/a", "/w/a/x", "/w/b"};

/// What somebody knows of nodes: their transaction ids, or nothing where there is no node.
using facts = std::map<std::string, std::optional<std::array<std::int64_t, 3>>>;

/// Somebody who watches a node.
class follower : public std::enable_shared_from_this<follower> {
public:
    follower(client zk, watch_kind kind, std::string path, std::chrono::milliseconds limit)
        : zk_(std::move(zk)), kind_(kind), path_(std::move(path)), how_{.timeout = limit} {}

    /// Begins, by subscription or by callback.
    void begin(bool subscribes) {
        switch (kind_) {
        case watch_kind::data:
        case watch_kind::child:
            read(subscribes);
            break;
        case watch_kind::exist:
            look(subscribes);
            break;
        case watch_kind::persistent:
        case watch_kind::recursive:
            add(subscribes);
            break;
        }
    }
    /// Gives a subscription up.
    void leave() {
        subscription_.reset();
        over_ = true;
    }
    /// There may have been changes that nobody tells.
    void doubt() { told_ = told_ || is_lasting(); }
    /// Reads again if there is a reason to.
    void catch_up() {
        drain();
        if (!over_ && told_ && is_lasting() && reads_ == 0) {
            read_all();
        }
    }

    [[nodiscard]] bool over() const noexcept { return over_; }
    /// True when it has something to say: it has read, and nothing has told it since that this is old.
    [[nodiscard]] bool is_sure() {
        drain();
        return !over_ && known_ && !told_ && reads_ == 0;
    }
    void check(const scripted_server& truth) const {
        for (const auto& [path, fact] : facts_) {
            EXPECT_EQ(fact, fact_of(truth.node_stat(path))) << to_string(kind_) << " on " << path_ << " about " << path;
        }
    }

private:
    [[nodiscard]] bool is_lasting() const noexcept {
        return kind_ == watch_kind::persistent || kind_ == watch_kind::recursive;
    }

    // What a watch of this kind tells of: a one-shot watch for data nothing about children, and so on.
    [[nodiscard]] std::optional<std::array<std::int64_t, 3>> fact_of(const std::optional<stat>& s) const {
        if (!s) {
            return std::nullopt;
        }
        const bool data = kind_ != watch_kind::child;
        const bool children = kind_ == watch_kind::child || kind_ == watch_kind::persistent;
        return std::array<std::int64_t, 3>{s->czxid, data ? s->mzxid : 0, children ? s->pzxid : 0};
    }
    void learn(const std::string& path, const std::optional<stat>& s) {
        facts_[path] = fact_of(s);
        known_ = true;
    }

    void tell(const watch_event& e) {
        const bool ends = e.type == event_type::session || e.type == event_type::data_watch_removed ||
                          e.type == event_type::child_watch_removed || e.type == event_type::persistent_watch_removed;
        told_ = true;
        over_ = over_ || ends || !is_lasting();
    }
    void drain() {
        while (const auto e = subscription_.try_next()) {
            tell(*e);
        }
    }
    [[nodiscard]] watch_callback teller() {
        return [self = shared_from_this()](const watch_event& e) { self->tell(e); };
    }
    void failed() { over_ = true; }

    void read(bool subscribes) {
        auto took = [self = shared_from_this()](error_code ec, const stat& s) {
            ec ? self->failed() : self->learn(self->path_, s);
        };
        if (kind_ == watch_kind::data && subscribes) {
            zk_.async_get_and_watch(path_, how_, [self = shared_from_this(), took](error_code ec, watched_node n) {
                self->subscription_ = std::move(n.watch);
                took(ec, n.stat);
            });
        } else if (kind_ == watch_kind::data) {
            zk_.async_get(path_, teller(), how_, [took](error_code ec, const node& n) { took(ec, n.stat); });
        } else {
            zk_.async_get_children_and_watch(path_, how_,
                                             [self = shared_from_this(), took](error_code ec, watched_children c) {
                                                 self->subscription_ = std::move(c.watch);
                                                 took(ec, c.stat);
                                             });
        }
    }
    void look(bool subscribes) {
        auto took = [self = shared_from_this()](error_code ec, const std::optional<stat>& s) {
            ec ? self->failed() : self->learn(self->path_, s);
        };
        if (subscribes) {
            zk_.async_exists_and_watch(path_, how_, [self = shared_from_this(), took](error_code ec, watched_stat s) {
                self->subscription_ = std::move(s.watch);
                took(ec, s.stat);
            });
        } else {
            zk_.async_exists(path_, teller(), how_, took);
        }
    }
    void add(bool subscribes) {
        const auto mode = kind_ == watch_kind::persistent ? watch_mode::persistent : watch_mode::recursive;
        auto added = [self = shared_from_this()](error_code ec) { ec ? self->failed() : self->read_all(); };
        if (subscribes) {
            zk_.async_add_watch(path_, mode, how_, [self = shared_from_this(), added](error_code ec, watch w) {
                self->subscription_ = std::move(w);
                added(ec);
            });
        } else {
            zk_.async_add_watch(path_, mode, teller(), how_, added);
        }
    }
    void read_all() {
        told_ = false;
        for (const auto& path : nodes) {
            if (path == path_ || (kind_ == watch_kind::recursive && path.starts_with(path_ + '/'))) {
                ++reads_;
                zk_.async_exists(path, [self = shared_from_this(), path](error_code ec, const std::optional<stat>& s) {
                    --self->reads_;
                    if (ec) {
                        self->told_ = true; // not known, so to be read again
                    } else {
                        self->learn(path, s);
                    }
                });
            }
        }
    }

    client zk_;
    const watch_kind kind_;
    const std::string path_;
    const read_options how_;
    watch subscription_;
    facts facts_;
    int reads_ = 0; // under way
    bool known_ = false;
    bool told_ = false;
    bool over_ = false;
};

/// A whole run from one seed.
class watch_run {
public:
    watch_run(std::uint64_t seed, watch_modes modes) : world_(seed), zk_(make_client()), chance_(seed) {
        world_.server.set_watch_modes(modes);
        link_quality slow;
        slow.min_latency = 1ms;
        slow.max_latency = 3ms;
        world_.sim.network().set_quality(slow);
        zk_.add_listener([this](const state_change& c) {
            if (c.state == session_state::connected) {
                for (const auto& f : followers_) {
                    f->doubt();
                }
            }
        });
    }

    void run() {
        world_.start(zk_);
        for (int round = 0; round < 20 && !::testing::Test::HasFailure(); ++round) {
            for (int i = 0; i < 12; ++i) {
                do_something();
                world_.run_for(std::chrono::microseconds{draw(4000)});
            }
            world_.run_for(2s);
            look_around();
        }
        world_.stop(zk_);
        followers_.clear();
    }
    /// How often somebody was sure of something.
    [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }

private:
    [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return chance_() % below; }
    [[nodiscard]] const std::string& some_node() { return nodes[draw(nodes.size())]; }
    [[nodiscard]] client make_client() {
        client_options how = client_world::options();
        how.reconnect_delay = 10ms;
        return world_.make_client(how);
    }

    void do_something() {
        switch (draw(10)) {
        case 0:
        case 1:
        case 2:
            follow();
            break;
        case 3:
        case 4:
            if (!followers_.empty()) {
                followers_[draw(followers_.size())]->leave();
            }
            break;
        case 5:
            zk_.async_remove_watches(some_node(), static_cast<watch_selection>(1 + draw(3)), [](error_code) {});
            break;
        case 6:
            if (const auto links = world_.sim.network().links(); draw(4) == 0 && !links.empty()) {
                links[0]->cut(cut_kind::reset);
            }
            break;
        default:
            change();
            break;
        }
    }
    void follow() {
        constexpr std::array<std::chrono::milliseconds, 4> limits{1ms, 4ms, 10s, 10s};
        const bool subscribes = draw(2) == 0;
        followers_.push_back(std::make_shared<follower>(zk_, static_cast<watch_kind>(draw(5)), some_node(),
                                                        limits[draw(limits.size())]));
        followers_.back()->begin(subscribes);
    }
    void change() {
        const std::string& path = some_node();
        if (!world_.server.has(path)) {
            if (path.rfind('/') == 0 || world_.server.has(path.substr(0, path.rfind('/')))) {
                world_.server.create(path);
            }
        } else if (draw(2) == 0 && world_.server.children(path).empty()) {
            world_.server.remove(path);
        } else {
            world_.server.set(path, "x");
        }
    }

    void look_around() {
        for (const auto& f : followers_) {
            if (f->is_sure()) {
                f->check(world_.server);
                ++looks_;
            }
            f->catch_up();
        }
        std::erase_if(followers_, [](const auto& f) { return f->over(); });
    }

    client_world world_;
    client zk_;
    std::mt19937_64 chance_;
    std::vector<std::shared_ptr<follower>> followers_;
    std::uint64_t looks_ = 0;
};

void run_seeds(seed_range usual, watch_modes modes) {
    const auto [first, last] = simulation_seeds(usual);
    std::uint64_t runs = 0;
    std::uint64_t looks = 0;
    for (std::uint64_t seed = first; seed <= last; seed += simulation_stride(30)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        watch_run one{seed, modes};
        one.run();
        if (::testing::Test::HasFailure()) {
            return;
        }
        ++runs;
        looks += one.looks();
    }
    EXPECT_GT(looks, runs * 10) << "hardly anybody was sure of anything";
}

TEST(client_watches, are_never_lost_where_the_last_one_on_a_path_wins) {
    run_seeds({1, 200}, watch_modes::last_one_wins);
}

TEST(client_watches, are_never_lost_where_a_path_can_have_many) { run_seeds({1001, 1200}, watch_modes::apart); }

} // namespace
} // namespace zooid::testing
