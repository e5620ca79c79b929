#pragma once

#include <cstdint>
#include <cstdlib>

namespace zooid::test {

/// Seeds of random runs, both included.
struct seed_range {
    std::uint64_t first;
    std::uint64_t last;
};

/// `usual`, or what the environment's `variable` says: "1034" or "5000-9999".
[[nodiscard]] inline seed_range seeds(const char* variable, seed_range usual) {
    const char* text = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (text == nullptr) {
        return usual;
    }
    char* rest = nullptr;
    const std::uint64_t first = std::strtoull(text, &rest, 10);
    return {first, *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : first};
}

} // namespace zooid::test
