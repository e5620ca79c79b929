#include <zooid/retry.hpp>

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace zooid {
namespace {

using namespace std::chrono_literals;
using delays = std::vector<std::chrono::milliseconds>;

constexpr std::uint64_t middle = std::uint64_t{1} << 63; // the random number that leaves a delay as it is
constexpr std::uint64_t lowest = 0;
constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();

// The delays until the policy gives up, at most `limit` of them; every attempt takes `cost`.
delays play(const retry_policy& policy, std::chrono::milliseconds cost = 0ms, std::uint64_t random = middle,
            std::size_t limit = 12) {
    retry_state state(policy);
    delays given;
    std::chrono::nanoseconds elapsed = cost;
    while (given.size() < limit) {
        const auto delay = state.next_delay(errc::connection_loss, effect::none, elapsed, random);
        if (!delay) {
            EXPECT_TRUE(state.exhausted());
            break;
        }
        given.push_back(*delay);
        elapsed += *delay + cost;
    }
    return given;
}

TEST(retry_state, policies_give_their_delays) {
    struct row {
        const char* name;
        retry_policy policy;
        delays expected;
    };
    retry_policy thrice;
    thrice.max_tries = 3;
    retry_policy capped = thrice;
    capped.max_tries = 5;
    capped.delay = 10ms;
    capped.backoff = 3.0;
    capped.max_delay = 100ms;
    const row table[] = {
        {"one retry by default", retry_policy{}, {100ms}},
        {"doubling", thrice, {100ms, 200ms, 400ms}},
        {"capped", capped, {10ms, 30ms, 90ms, 100ms, 100ms}},
        {"once", retry_policy::once(), {}},
        {"one time", retry_policy::n_times(1), {}},
        {"four times", retry_policy::n_times(4), {0ms, 0ms, 0ms}},
        {"for ever", retry_policy::forever(7ms), delays(12, 7ms)},
        {"exponential",
         retry_policy::exponential_backoff(1ms, 10.0, 500ms),
         {1ms, 10ms, 100ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms}},
    };
    for (const auto& [name, policy, expected] : table) {
        EXPECT_EQ(play(policy), expected) << name;
    }
}

TEST(retry_state, a_deadline_counts_the_attempts_and_the_pause_ahead) {
    const auto policy = retry_policy::until_elapsed(100ms, 20ms);
    // Attempts that take no time: pauses end at 20, 40, 60, 80; the next would end at the deadline.
    EXPECT_EQ(play(policy), delays(4, 20ms));
    // Attempts of 30 ms: the first ends at 30, its pause at 50; the second at 80, its pause would end at 100.
    EXPECT_EQ(play(policy, 30ms), delays(1, 20ms));
    EXPECT_EQ(play(policy, 200ms), delays{});
}

TEST(retry_state, jitter_stays_within_its_fraction) {
    retry_policy policy;
    policy.delay = 1000ms;
    policy.jitter = 0.25;
    EXPECT_EQ(play(policy, 0ms, lowest), delays{750ms});
    const auto longest = play(policy, 0ms, highest);
    ASSERT_EQ(longest.size(), 1U);
    EXPECT_GE(longest[0], 1249ms);
    EXPECT_LE(longest[0], 1250ms);
    policy.jitter = 0;
    EXPECT_EQ(play(policy, 0ms, lowest), delays{1000ms});
    EXPECT_EQ(play(policy, 0ms, highest), delays{1000ms});
    policy.jitter = 0.5;
    policy.max_delay = 1100ms;
    EXPECT_EQ(play(policy, 0ms, highest), delays{1100ms}) << "not even jitter goes beyond the limit of one delay";
}

TEST(retry_state, thousands_of_retries_do_not_run_out_of_numbers) {
    retry_policy growing;
    growing.max_tries = retry_policy::forever_tries;
    const auto paced = play(growing, 0ms, middle, 5000);
    ASSERT_EQ(paced.size(), 5000U);
    EXPECT_EQ(paced.back(), growing.max_delay);
    // No delay stays no delay, however often it is doubled.
    EXPECT_EQ(play(retry_policy::n_times(5001), 0ms, middle, 5000), delays(5000, 0ms));
}

TEST(retry_state, only_what_may_pass_is_tried_again) {
    struct row {
        error_code ec;
        bool again;
    };
    const row table[] = {
        {errc::connection_loss, true},
        {errc::operation_timeout, true},
        {errc::session_moved, true},
        {errc::session_expired, true},
        {errc::no_node, false},
        {errc::node_exists, false},
        {errc::bad_version, false},
        {errc::auth_failed, false},
        {errc::closed, false},
        {errc::invalid_path, false},
        {errc::request_too_large, false},
        {errc::would_deadlock, false},
        {boost::asio::error::operation_aborted, false},
        {error_code{-9999, error_category()}, false},
    };
    for (const auto& [ec, again] : table) {
        const retry_policy policy;
        retry_state state(policy);
        EXPECT_EQ(state.next_delay(ec, effect::none, 0ns, middle).has_value(), again) << ec.message();
        EXPECT_FALSE(state.exhausted()) << ec.message();
    }
    retry_policy this_session_only;
    this_session_only.ignore_expire = false;
    retry_state state(this_session_only);
    EXPECT_FALSE(state.next_delay(errc::session_expired, effect::none, 0ns, middle));
}

TEST(retry_state, unknown_outcomes_are_tried_again_only_if_the_policy_says_so) {
    retry_policy policy;
    policy.max_tries = 5;
    retry_state lenient(policy);
    EXPECT_FALSE(lenient.current().outcome_unknown);
    EXPECT_TRUE(lenient.next_delay(errc::connection_loss, effect::unknown, 0ns, middle));
    EXPECT_TRUE(lenient.current().outcome_unknown);
    EXPECT_TRUE(lenient.next_delay(errc::connection_loss, effect::none, 0ns, middle));
    EXPECT_TRUE(lenient.current().outcome_unknown) << "an earlier attempt may still have taken effect";

    policy.retry_unknown = false;
    retry_state strict(policy);
    EXPECT_TRUE(strict.next_delay(errc::connection_loss, effect::none, 0ns, middle));
    EXPECT_FALSE(strict.next_delay(errc::connection_loss, effect::unknown, 0ns, middle));
    EXPECT_FALSE(strict.exhausted()) << "not for lack of tries";
}

TEST(retry_state, an_attempt_knows_its_number_and_what_went_before) {
    retry_policy policy;
    policy.max_tries = 2;
    retry_state state(policy);
    EXPECT_EQ(state.current().number, 1);
    EXPECT_FALSE(state.current().previous);
    ASSERT_TRUE(state.next_delay(errc::operation_timeout, effect::none, 0ns, middle));
    EXPECT_EQ(state.current().number, 2);
    EXPECT_EQ(state.current().previous, errc::operation_timeout);
    ASSERT_TRUE(state.next_delay(errc::connection_loss, effect::none, 0ns, middle));
    EXPECT_EQ(state.current().number, 3);
    EXPECT_EQ(state.current().previous, errc::connection_loss);
    EXPECT_FALSE(state.next_delay(errc::connection_loss, effect::none, 0ns, middle));
    EXPECT_TRUE(state.exhausted());
}

} // namespace
} // namespace zooid
