#include "simulation/client_world.hpp"
#include "testing/simulation/coroutine.hpp"

#include <zooid/coroutine.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

// async_retry: what it tries again, and what it cannot know.

namespace zooid::testing {
namespace {

using namespace std::chrono_literals;

class client_retry : public ::testing::Test {
protected:
    client_retry() {
        world.start(zk);
        world.server.create("/a", "x");
    }

    /// Lets the server drop the connection instead of answering the next `count` requests of that kind.
    void drop_after(opcode type, int count) {
        world.server.on_request([type, left = count](const scripted_request& r) mutable {
            return r.type == type && left-- > 0 ? reaction::drop_after() : reaction::serve();
        });
    }
    /// Reads with async_retry; the data or the name of the error.
    std::string read(const retry_policy& policy, effect if_lost) {
        auto once = [this](const attempt& a) {
            attempts.push_back(a);
            return zk.async_get("/a", asio::use_awaitable);
        };
        return outcome(async_retry(zk, policy, once, if_lost));
    }
    std::string outcome(asio::awaitable<node> task) {
        try {
            return run(world.sim, std::move(task)).data;
        } catch (const boost::system::system_error& e) {
            return std::string{to_string(static_cast<errc>(e.code().value()))};
        }
    }

    client_world world{7};
    client zk = world.make_client();
    std::vector<attempt> attempts;
};

retry_policy careful() {
    retry_policy policy = client::default_retry();
    policy.retry_unknown = false;
    return policy;
}

TEST_F(client_retry, tries_again_until_it_succeeds) {
    drop_after(opcode::get, 2);
    EXPECT_EQ(read(client::default_retry(), effect::unknown), "x");
    ASSERT_EQ(attempts.size(), 3U);
    EXPECT_EQ(attempts[2].number, 3);
    EXPECT_EQ(attempts[2].previous, errc::connection_loss);
    EXPECT_TRUE(attempts[2].outcome_unknown) << "nobody has said that it was a read";
}

TEST_F(client_retry, does_not_risk_to_do_twice_what_may_have_been_done) {
    drop_after(opcode::get, 1);
    EXPECT_EQ(read(careful(), effect::unknown), "connection_loss");
    EXPECT_EQ(attempts.size(), 1U);
}

TEST_F(client_retry, takes_a_risk_that_is_none) {
    drop_after(opcode::get, 2);
    EXPECT_EQ(read(careful(), effect::none), "x");
    ASSERT_EQ(attempts.size(), 3U);
    EXPECT_FALSE(attempts[2].outcome_unknown);
}

TEST_F(client_retry, does_not_try_again_what_the_server_has_answered) {
    world.server.remove("/a");
    EXPECT_EQ(read(client::default_retry(), effect::none), "no_node");
    EXPECT_EQ(attempts.size(), 1U);
}

TEST_F(client_retry, gives_up_when_its_tries_are_used_up) {
    drop_after(opcode::get, 100);
    EXPECT_EQ(read(retry_policy::n_times(3), effect::none), "connection_loss");
    EXPECT_EQ(attempts.size(), 3U);
}

TEST_F(client_retry, ends_with_the_client) {
    drop_after(opcode::get, 100);
    const auto policy = retry_policy::forever(10s);
    const auto timer = world.sim.environment()->make_timer(world.sim.executor());
    timer->arm(world.sim.now() + 5s, [this] { zk.async_stop([](error_code) {}); });
    EXPECT_EQ(read(policy, effect::none), "closed");
    EXPECT_EQ(attempts.size(), 1U);
}

TEST_F(client_retry, is_interrupted_by_its_token) {
    drop_after(opcode::get, 100);
    std::stop_source stop;
    auto policy = retry_policy::forever(10s);
    policy.interrupt = stop.get_token();
    const auto timer = world.sim.environment()->make_timer(world.sim.executor());
    timer->arm(world.sim.now() + 5s, [&] { stop.request_stop(); });
    EXPECT_EQ(read(policy, effect::none), "interrupted");
}

} // namespace
} // namespace zooid::testing
