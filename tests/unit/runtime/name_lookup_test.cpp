#include "unit/runtime/event_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>

namespace zooid::runtime {
namespace {

class name_lookup_test : public event_loop {
protected:
    struct answer {
        error_code ec;
        std::vector<endpoint> found;
    };

    [[nodiscard]] answer resolve(const std::string& host, std::uint16_t port) {
        std::optional<answer> got;
        system.async_resolve(context.get_executor(), host, port, [&](error_code ec, std::vector<endpoint> found) {
            got = answer{ec, std::move(found)};
        });
        EXPECT_FALSE(got) << "completed inside the initiating call";
        EXPECT_TRUE(run_until([&] { return got.has_value(); }));
        return got.value_or(answer{});
    }
};

TEST_F(name_lookup_test, literals_are_taken_as_they_are) {
    const auto v4 = resolve("192.0.2.7", 2181);
    EXPECT_FALSE(v4.ec);
    EXPECT_EQ(v4.found, (std::vector<endpoint>{{asio::ip::make_address("192.0.2.7"), 2181}}));
    const auto v6 = resolve("2001:db8::7", 2182);
    EXPECT_FALSE(v6.ec);
    EXPECT_EQ(v6.found, (std::vector<endpoint>{{asio::ip::make_address("2001:db8::7"), 2182}}));
}

TEST_F(name_lookup_test, localhost_is_a_loopback_address) {
    const auto local = resolve("localhost", 2181);
    ASSERT_FALSE(local.ec) << local.ec.message();
    ASSERT_FALSE(local.found.empty());
    for (const auto& e : local.found) {
        EXPECT_TRUE(e.address.is_loopback());
        EXPECT_EQ(e.port, 2181);
        EXPECT_EQ(std::count(local.found.begin(), local.found.end(), e), 1);
    }
}

TEST_F(name_lookup_test, a_name_that_cannot_be_is_an_error) {
    // A label of more than 63 characters is refused before anything is asked.
    EXPECT_TRUE(resolve(std::string(80, 'x') + ".invalid", 2181).ec);
    EXPECT_TRUE(resolve("", 2181).ec);
}

TEST_F(name_lookup_test, a_lookup_keeps_its_context_running) {
    bool done = false;
    system.async_resolve(context.get_executor(), "localhost", 1,
                         [&](error_code, const std::vector<endpoint>&) { done = true; });
    context.run();
    EXPECT_TRUE(done);
}

TEST_F(name_lookup_test, cancelling_completes_once_and_at_once) {
    asio::cancellation_signal give_up;
    int completions = 0;
    error_code result;
    system.async_resolve(context.get_executor(), "localhost", 1,
                         asio::bind_cancellation_slot(give_up.slot(), [&](error_code ec, const std::vector<endpoint>&) {
                             ++completions;
                             result = ec;
                         }));
    give_up.emit(asio::cancellation_type::terminal);
    EXPECT_EQ(completions, 0);
    context.run(); // ends although the lookup may still be under way
    EXPECT_EQ(completions, 1);
    // The lookup may have won the race; nothing else may happen.
    EXPECT_TRUE(!result || result == asio::error::operation_aborted) << result.message();
    give_up.emit(asio::cancellation_type::terminal);
    context.restart();
    context.run();
    EXPECT_EQ(completions, 1);
}

TEST_F(name_lookup_test, destroying_the_context_drops_lookups_under_way) {
    const auto token = std::make_shared<int>(0);
    for (int i = 0; i < 20; ++i) {
        asio::io_context mortal;
        system.async_resolve(mortal.get_executor(), "localhost", 1,
                             [token](error_code, const std::vector<endpoint>&) { ADD_FAILURE() << "must not run"; });
    }
    EXPECT_EQ(token.use_count(), 1);
}

} // namespace
} // namespace zooid::runtime
