#include "embedded/embedded_test.hpp"
#include "embedded/raw_requests.hpp"
#include "support/loopback.hpp"

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace zooid::test {
namespace {

/// A request whose reply holds the data of a node so many times.
std::string read_often(std::string_view path, int times) {
    const std::string none = number(0xffffffff);
    std::string parts;
    for (int i = 0; i < times; ++i) {
        parts += number(opcode::get) + '\0' + none + text(path) + '\0';
    }
    return request(opcode::multi_read, parts + none + '\1' + none);
}

/// Reads so many bytes, slowly, and sends pings meanwhile; false at an early end.
bool read_slowly(const descriptor& socket, std::size_t bytes) {
    std::vector<char> some(std::size_t{256} << 10);
    for (std::size_t reads = 0, got = 0; got < bytes; ++reads) {
        const auto n = ::recv(socket.get(), some.data(), std::min(some.size(), bytes - got), MSG_WAITALL);
        if (n <= 0 || (reads % 8 == 0 && !write_all(socket, ping()))) {
            return false;
        }
        got += static_cast<std::size_t>(n);
        // nondeterminism: to be slow is what this reader is for
        std::this_thread::sleep_for(30ms);
    }
    return true;
}

TEST(slow_reader, keeps_its_session_while_it_reads) {
    constexpr std::size_t size = 1'000'000;
    constexpr int times = 16;
    embedded_server_options options;
    options.tick_time = 100ms;
    options.load = [](const node_sink& add) { add("/a", std::string(size, 'x')); };
    const embedded_server server(options);
    const auto socket = connect_to_loopback(server.port());
    ASSERT_TRUE(write_all(socket, handshake(1s)));
    ASSERT_TRUE(eventually([&] { return server.sessions().size() == 1; }));
    ASSERT_EQ(server.sessions().front().timeout, 1s);
    // Each reply takes it longer than its session lasts; while it reads the first, the second keeps its pings waiting.
    ASSERT_TRUE(write_all(socket, read_often("/a", times) + read_often("/a", times)));
    EXPECT_TRUE(read_slowly(socket, 2 * times * size));
    EXPECT_EQ(server.sessions().size(), 1U);
}

} // namespace
} // namespace zooid::test
