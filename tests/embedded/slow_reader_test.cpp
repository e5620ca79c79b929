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
    for (std::size_t got = 0; got < bytes;) {
        const auto n = ::recv(socket.get(), some.data(), std::min(some.size(), bytes - got), MSG_WAITALL);
        if (n <= 0 || !write_all(socket, ping())) {
            return false;
        }
        got += static_cast<std::size_t>(n);
        // nondeterminism: to be slow is what this reader is for
        std::this_thread::sleep_for(scaled(30ms));
    }
    return true;
}

TEST(slow_reader, keeps_its_session_while_it_reads) {
    constexpr std::size_t size = 1'000'000;
    constexpr int first = 24;
    constexpr int second = 16;
    const auto timeout = scaled(1s);
    embedded_server_options options;
    options.tick_time = timeout / 10;
    options.load = [](const node_sink& add) { add("/a", std::string(size, 'x')); };
    const embedded_server server(options);
    const auto socket = connect_to_loopback(server.port());
    const int little = 64 << 10; // bytes that have left the server without having been read
    ASSERT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &little, sizeof(little)), 0);
    ASSERT_TRUE(write_all(socket, handshake(timeout)));
    ASSERT_TRUE(eventually([&] { return server.sessions().size() == 1; }));
    ASSERT_EQ(server.sessions().front().timeout, timeout);
    // The first reply takes it much longer than its session lasts; meanwhile the second keeps its pings waiting.
    ASSERT_TRUE(write_all(socket, read_often("/a", first) + read_often("/a", second)));
    EXPECT_TRUE(read_slowly(socket, (first + second) * size));
    EXPECT_EQ(server.sessions().size(), 1U);
}

} // namespace
} // namespace zooid::test
