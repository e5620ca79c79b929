#pragma once

#include <chrono>
#include <utility>

namespace zooid::test {

/// The factor that stretches every wait of the tests: the environment's ZOOID_TEST_SCALE, else 4 in instrumented builds,
/// else 1.
[[nodiscard]] double time_scale();

/// `d`, stretched by `time_scale()`.
[[nodiscard]] std::chrono::milliseconds scaled(std::chrono::milliseconds d);

/// Gives other threads and processes a few milliseconds; for loops that wait on a condition.
void yield_briefly();

/// Asks `condition` again and again until it holds; false once `limit`, stretched by `time_scale()`, has passed.
/// Blocks the calling thread.
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition, std::chrono::milliseconds limit = std::chrono::seconds{20}) {
    const auto deadline = std::chrono::steady_clock::now() + scaled(limit);
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return condition();
        }
        yield_briefly();
    }
    return true;
}

} // namespace zooid::test
