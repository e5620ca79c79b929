#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class commands_test : public server_test {};
ZOOID_ON_EVERY_VERSION(commands_test);

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_P(commands_test, every_word_is_answered) {
    auto zk = connect();
    zk.create("/e", "", {.mode = create_mode::ephemeral});
    zk.exists("/watched", [](const watch_event&) {});
    EXPECT_EQ(zk.command("ruok"), "imok");
    EXPECT_EQ(zk.command("isro"), "rw");
    EXPECT_TRUE(has(zk.command("srvr"), "Mode: standalone"));
    EXPECT_TRUE(has(zk.command("stat"), "Clients:"));
    EXPECT_TRUE(has(zk.command("mntr"), "zk_version\t"));
    EXPECT_TRUE(has(zk.command("conf"), "clientPort=" + std::to_string(server().port())));
    EXPECT_TRUE(has(zk.command("cons"), "sid=0x"));
    EXPECT_TRUE(has(zk.command("envi"), "zookeeper.version=" + server().version()));
    EXPECT_TRUE(has(zk.command("wchs"), "Total watches:"));
    EXPECT_TRUE(has(zk.command("wchc"), root() + "/watched"));
    EXPECT_TRUE(has(zk.command("wchp"), root() + "/watched"));
    EXPECT_TRUE(has(zk.command("dump"), root() + "/e"));
    EXPECT_TRUE(has(zk.command("crst"), "reset"));
    EXPECT_TRUE(has(zk.command("srst"), "reset"));
    if (since(3, 5)) {
        EXPECT_TRUE(has(zk.command("dirs"), "datadir_size:"));
    }
    EXPECT_EQ(zk.metrics().connects, 1U) << "words have connections of their own";
}

TEST_P(commands_test, long_answers_come_whole) {
    auto zk = connect();
    std::string last;
    for (int i = 0; i < 2000; ++i) {
        last = "/a-node-that-does-not-exist-" + std::to_string(i);
        zk.async_exists(
            last, [](const watch_event&) {}, [](error_code, const std::optional<stat>&) {});
    }
    zk.sync("/");
    const auto answer = zk.command("wchp");
    EXPECT_GT(answer.size(), 64'000U);
    for (const int i : {0, 1, 999, 1998, 1999}) {
        EXPECT_TRUE(has(answer, root() + "/a-node-that-does-not-exist-" + std::to_string(i) + "\n")) << i;
    }
    std::vector<client> many;
    for (int i = 0; i < 100; ++i) {
        many.push_back(connect());
    }
    const auto connections = zk.command("cons");
    EXPECT_GT(connections.size(), 8192U);
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = connections.find("sid=0x", at)) != std::string::npos; ++at) {
        ++lines;
    }
    EXPECT_GE(lines, 101U);
}

TEST_P(commands_test, answers_are_not_taken_without_end) {
    client_options options;
    options.max_reply_size = 100;
    auto zk = connect(options);
    EXPECT_EQ(error_of([&] { return zk.command("envi"); }), errc::reply_too_large);
}

TEST_P(commands_test, words_can_go_to_a_named_host) {
    client never_started{"127.0.0.1:1"};
    EXPECT_EQ(never_started.command("ruok", {.host = server().address()}), "imok");
    EXPECT_EQ(never_started.server_version({.host = server().address()}), server().version());
    for (int i = 0; i < 20; ++i) { // the order in which hosts are tried is random
        client listed{server().address() + ",127.0.0.1:1"};
        EXPECT_EQ(listed.command("ruok"), "imok") << "without a connection the first of the list is asked";
    }
}

TEST_P(commands_test, the_version_is_told) {
    auto zk = connect();
    EXPECT_EQ(zk.server_version(), server().version());
    EXPECT_EQ(zk.async_server_version({.timeout = 60s}, asio::use_future).get(), server().version());
}

TEST_P(commands_test, errors_are_named) {
    auto zk = connect();
    for (const char* word : {"", "abc", "toolong"}) {
        EXPECT_EQ(error_of([&] { return zk.command(word); }), errc::bad_arguments) << word;
    }
    EXPECT_EQ(error_of([&] { return zk.command("ruok", {.host = "a:b:c"}); }), errc::invalid_hosts);
    EXPECT_EQ(error_of([&] { return zk.command("ruok", {.host = "127.0.0.1:1"}); }),
              boost::system::errc::connection_refused);
    // A label of more than 63 characters: no resolver asks anybody for it.
    const std::string impossible = std::string(70, 'x') + ":2181";
    EXPECT_THROW(zk.command("ruok", {.host = impossible}), name_not_resolved_error);
    // The server takes an unknown word for the start of a frame and hangs up.
    EXPECT_EQ(zk.command("qqqq"), "");
}

TEST_P(commands_test, a_stopped_server_refuses) {
    auto zk = connect();
    server().kill();
    EXPECT_EQ(error_of([&] { return zk.command("ruok", {.host = server().address()}); }),
              boost::system::errc::connection_refused);
}

} // namespace
} // namespace zooid::test
