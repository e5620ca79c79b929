#include "embedded/embedded_test.hpp"
#include "embedded/raw_requests.hpp"
#include "support/loopback.hpp"
#include "support/recorder.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the options of an embedded server do that no other test looks at.

namespace zooid::test {
namespace {

/// A session on a connection that nobody reads from.
descriptor connect_without_reading(const embedded_server& server) {
    descriptor socket = connect_to_loopback(server.port());
    EXPECT_TRUE(write_all(socket, handshake(40s)));
    return socket;
}

TEST(embedded_server_options, max_backlog_is_how_far_a_client_gets_that_does_not_read) {
    constexpr std::size_t size = 1'000'000;
    constexpr int reads = 20; // more than the system takes
    embedded_server_options options;
    options.load = [](const node_sink& add) { add("/a", std::string(size, 'x')); };
    options.max_backlog = 2 * reads * size;
    const embedded_server patient(options);
    options.max_backlog = 1;
    const embedded_server strict(options);
    std::string requests;
    for (int i = 0; i < reads; ++i) {
        requests += request(opcode::get, text("/a") + '\0');
    }
    requests += request(opcode::set, text("/a") + text("late") + number(0xffffffff));
    const auto waits = connect_without_reading(strict);
    ASSERT_TRUE(write_all(waits, requests));
    const auto goes_on = connect_without_reading(patient);
    ASSERT_TRUE(write_all(goes_on, requests));
    auto zk = connect_to(patient);
    EXPECT_TRUE(eventually([&] { return zk.get("/a").data == "late"; }));
    EXPECT_EQ(connect_to(strict).get("/a").stat.version, 0);
}

TEST(embedded_server_options, max_notifications_closes_the_connection_of_one_who_does_not_read_events) {
    embedded_server_options options;
    const embedded_server patient(options);
    options.max_notifications = 1;
    const embedded_server strict(options);
    const std::string path = '/' + std::string(500'000, 'n');
    for (const embedded_server* const server : {&strict, &patient}) {
        auto zk = connect_to(*server);
        zk.create(path);
        const auto watcher = connect_without_reading(*server);
        ASSERT_TRUE(write_all(watcher, request(opcode::add_watch, text("/") + number(1))));
        ASSERT_TRUE(eventually([&] { return server->statistics().watches != 0; }));
        for (int i = 0; i < 20; ++i) {
            zk.set(path, "");
        }
        EXPECT_EQ(server->statistics().watches == 0, server == &strict);
    }
}

TEST(embedded_server_options, max_connections_per_address_is_a_limit) {
    embedded_server_options options;
    options.max_connections_per_address = 2;
    const embedded_server server(options);
    auto zk = connect_to(server);
    auto other = connect_to_loopback(server.port());
    ASSERT_TRUE(eventually([&] { return server.statistics().connections == 2; }));
    EXPECT_EQ(read_to_end(connect_to_loopback(server.port())), "") << "one too many";
    EXPECT_TRUE(zk.exists("/")) << "the others stay";
    other.reset();
    ASSERT_TRUE(eventually([&] { return server.statistics().connections == 1; }));
    EXPECT_TRUE(connect_to(server).exists("/"));
}

TEST(embedded_server_options, without_ttl_nodes_none_can_be_created) {
    embedded_server_options options;
    options.ttl_nodes = false;
    const embedded_server server(options);
    auto zk = connect_to(server);
    EXPECT_EQ(error_of([&] { return zk.create("/a", "", {.mode = create_mode::persistent_ttl, .ttl = 1s}); }),
              errc::unimplemented);
    EXPECT_EQ(zk.create("/a", "", {.mode = create_mode::container}), "/a") << "these have no time to live";
}

TEST(embedded_server_options, level_is_the_least_important_that_is_logged) {
    const recorder<std::string> lines;
    embedded_server_options options;
    options.log = [lines](log_level, std::string_view message) { lines.add(std::string(message)); };
    options.level = log_level::warning;
    const embedded_server server(options); // says where it listens, on level info
    const auto socket = connect_without_reading(server);
    ASSERT_TRUE(write_all(socket, request(opcode::auth, number(0) + text("nothing") + text("known"))));
    ASSERT_TRUE(eventually([&] { return lines.size() != 0; }));
    EXPECT_EQ(lines.all(), std::vector<std::string>{"authentication failed for a client at 127.0.0.1"});
}

} // namespace
} // namespace zooid::test
