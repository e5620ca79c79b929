#include "support/eventually.hpp"

#include <cstdlib>
#include <thread>

namespace zooid::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double default_scale = 4.0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr double default_scale = 4.0;
#else
constexpr double default_scale = 1.0;
#endif
#else
constexpr double default_scale = 1.0;
#endif

double read_scale() {
    const char* text = std::getenv("ZOOID_TEST_SCALE"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (text != nullptr) {
        const double value = std::strtod(text, nullptr);
        if (value > 0) {
            return value;
        }
    }
    return default_scale;
}

} // namespace

double time_scale() {
    static const double scale = read_scale();
    return scale;
}

std::chrono::milliseconds scaled(std::chrono::milliseconds d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d * time_scale());
}

void yield_briefly() {
    // nondeterminism: the pause between two looks at a condition
    std::this_thread::sleep_for(std::chrono::milliseconds{3});
}

} // namespace zooid::test
