#pragma once

#include "contract/raw_session.hpp"
#include "support/real_server.hpp"
#include "support/server_test.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::test {

/// A test of what a server says to the byte, with the same expectations for Apache ZooKeeper and for our own. It has a
/// fresh node to work below, which is forgotten, not removed; the server is shared by a program's tests, one after the
/// other, and idle when a test begins.
class contract_test : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override;

    [[nodiscard]] real_server& server() const { return *server_; }
    /// A new session on a connection of its own.
    [[nodiscard]] raw_session open(const introduction& how = {}) const { return raw_session(server_->port(), how); }
    /// The test's node, or one below it: `path("/a")` is "/c7/a".
    [[nodiscard]] std::string path(std::string_view below = {}) const { return root_ + std::string(below); }

private:
    real_server* server_ = nullptr;
    std::string root_;
};

using event_list = std::vector<std::string>;
using name_list = std::vector<std::string>;

/// An ACL of one entry.
[[nodiscard]] inline zooid::acl only(std::string scheme, std::string id, std::int32_t permissions = perms::all) {
    return {{permissions, std::move(scheme), std::move(id)}};
}

} // namespace zooid::test

/// Runs the tests of `suite` on Apache ZooKeeper and on the embedded server.
#define ZOOID_CONTRACT(suite)                                                                     \
    INSTANTIATE_TEST_SUITE_P(servers, suite, ::testing::Values("3.8.0", ::zooid::test::embedded), \
                             ::zooid::test::version_name)

/// Runs them on the embedded server alone: what they ask stops a 3.8.0, or brings it into disorder.
#define ZOOID_CONTRACT_OF_EMBEDDED(suite) \
    INSTANTIATE_TEST_SUITE_P(servers, suite, ::testing::Values(::zooid::test::embedded), ::zooid::test::version_name)
