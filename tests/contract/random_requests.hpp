#pragma once

#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace zooid::test {

/// A request of anybody's making: the same for every server.
struct random_request {
    opcode op = opcode::ping;
    std::string text; ///< for people
    std::string body;
    /// The body begins with a transaction id that counts from the beginning of the run.
    bool names_zxid = false;
};

/// Makes requests up, of every kind that a client may send, sensible and not, about few nodes below `root`, so that they
/// meet. What stops a 3.8.0 is not among them.
class request_source {
public:
    request_source(std::uint64_t seed, std::string root) : root_(std::move(root)), chance_(seed) {}

    random_request next();
    /// A number below `limit`.
    std::uint64_t draw(std::uint64_t limit) { return chance_() % limit; }

private:
    [[nodiscard]] std::string some_path();
    [[nodiscard]] std::vector<std::string> some_paths();
    [[nodiscard]] std::string some_data();
    [[nodiscard]] std::int32_t some_version();
    [[nodiscard]] acl some_acl();

    random_request creation();
    random_request change();
    random_request reading();
    random_request permission();
    random_request watching();
    random_request watches_again();
    random_request transaction();
    random_request reading_in_bulk();

    std::string root_;
    std::mt19937_64 chance_;
};

} // namespace zooid::test
