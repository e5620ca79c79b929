#pragma once

#include "support/real_server.hpp"

#include <zooid/client.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace zooid {

// How GoogleTest prints these.
void PrintTo(errc e, std::ostream* out);
void PrintTo(event_type t, std::ostream* out);
void PrintTo(session_state s, std::ostream* out);
void PrintTo(keeper_state s, std::ostream* out);
void PrintTo(watch_kind k, std::ostream* out);
void PrintTo(const watch_event& e, std::ostream* out);

} // namespace zooid

namespace zooid::test {

/// What a test needs of a server: one of the wanted version (`embedded` among them), and in it a fresh node to work below. The server is
/// shared by the tests of a program, one after the other, and in working order when a test begins. Tests are skipped
/// where the version can't be had.
class server_test : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override;
    void TearDown() override;

    [[nodiscard]] real_server& server() const { return *server_; }
    /// True from version `major.minor` of the server on.
    [[nodiscard]] bool since(int major, int minor) const { return server_->since(major, minor); }
    /// The test's own node, e.g. "/t7"; everything `connect` gives is rooted there.
    [[nodiscard]] const std::string& root() const { return root_; }
    /// The connect string: the server's address with the test's node as chroot.
    [[nodiscard]] std::string hosts() const { return server_->address() + root_; }
    /// A started client that owns its threads, rooted at the test's node.
    [[nodiscard]] client connect(client_options options = {}) const;
    /// A started client at the server's root.
    [[nodiscard]] client& admin() { return *admin_; }

private:
    real_server* server_ = nullptr;
    std::string root_;
    std::optional<client> admin_;
};

/// For INSTANTIATE_TEST_SUITE_P: the versions, and how they are written in test names.
[[nodiscard]] inline auto every_version() { return ::testing::Values(embedded, "3.4.13", "3.8.0", "3.9.3"); }
[[nodiscard]] std::string version_name(const ::testing::TestParamInfo<std::string>& info);

/// What a blocking call throws, as a code; success if it returns.
template <class F>
[[nodiscard]] error_code error_of(F&& f) {
    try {
        (void)f();
    } catch (const error& e) {
        return e.code();
    }
    return {};
}

/// Waits until the client, made by `connect`, is back after an operation that the server doesn't know. That costs the
/// connection, if perhaps a moment after the reply.
void come_back(client& zk);

} // namespace zooid::test

/// Runs the tests of `suite` on the embedded server and on every version.
#define ZOOID_ON_EVERY_VERSION(suite) \
    INSTANTIATE_TEST_SUITE_P(servers, suite, ::zooid::test::every_version(), ::zooid::test::version_name)
