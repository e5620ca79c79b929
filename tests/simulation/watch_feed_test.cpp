#include "cli/watch_feed.hpp"

#include "simulation/client_world.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

// What `zooid watch` follows, where the server has no lasting watches.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

using list = std::vector<std::string>;

class watch_feed_on_an_old_server : public ::testing::Test {
protected:
    watch_feed_on_an_old_server() {
        world.start(zk);
        world.server.create("/a", "x");
        react([](const scripted_request&) { return reaction::serve(); });
    }
    ~watch_feed_on_an_old_server() override { world.stop(zk); }

    void react(std::function<reaction(const scripted_request&)> script) {
        world.server.on_request([script = std::move(script)](const scripted_request& r) {
            return r.type == opcode::add_watch ? reaction::fail(errc::unimplemented) : script(r);
        });
    }
    void follow() {
        asio::co_spawn(world.sim.executor(), run(), [this](const std::exception_ptr&) { ended_ = true; });
        world.run_for(3s);
    }
    /// The events since the last call.
    list told() {
        world.run_for(3s);
        return std::exchange(events_, {});
    }

    client_world world{5};
    client zk = world.make_client();
    bool ended_ = false;

private:
    asio::awaitable<void> run() {
        cli::watch_feed feed(zk, "/a", watch_mode::persistent);
        co_await feed.open();
        for (;;) {
            const cli::feed_item item = co_await feed.next();
            if (item.event) {
                events_.push_back(std::string(to_string(item.event->type)) + ' ' + item.event->path);
            }
        }
    }

    list events_;
};

TEST_F(watch_feed_on_an_old_server, tells_each_change_once) {
    follow();
    for (int i = 0; i < 3; ++i) {
        world.server.set("/a", "y");
        EXPECT_EQ(told(), list{"data_changed /a"});
        world.server.create("/a/b");
        EXPECT_EQ(told(), list{"children_changed /a"});
        world.server.remove("/a/b");
        EXPECT_EQ(told(), list{"children_changed /a"});
    }
    world.server.remove("/a");
    EXPECT_EQ(told(), list{"deleted /a"});
    world.server.create("/a");
    EXPECT_EQ(told(), list{"created /a"});
}

TEST_F(watch_feed_on_an_old_server, sets_no_watch_twice_when_a_reply_is_lost) {
    react([lost = false](const scripted_request& r) mutable {
        const bool lose = r.type == opcode::get_children && !std::exchange(lost, true);
        return lose ? reaction::drop_after() : reaction::serve();
    });
    follow();
    EXPECT_EQ(world.server.count(opcode::get_children), 2U) << "the lost request and another";
    EXPECT_EQ(told(), list{});
    world.server.set("/a", "y");
    EXPECT_EQ(told(), list{"data_changed /a"});
    world.server.create("/a/b");
    EXPECT_EQ(told(), list{"children_changed /a"});
}

TEST_F(watch_feed_on_an_old_server, outlasts_a_connection_that_breaks_before_it_has_read_anything) {
    react([exists = 0](const scripted_request& r) mutable {
        return r.type == opcode::exists && ++exists == 2 ? reaction::drop_before() : reaction::serve();
    });
    follow();
    EXPECT_EQ(world.server.count(opcode::exists), 3U) << "one sets the watch, the next is lost, the last reads";
    EXPECT_EQ(told(), list{});
    world.server.set("/a", "y");
    EXPECT_EQ(told(), list{"data_changed /a"});
}

TEST_F(watch_feed_on_an_old_server, is_met_also_when_the_first_connection_breaks) {
    world.server.on_request([tried = false](const scripted_request& r) mutable {
        if (r.type != opcode::add_watch) {
            return reaction::serve();
        }
        return std::exchange(tried, true) ? reaction::fail(errc::unimplemented) : reaction::drop_before();
    });
    follow();
    world.server.set("/a", "y");
    EXPECT_EQ(told(), list{"data_changed /a"});
}

TEST_F(watch_feed_on_an_old_server, ends_where_other_credentials_are_wanted) {
    react([](const scripted_request& r) {
        return r.type == opcode::exists ? reaction::fail(errc::session_closed_require_auth) : reaction::serve();
    });
    follow();
    EXPECT_TRUE(ended_);
    world.run_for(60s);
    EXPECT_EQ(world.server.count(opcode::exists), 1U) << "asking again cannot help";
}

} // namespace
} // namespace zooid::testing
