#include "runtime/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace zooid::runtime {
namespace {

TEST(process, tells_what_it_runs_on) {
    std::map<std::string, std::string> found;
    for (const auto& [name, value] : process_environment()) {
        found[name] = value;
    }
    EXPECT_EQ(found["os.name"], "Linux");
    EXPECT_FALSE(found["host.name"].empty());
    EXPECT_EQ(found["user.dir"], std::filesystem::current_path().string());
}

// Threads of other tests, which nobody waits for, may have a few open as well.
TEST(process, counts_its_descriptors) {
    const auto before = open_descriptors();
    EXPECT_GE(before, 0);
    EXPECT_GT(descriptor_limit(), before);
    std::vector<int> many(100);
    for (int& each : many) {
        each = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ASSERT_GE(each, 0);
    }
    EXPECT_NEAR(static_cast<double>(open_descriptors()), static_cast<double>(before + 100), 20);
    for (const int each : many) {
        ::close(each);
    }
    EXPECT_NEAR(static_cast<double>(open_descriptors()), static_cast<double>(before), 20);
}

} // namespace
} // namespace zooid::runtime
