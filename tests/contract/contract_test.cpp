#include "contract/contract_test.hpp"

#include "support/eventually.hpp"

#include <atomic>

namespace zooid::test {

namespace {

std::atomic<int> roots_made{0};

} // namespace

void contract_test::SetUp() {
    try {
        server_ = &shared_server(GetParam());
    } catch (const server_unavailable& reason) {
        GTEST_SKIP() << reason.what();
    }
    server_->revive();
    // What a test before left to expire would take transaction ids at odd moments.
    ASSERT_TRUE(eventually([&] { return server_->ask("mntr").find("zk_global_sessions\t0\n") != std::string::npos; }));
    root_ = "/c" + std::to_string(++roots_made);
    raw_session admin(server_->port());
    ASSERT_EQ(admin.create(root_).err, ok);
}

} // namespace zooid::test
