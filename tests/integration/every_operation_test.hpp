#pragma once

#include "integration/every_operation.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace zooid::test {

/// Makes every call in one form, and compares with the blocking forms of the same calls, made below another node.
class every_operation_test : public server_test {
protected:
    void SetUp() override {
        server_test::SetUp();
        if (!IsSkipped()) {
            admin().ensure_path(root() + "/tried");
            admin().ensure_path(root() + "/blocking");
        }
    }
    [[nodiscard]] server_age age() const { return since(3, 7) ? server_age::since_3_7 : server_age::any; }
    /// What clients of the form under test are to be rooted at.
    [[nodiscard]] std::string hosts_of_tried() const { return hosts() + "/tried"; }

    /// Makes every call and returns a line for each; `end(start)` gives its outcome.
    template <class End>
    [[nodiscard]] std::vector<std::string> outcomes_of(client& zk, End end) const {
        std::vector<std::string> outcomes;
        start_every_operation(
            zk, age(), [&](const std::string& name, auto&& start) { outcomes.push_back(name + ": " + end(start)); });
        return outcomes;
    }
    void expect_same_as_blocking(const std::vector<std::string>& outcomes) {
        client zk(hosts() + "/blocking");
        const auto expected = blocking_outcomes(zk, age());
        ASSERT_EQ(outcomes.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_EQ(outcomes[i], expected[i]);
        }
    }
};

} // namespace zooid::test
