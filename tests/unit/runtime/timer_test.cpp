#include "unit/runtime/event_loop.hpp"

#include <set>

namespace zooid::runtime {
namespace {

using namespace std::chrono_literals;

class system_timer_test : public event_loop {
protected:
    std::unique_ptr<timer> timer_ = system.make_timer(context.get_executor());
};

TEST_F(system_timer_test, wakes_at_its_time_and_not_inside_arm) {
    const auto due = system.now() + 5ms;
    bool woken = false;
    timer_->arm(due, [&] { woken = true; });
    EXPECT_FALSE(woken);
    ASSERT_TRUE(run_until([&] { return woken; }));
    EXPECT_GE(system.now(), due);
}

TEST_F(system_timer_test, a_time_that_has_passed_wakes_at_once) {
    bool woken = false;
    timer_->arm(system.now() - 1s, [&] { woken = true; });
    EXPECT_FALSE(woken);
    EXPECT_TRUE(run_until([&] { return woken; }));
}

TEST_F(system_timer_test, a_later_arming_replaces_the_earlier_one) {
    const auto due = system.now() + 20ms;
    bool woken = false;
    timer_->arm(system.now() + 1ms, [] { ADD_FAILURE() << "was replaced"; });
    timer_->arm(due, [&] { woken = true; });
    ASSERT_TRUE(run_until([&] { return woken; }));
    EXPECT_GE(system.now(), due);
}

TEST_F(system_timer_test, an_earlier_arming_replaces_a_later_one) {
    bool woken = false;
    timer_->arm(system.now() + 1h, [] { ADD_FAILURE() << "was replaced"; });
    timer_->arm(system.now() + 1ms, [&] { woken = true; });
    EXPECT_TRUE(run_until([&] { return woken; }));
}

TEST_F(system_timer_test, an_expiry_that_waits_for_its_turn_is_still_disarmed) {
    auto other = system.make_timer(context.get_executor());
    bool woken = false;
    const auto due = system.now() + 1ms;
    // Both expire in the same round of the event loop; whichever runs first disarms the other.
    timer_->arm(due, [&] {
        EXPECT_FALSE(woken);
        woken = true;
        other->disarm();
    });
    other->arm(due, [&] {
        EXPECT_FALSE(woken);
        woken = true;
        timer_->disarm();
    });
    while (system.now() <= due) {}
    context.run();
    EXPECT_TRUE(woken);
}

TEST_F(system_timer_test, a_disarmed_timer_lets_the_context_end) {
    timer_->arm(system.now() + 1h, [] { ADD_FAILURE() << "was disarmed"; });
    timer_->disarm();
    context.run();
    timer_->arm(system.now() + 1h, [] { ADD_FAILURE() << "was destroyed"; });
    timer_.reset();
    context.restart();
    context.run();
}

TEST_F(system_timer_test, may_be_armed_again_or_destroyed_while_it_wakes) {
    int rounds = 0;
    std::function<void()> again = [&] {
        if (++rounds == 3) {
            timer_.reset();
        } else {
            timer_->arm(system.now(), again);
        }
    };
    timer_->arm(system.now(), again);
    EXPECT_TRUE(run_until([&] { return rounds == 3; }));
    context.restart();
    context.run();
    EXPECT_EQ(rounds, 3);
}

TEST_F(system_timer_test, moving_the_deadline_again_and_again_wakes_once) {
    bool armed = false;
    auto due = system.now();
    const auto wake = [&] { // may come amidst the moves, if the machine stands still for so long
        EXPECT_TRUE(armed) << "woken twice";
        EXPECT_GE(system.now(), due);
        armed = false;
    };
    for (int i = 0; i < 1000; ++i) {
        due = system.now() + 3ms;
        armed = true;
        timer_->arm(due, wake);
        context.restart();
        context.poll();
    }
    ASSERT_TRUE(run_until([&] { return !armed; }));
    context.restart();
    context.run();
}

TEST(system_random, does_not_repeat_itself) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(operating_system()->random());
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(system_clock, wall_time_is_that_of_the_system) {
    const auto before = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto shown = operating_system()->wall_now();
    EXPECT_LE(before - 1s, shown);
    EXPECT_LE(shown, std::chrono::system_clock::now() + 1s);
}

} // namespace
} // namespace zooid::runtime
