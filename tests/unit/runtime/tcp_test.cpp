#include "unit/runtime/event_loop.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <future>
#include <numeric>
#include <optional>

namespace zooid::runtime {
namespace {

const endpoint any_port{asio::ip::address_v4::loopback(), 0};

[[nodiscard]] std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

[[nodiscard]] std::string text_of(std::span<const std::byte> bytes) {
    std::string text(bytes.size(), '\0');
    std::transform(bytes.begin(), bytes.end(), text.begin(), [](std::byte b) { return static_cast<char>(b); });
    return text;
}

/// What an operation ended with, once it has.
struct outcome {
    std::optional<error_code> ec;
    std::size_t size = 0;

    [[nodiscard]] auto handler() {
        return [this](error_code e, std::size_t n = 0) {
            EXPECT_FALSE(ec) << "completed twice";
            ec = e;
            size = n;
        };
    }
    [[nodiscard]] auto on_connect() {
        return [this](error_code e) { handler()(e); };
    }
    [[nodiscard]] bool done() const { return ec.has_value(); }
};

/// A client stream connected to a server stream over the loopback interface.
class tcp : public event_loop {
protected:
    void SetUp() override {
        error_code ec;
        listener_ = system.listen(context.get_executor(), any_port, ec);
        ASSERT_TRUE(listener_) << ec.message();
    }

    void connect() {
        outcome connected;
        client = system.make_stream(context.get_executor());
        listener_->async_accept([&](error_code ec, std::unique_ptr<stream> accepted) {
            EXPECT_FALSE(ec) << ec.message();
            server = std::move(accepted);
        });
        client->async_connect(listener_->local(), connected.on_connect());
        ASSERT_FALSE(connected.done()) << "completed inside the initiating call";
        ASSERT_TRUE(run_until([&] { return connected.done() && server; }));
        ASSERT_FALSE(*connected.ec) << connected.ec->message();
    }

    /// Reads exactly `count` bytes, or up to the end of the stream.
    [[nodiscard]] std::string read(stream& from, std::size_t count) {
        std::string result;
        std::array<std::byte, 65536> buffer{};
        while (result.size() < count) {
            outcome got;
            from.async_read_some(std::span{buffer}.first(std::min(buffer.size(), count - result.size())),
                                 got.handler());
            if (!run_until([&] { return got.done(); }) || *got.ec) {
                break;
            }
            result += text_of(std::span{buffer}.first(got.size));
        }
        return result;
    }

    std::unique_ptr<listener> listener_;
    std::unique_ptr<stream> client;
    std::unique_ptr<stream> server;
};

TEST_F(tcp, carries_bytes_both_ways) {
    connect();
    outcome sent;
    client->async_write(bytes_of("ping"), sent.handler());
    EXPECT_EQ(read(*server, 4), "ping");
    EXPECT_TRUE(sent.done());
    EXPECT_EQ(sent.size, 4U);
    outcome answered;
    server->async_write(bytes_of("pong"), answered.handler());
    EXPECT_EQ(read(*client, 4), "pong");
    EXPECT_EQ(client->peer(), listener_->local());
}

TEST_F(tcp, write_completes_only_when_everything_is_written) {
    connect();
    std::string big(8U << 20U, '\0');
    std::iota(big.begin(), big.end(), char{0});
    outcome sent;
    client->async_write(bytes_of(big), sent.handler());
    context.restart();
    context.poll();
    EXPECT_FALSE(sent.done()) << "8 MiB cannot fit while nobody reads";
    EXPECT_TRUE(read(*server, big.size()) == big);
    ASSERT_TRUE(run_until([&] { return sent.done(); }));
    EXPECT_EQ(sent.size, big.size());
}

TEST_F(tcp, try_write_stops_without_error_when_the_system_is_full) {
    connect();
    const std::string block(65536, 'x');
    std::size_t total = 0;
    for (;;) {
        error_code ec;
        const auto taken = client->try_write(bytes_of(block), ec);
        ASSERT_FALSE(ec) << ec.message();
        if (taken == 0) {
            break;
        }
        total += taken;
    }
    EXPECT_GT(total, 0U);
    EXPECT_EQ(read(*server, total).size(), total);
    error_code ec;
    EXPECT_GT(client->try_write(bytes_of(block), ec), 0U) << "there is room again";
}

TEST_F(tcp, try_write_reports_a_lost_connection) {
    connect();
    server->close();
    error_code ec;
    // The first writes may still go into the void: the reset comes back later.
    EXPECT_TRUE(run_until([&] {
        client->try_write(bytes_of("x"), ec);
        context.post([] {});
        return ec.failed();
    }));
    EXPECT_TRUE(ec == asio::error::connection_reset || ec == asio::error::broken_pipe) << ec.message();
}

TEST_F(tcp, end_of_stream_is_eof) {
    connect();
    outcome read_end;
    std::array<std::byte, 16> buffer{};
    client->async_read_some(buffer, read_end.handler());
    server->close();
    ASSERT_TRUE(run_until([&] { return read_end.done(); }));
    EXPECT_EQ(*read_end.ec, asio::error::eof);
}

TEST_F(tcp, close_aborts_an_outstanding_read) {
    connect();
    outcome aborted;
    std::array<std::byte, 16> buffer{};
    client->async_read_some(buffer, aborted.handler());
    client->close();
    client->close();
    EXPECT_FALSE(aborted.done());
    ASSERT_TRUE(run_until([&] { return aborted.done(); }));
    EXPECT_EQ(*aborted.ec, asio::error::operation_aborted);
}

TEST_F(tcp, destruction_aborts_even_a_read_that_has_data) {
    connect();
    error_code ec;
    ASSERT_EQ(server->try_write(bytes_of("late"), ec), 4U);
    outcome aborted;
    std::array<std::byte, 16> buffer{};
    client->async_read_some(buffer, aborted.handler());
    client.reset();
    ASSERT_TRUE(run_until([&] { return aborted.done(); }));
    EXPECT_EQ(*aborted.ec, asio::error::operation_aborted);
    EXPECT_EQ(aborted.size, 0U);
}

TEST_F(tcp, connecting_where_nobody_listens_is_refused) {
    const auto gone = listener_->local();
    listener_.reset();
    outcome refused;
    client = system.make_stream(context.get_executor());
    client->async_connect(gone, refused.on_connect());
    ASSERT_TRUE(run_until([&] { return refused.done(); }));
    EXPECT_EQ(*refused.ec, asio::error::connection_refused);
}

TEST_F(tcp, connecting_can_be_given_up) {
    outcome aborted;
    client = system.make_stream(context.get_executor());
    client->async_connect(listener_->local(), aborted.on_connect());
    client->close();
    ASSERT_TRUE(run_until([&] { return aborted.done(); }));
    EXPECT_EQ(*aborted.ec, asio::error::operation_aborted);
}

TEST_F(tcp, closing_a_listener_aborts_its_accept) {
    std::optional<error_code> ended;
    listener_->async_accept([&](error_code ec, std::unique_ptr<stream> accepted) {
        ended = ec;
        EXPECT_FALSE(accepted);
    });
    listener_->close();
    ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, asio::error::operation_aborted);
}

TEST_F(tcp, one_endpoint_has_one_listener) {
    error_code ec;
    EXPECT_FALSE(system.listen(context.get_executor(), listener_->local(), ec));
    EXPECT_EQ(ec, asio::error::address_in_use);
}

TEST_F(tcp, sockets_are_not_inherited_and_do_not_delay) {
    connect();
    int streams_found = 0;
    for (int fd = 3; fd < 256; ++fd) {
        sockaddr_storage name{};
        socklen_t length = sizeof name;
        if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0 || name.ss_family != AF_INET) {
            continue;
        }
        EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
        EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
        int listens = 0;
        length = sizeof listens;
        ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length);
        if (listens == 0) {
            int no_delay = 0;
            length = sizeof no_delay;
            ::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
            EXPECT_NE(no_delay, 0);
            ++streams_found;
        }
    }
    EXPECT_EQ(streams_found, 2);
}

TEST_F(tcp, destroying_the_context_drops_what_is_outstanding) {
    std::array<std::byte, 16> buffer{};
    const auto token = std::make_shared<int>(0);
    {
        asio::io_context mortal;
        auto lonely = system.make_stream(mortal.get_executor());
        lonely->async_connect(listener_->local(), [token](error_code) { ADD_FAILURE() << "must not run"; });
        lonely->async_read_some(buffer, [token](error_code, std::size_t) { ADD_FAILURE() << "must not run"; });
    }
    EXPECT_EQ(token.use_count(), 1);
}

TEST_F(tcp, works_on_a_strand_of_a_pool) {
    asio::thread_pool pool{2};
    const asio::any_io_executor strand = asio::make_strand(pool.get_executor());
    auto pooled = system.make_stream(strand);
    std::promise<error_code> connected;
    pooled->async_connect(listener_->local(), [&](error_code ec) {
        EXPECT_TRUE(strand.target<asio::strand<asio::thread_pool::executor_type>>()->running_in_this_thread());
        connected.set_value(ec);
    });
    EXPECT_FALSE(connected.get_future().get());
    pool.join();
}

} // namespace
} // namespace zooid::runtime
