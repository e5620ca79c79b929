#pragma once

// What the fuzz targets share: their entry points, their seeds, and the check that a decoded record can be sent on.
//
// A target defines `examine`, which aborts when something is wrong, and `seeds`: inputs that are certainly understood.
// `<target> --write-seeds <folder>` stores them as files; the empty input, which every run tries first, examines them all.

#include "wire/buffer.hpp"
#include "wire/codec.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {

/// Judges one input; tells whether it was well-formed. Defined by each target.
bool examine(std::string_view input);

/// Well-formed inputs to start from. Defined by each target.
std::vector<std::string> seeds();

/// Ends the run, naming what did not hold.
inline void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "violated: %s\n", what);
        std::abort();
    }
}

/// The bytes of `record`.
template <class Record>
std::string encoded(const Record& record) {
    buffer out;
    encode(out, record);
    return std::string{out.view()};
}

/// Takes a `Record` from `in` and encodes it again: the same number of bytes, and from then on the same bytes. False for
/// malformed input.
template <class Record>
bool survives(reader& in) {
    const std::string_view before = in.rest();
    Record record{};
    if (!decode(in, record)) {
        return false;
    }
    const std::size_t taken = before.size() - in.remaining();
    const std::string once = encoded(record);
    require(once.size() == taken, "a record is encoded in as many bytes as it was decoded from");
    Record again{};
    require(decode(once, again), "what was encoded can be decoded");
    require(encoded(again) == once, "encoding is stable");
    return true;
}

/// The same for a record that is all of `input`'s beginning.
template <class Record>
bool survives(std::string_view input) {
    reader in{input};
    return survives<Record>(in);
}

/// Tries one of several records, chosen by the first byte of the input.
template <class... Records>
bool one_of_survives(std::string_view input) {
    if (input.empty()) {
        return false;
    }
    const auto chosen = static_cast<unsigned char>(input.front()) % sizeof...(Records);
    input.remove_prefix(1);
    bool understood = false;
    std::size_t index = 0;
    ((index++ == chosen ? void(understood = survives<Records>(input)) : void()), ...);
    return understood;
}

namespace detail {

inline void write_seeds(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    std::size_t number = 0;
    for (const std::string& seed : seeds()) {
        std::ofstream file{folder / ("seed-" + std::to_string(number++)), std::ios::binary};
        file.write(seed.data(), static_cast<std::streamsize>(seed.size()));
        require(file.good(), "the seed was written");
    }
}

} // namespace detail
} // namespace zooid::wire::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    if (*argc == 3 && std::string_view{(*argv)[1]} == "--write-seeds") {
        zooid::wire::fuzz::detail::write_seeds((*argv)[2]);
        std::exit(0); // NOLINT(concurrency-mt-unsafe): nothing runs yet
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        for (const std::string& seed : zooid::wire::fuzz::seeds()) {
            zooid::wire::fuzz::require(zooid::wire::fuzz::examine(seed), "a seed is well-formed");
        }
    }
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    static_cast<void>(zooid::wire::fuzz::examine(size == 0 ? std::string_view{} : input));
    return 0;
}
