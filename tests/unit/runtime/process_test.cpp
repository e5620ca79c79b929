#include "runtime/process.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

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

TEST(process, counts_its_descriptors) {
    const auto before = open_descriptors();
    EXPECT_GE(before, 0);
    const int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(one, 0);
    EXPECT_EQ(open_descriptors(), before + 1);
    ::close(one);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_GT(descriptor_limit(), before);
}

} // namespace
} // namespace zooid::runtime
