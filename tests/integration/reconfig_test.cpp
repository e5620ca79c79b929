#include "support/real_server.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace zooid::test {
namespace {

/// An ensemble of one server, in which only observers can be members without existing.
class reconfig_test : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        server_settings settings;
        settings.version = GetParam();
        settings.ensemble = true;
        settings.defines = {
            "zookeeper.DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4="}; // secret
        try {
            server_ = std::make_unique<real_server>(settings);
        } catch (const server_unavailable& reason) {
            GTEST_SKIP() << reason.what();
        }
    }
    [[nodiscard]] client connect() const {
        client zk(server_->address());
        zk.start({.timeout = std::chrono::seconds{60}});
        return zk;
    }
    static bool lists(const node& config, const std::string& member) {
        return config.data.find(member) != std::string::npos;
    }

    const std::string observer = "server.7=127.0.0.1:1:2:observer;127.0.0.1:3";

private:
    std::unique_ptr<real_server> server_;
};
INSTANTIATE_TEST_SUITE_P(servers, reconfig_test, ::testing::Values("3.8.0", "3.9.3"), version_name);

TEST_P(reconfig_test, members_join_and_leave) {
    auto zk = connect();
    const node before = zk.get_config();
    EXPECT_TRUE(lists(before, "server.1=")) << before.data;
    EXPECT_EQ(error_of([&] { return zk.reconfig({.joining = observer}); }), errc::no_auth);
    zk.add_auth("digest", "super:secret");

    const node joined = zk.reconfig({.joining = observer});
    EXPECT_TRUE(lists(joined, observer)) << joined.data;
    EXPECT_GT(joined.stat.mzxid, before.stat.mzxid);
    EXPECT_EQ(zk.get_config().data, joined.data);
    EXPECT_EQ(zk.chroot("/elsewhere").get_config().data, joined.data);

    const node left = zk.async_reconfig(reconfig_options{.leaving = "7"}, asio::use_future).get();
    EXPECT_FALSE(lists(left, "server.7=")) << left.data;
    EXPECT_TRUE(lists(left, "server.1=")) << left.data;
}

TEST_P(reconfig_test, the_whole_membership_is_replaced_if_the_version_is_right) {
    auto zk = connect();
    zk.add_auth("digest", "super:secret");
    const std::string before = zk.get_config().data;
    const std::string self = before.substr(0, before.find('\n'));
    const auto version =
        static_cast<std::int64_t>(std::stoull(before.substr(before.find("version=") + 8), nullptr, 16));
    const std::string members = self + "," + observer;
    EXPECT_EQ(error_of([&] { return zk.reconfig({.new_members = members, .from_config = version + 1}); }),
              errc::bad_version);
    const node after = zk.reconfig({.new_members = members, .from_config = version});
    EXPECT_TRUE(lists(after, self) && lists(after, observer)) << after.data;
}

TEST_P(reconfig_test, a_majority_that_is_not_there_is_refused) {
    auto zk = connect();
    zk.add_auth("digest", "super:secret");
    EXPECT_EQ(error_of([&] { return zk.reconfig({.joining = "server.2=127.0.0.1:1:2:participant;127.0.0.1:3"}); }),
              errc::new_config_no_quorum);
    EXPECT_EQ(error_of([&] { return zk.reconfig({.joining = "server.2=nonsense"}); }), errc::bad_arguments);
    EXPECT_FALSE(lists(zk.get_config(), "server.2="));
}

} // namespace
} // namespace zooid::test
