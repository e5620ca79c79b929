// Runs a fuzz target over stored inputs, so that a build without libFuzzer also executes every seed and every past crash.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t replay(const std::filesystem::path& file) {
    std::ifstream input{file, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{input}, std::istreambuf_iterator<char>{}};
    const std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(data.data(), data.size());
    return 1;
}

std::size_t replay_all(const std::filesystem::path& where) {
    if (!std::filesystem::is_directory(where)) return std::filesystem::exists(where) ? replay(where) : 0;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{where}) {
        if (entry.is_regular_file()) count += replay(entry.path());
    }
    return count;
}

} // namespace

int main(int argc, char** argv) {
    const std::uint8_t nothing = 0;
    LLVMFuzzerTestOneInput(&nothing, 0);
    std::size_t count = 1;
    for (int i = 1; i < argc; ++i) count += replay_all(argv[i]);
    std::printf("%zu inputs replayed\n", count);
    return 0;
}
