#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace zooid::cli {

/// What zero means as the value of an option.
enum class zero : std::uint8_t {
    refused,
    never,
};

/// Declares an option that takes a duration; the help shows the present value of `target` as the default.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& target,
                          const std::string& help, zero meaning = zero::refused);

} // namespace zooid::cli
