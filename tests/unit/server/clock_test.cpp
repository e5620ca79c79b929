#include "server/server_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace zooid::server {
namespace {

using namespace std::chrono_literals;

/// Nothing but two clocks, which somebody else moves.
class clocks_only final : public runtime::environment {
public:
    [[nodiscard]] steady_time now() const noexcept override { return steady; }
    [[nodiscard]] runtime::wall_time wall_now() const noexcept override { return wall; }
    [[nodiscard]] std::uint64_t random() override { return 0; }
    [[nodiscard]] std::unique_ptr<runtime::timer> make_timer(runtime::asio::any_io_executor) override {
        return nullptr;
    }
    [[nodiscard]] std::unique_ptr<runtime::stream> make_stream(runtime::asio::any_io_executor) override {
        return nullptr;
    }
    [[nodiscard]] std::unique_ptr<runtime::listener> listen(runtime::asio::any_io_executor, const runtime::endpoint&,
                                                            runtime::error_code&) override {
        return nullptr;
    }
    void async_resolve(runtime::asio::any_io_executor, std::string, std::uint16_t, runtime::resolve_handler) override {}

    steady_time steady{1'000s};
    runtime::wall_time wall{1'700'000'000s};
};

TEST(server_clock, the_first_start_is_now) {
    for (const bool stands_still : {false, true}) {
        const auto world = std::make_shared<clocks_only>();
        server_clock clock{world, stands_still};
        EXPECT_EQ(clock.start().wall, world->wall);
        EXPECT_EQ(clock.now().wall, world->wall);
    }
}

TEST(server_clock, every_start_is_later_than_the_one_before) {
    for (const bool stands_still : {false, true}) {
        const auto world = std::make_shared<clocks_only>();
        server_clock clock{world, stands_still};
        server_time last = clock.start().wall;
        for (int i = 0; i < 3; ++i) {
            const server_time next = clock.start().wall;
            EXPECT_GT(next, last);
            EXPECT_EQ(clock.now().wall, next) << "and time goes on from there";
            last = next;
        }
    }
}

TEST(server_clock, the_wall_never_moves_further_than_the_steady_clock) {
    const auto world = std::make_shared<clocks_only>();
    world->steady += 900us;
    server_clock clock{world, true};
    const moment begin = clock.start();
    for (const auto step : {100us, 800us, 100us, 1'000us, 950us, 50us}) {
        clock.move_to(clock.now().now + step);
        const auto passed = clock.now().now - begin.now;
        EXPECT_EQ(clock.now().wall - begin.wall, std::chrono::floor<std::chrono::milliseconds>(passed));
    }
}

} // namespace
} // namespace zooid::server
