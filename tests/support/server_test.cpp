#include "support/server_test.hpp"

#include "support/eventually.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace zooid {

void PrintTo(errc e, std::ostream* out) {
    if (e == errc{}) {
        *out << "success";
    } else {
        *out << "errc::" << to_string(e);
    }
}
void PrintTo(event_type t, std::ostream* out) { *out << "event_type::" << to_string(t); }
void PrintTo(session_state s, std::ostream* out) { *out << "session_state::" << to_string(s); }
void PrintTo(keeper_state s, std::ostream* out) { *out << "keeper_state::" << to_string(s); }
void PrintTo(watch_kind k, std::ostream* out) { *out << "watch_kind::" << to_string(k); }
void PrintTo(const watch_event& e, std::ostream* out) { *out << to_string(e.type) << ' ' << e.path; }

} // namespace zooid

namespace zooid::test {

namespace {

std::atomic<int> roots_made{0};

} // namespace

void server_test::SetUp() {
    try {
        server_ = &shared_server(GetParam());
    } catch (const server_unavailable& reason) {
        GTEST_SKIP() << reason.what();
    }
    server_->revive();
    admin_.emplace(server_->address());
    admin_->start({.timeout = std::chrono::seconds{60}});
    root_ = "/t" + std::to_string(++roots_made);
    admin_->create(root_);
}

void server_test::TearDown() {
    if (server_ != nullptr) {
        server_->revive();
    }
    admin_.reset();
}

client server_test::connect(client_options options) const {
    client zk(hosts(), std::move(options));
    zk.start({.timeout = std::chrono::seconds{60}});
    return zk;
}

void come_back(client& zk) {
    ASSERT_TRUE(eventually([&] { return zk.metrics().reconnects > 0 && zk.connected(); }));
}

std::string version_name(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = info.param == embedded ? info.param : "v" + info.param;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

} // namespace zooid::test
