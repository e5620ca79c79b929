#include "embedded/embedded_test.hpp"
#include "support/loopback.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace zooid::test {
namespace {

std::string number(std::uint32_t n) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((n >> shift) & 0xffU);
    }
    return bytes;
}

std::string text(std::string_view s) { return number(static_cast<std::uint32_t>(s.size())) + std::string{s}; }

std::string handshake(std::chrono::milliseconds timeout) {
    const std::string zeroes(8, '\0');
    return text(number(0) + zeroes + number(static_cast<std::uint32_t>(timeout.count())) + zeroes +
                text(zeroes + zeroes) + '\0');
}

/// A request whose reply holds the data of a node so many times.
std::string read_often(std::string_view path, int times) {
    constexpr std::uint32_t none = 0xffffffff;
    std::string request = number(1) + number(static_cast<std::uint32_t>(opcode::multi_read));
    for (int i = 0; i < times; ++i) {
        request += number(static_cast<std::uint32_t>(opcode::get)) + '\0' + number(none) + text(path) + '\0';
    }
    return text(request + number(none) + '\1' + number(none));
}

std::string ping() { return text(number(0xfffffffe) + number(static_cast<std::uint32_t>(opcode::ping))); }

/// Reads so many bytes, slowly, and sends pings meanwhile; false at an early end.
bool read_slowly(const descriptor& socket, std::size_t bytes) {
    std::vector<char> some(std::size_t{256} << 10);
    for (std::size_t reads = 0, got = 0; got < bytes; ++reads) {
        const auto n = ::recv(socket.get(), some.data(), std::min(some.size(), bytes - got), MSG_WAITALL);
        if (n <= 0 || (reads % 8 == 0 && !write_all(socket, ping()))) {
            return false;
        }
        got += static_cast<std::size_t>(n);
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
