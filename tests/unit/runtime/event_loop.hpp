#pragma once

#include "runtime/environment.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace zooid::runtime {

/// Runs handlers in the test's own thread until something has happened.
class event_loop : public ::testing::Test {
protected:
    /// Runs handlers until `done()`; false if that takes unreasonably long.
    template <class Condition>
    [[nodiscard]] bool run_until(Condition done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!done()) {
            context.restart();
            if (context.run_one_until(limit) == 0 && std::chrono::steady_clock::now() >= limit) {
                return false;
            }
        }
        return true;
    }

    asio::io_context context{1};
    environment& system = *operating_system();
};

} // namespace zooid::runtime
