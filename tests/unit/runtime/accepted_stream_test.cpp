#include "unit/runtime/event_loop.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Streams that were accepted share one descriptor of Asio's, and must not be seen to.

namespace zooid::runtime {
namespace {

const endpoint any_port{asio::ip::address_v4::loopback(), 0};

[[nodiscard]] std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// Both ends of a connection, and the read under way on the accepted one.
struct connection {
    std::unique_ptr<stream> client;
    std::unique_ptr<stream> accepted;
    std::array<std::byte, 64> buffer{};
    std::optional<error_code> read;
    std::size_t size = 0;

    void async_read() {
        read.reset();
        accepted->async_read_some(buffer, [this](error_code ec, std::size_t n) {
            EXPECT_FALSE(read) << "completed twice";
            read = ec;
            size = n;
        });
    }
    void send(std::string_view text) const {
        error_code ec;
        EXPECT_EQ(client->try_write(bytes_of(text), ec), text.size()) << ec.message();
    }
};

class accepted_streams : public event_loop {
protected:
    void SetUp() override {
        error_code ec;
        listener_ = system.listen(context.get_executor(), any_port, ec);
        ASSERT_TRUE(listener_) << ec.message();
    }

    std::unique_ptr<connection> connect() {
        auto made = std::make_unique<connection>();
        bool connected = false;
        listener_->async_accept([&](error_code ec, std::unique_ptr<stream> accepted) {
            EXPECT_FALSE(ec) << ec.message();
            made->accepted = std::move(accepted);
        });
        made->client = system.make_stream(context.get_executor());
        made->client->async_connect(listener_->local(), [&](error_code ec) {
            EXPECT_FALSE(ec) << ec.message();
            connected = true;
        });
        EXPECT_TRUE(run_until([&] { return connected && made->accepted; }));
        return made;
    }

    std::unique_ptr<listener> listener_;
};

TEST_F(accepted_streams, are_all_served_however_many_are_ready_at_once) {
    std::vector<std::unique_ptr<connection>> all;
    for (int i = 0; i < 200; ++i) {
        all.push_back(connect());
        all.back()->async_read();
    }
    for (int round = 0; round < 3; ++round) {
        for (const auto& each : all) {
            each->send("hello");
        }
        for (const auto& each : all) {
            ASSERT_TRUE(run_until([&] { return each->read.has_value(); }));
            EXPECT_FALSE(*each->read);
            EXPECT_EQ(each->size, 5U);
            each->async_read();
        }
    }
}

TEST_F(accepted_streams, read_on_where_a_full_buffer_has_left_more) {
    const auto one = connect();
    one->async_read();
    one->send(std::string(150, 'x'));
    std::size_t total = 0;
    for (const std::size_t expected : {64U, 64U, 22U}) {
        EXPECT_FALSE(one->read) << "completed inside the initiating call";
        ASSERT_TRUE(run_until([&] { return one->read.has_value(); }));
        EXPECT_EQ(one->size, expected);
        total += one->size;
        one->async_read();
    }
    EXPECT_EQ(total, 150U);
    one->client->close();
    ASSERT_TRUE(run_until([&] { return one->read.has_value(); }));
    EXPECT_EQ(*one->read, asio::error::eof);
}

TEST_F(accepted_streams, find_what_came_while_nobody_read) {
    const auto one = connect();
    one->async_read();
    one->send("first");
    ASSERT_TRUE(run_until([&] { return one->read.has_value(); }));
    one->send("second");
    one->client->close();
    const auto other = connect(); // a turn in which the input is told to a stream that does not read
    other->async_read();
    other->send("x");
    ASSERT_TRUE(run_until([&] { return other->read.has_value(); }));
    one->async_read();
    ASSERT_TRUE(run_until([&] { return one->read.has_value(); }));
    EXPECT_FALSE(*one->read);
    EXPECT_EQ(one->size, 6U);
    one->async_read();
    ASSERT_TRUE(run_until([&] { return one->read.has_value(); }));
    EXPECT_EQ(*one->read, asio::error::eof);
}

TEST_F(accepted_streams, write_all_of_it_in_several_steps_and_again) {
    const auto one = connect();
    const std::string big(8U << 20U, 'x');
    std::vector<std::byte> buffer(1U << 20U);
    for (int round = 0; round < 2; ++round) {
        std::optional<error_code> written;
        std::size_t size = 0;
        one->accepted->async_write(bytes_of(big), [&](error_code ec, std::size_t n) {
            written = ec;
            size = n;
        });
        EXPECT_FALSE(written) << "completed inside the initiating call";
        std::size_t received = 0;
        while (received < big.size()) {
            std::optional<std::size_t> got;
            one->client->async_read_some(buffer, [&](error_code ec, std::size_t n) {
                EXPECT_FALSE(ec) << ec.message();
                got = n;
            });
            ASSERT_TRUE(run_until([&] { return got.has_value(); }));
            ASSERT_NE(*got, 0U);
            received += *got;
        }
        ASSERT_TRUE(run_until([&] { return written.has_value(); }));
        EXPECT_FALSE(*written);
        EXPECT_EQ(size, big.size());
    }
}

TEST_F(accepted_streams, fail_a_write_whose_peer_is_gone) {
    const auto one = connect();
    const std::string big(8U << 20U, 'x');
    std::optional<error_code> written;
    one->accepted->async_write(bytes_of(big), [&](error_code ec, std::size_t) { written = ec; });
    one->client->close();
    ASSERT_TRUE(run_until([&] { return written.has_value(); }));
    EXPECT_TRUE(*written);
}

TEST_F(accepted_streams, complete_what_is_under_way_when_they_are_closed) {
    const auto one = connect();
    const std::string big(8U << 20U, 'x');
    one->async_read();
    std::optional<error_code> written;
    one->accepted->async_write(bytes_of(big), [&](error_code ec, std::size_t) { written = ec; });
    one->accepted.reset();
    EXPECT_FALSE(one->read);
    EXPECT_FALSE(written);
    ASSERT_TRUE(run_until([&] { return one->read && written; }));
    EXPECT_EQ(*one->read, asio::error::operation_aborted);
    EXPECT_EQ(*written, asio::error::operation_aborted);
}

TEST_F(accepted_streams, may_be_destroyed_by_the_handler_of_another_that_is_ready_too) {
    const auto first = connect();
    const auto second = connect();
    int read = 0;
    int aborted = 0;
    const auto read_and_destroy = [&](connection& mine, connection& others) {
        mine.accepted->async_read_some(mine.buffer, [&](error_code ec, std::size_t) {
            ec == asio::error::operation_aborted ? ++aborted : ++read;
            others.accepted.reset();
        });
    };
    read_and_destroy(*first, *second);
    read_and_destroy(*second, *first);
    first->send("x");
    second->send("x");
    ASSERT_TRUE(run_until([&] { return read + aborted == 2; }));
    EXPECT_EQ(read, 1);
    EXPECT_EQ(aborted, 1);
}

TEST_F(accepted_streams, may_be_destroyed_by_their_own_handler) {
    const auto one = connect();
    bool read = false;
    one->accepted->async_read_some(one->buffer, [&](error_code, std::size_t) {
        one->accepted.reset();
        read = true;
    });
    one->send("x");
    ASSERT_TRUE(run_until([&] { return read; }));
}

TEST_F(accepted_streams, do_not_keep_their_context_busy_once_closed) {
    const auto one = connect();
    one->async_read();
    one->accepted->close();
    one->client->close();
    listener_->close();
    context.restart();
    context.run();
    EXPECT_TRUE(one->read.has_value());
}

TEST(accepted_streams_of_a_context, go_with_it_although_their_handlers_own_them) {
    const auto system = operating_system();
    const auto token = std::make_shared<int>(0);
    {
        asio::io_context mortal;
        error_code ec;
        const auto listener = system->listen(mortal.get_executor(), any_port, ec);
        ASSERT_TRUE(listener) << ec.message();
        const auto client = system->make_stream(mortal.get_executor());
        client->async_connect(listener->local(), [](error_code) {});
        std::array<std::byte, 16> buffer{};
        bool accepted = false;
        listener->async_accept([&](error_code, std::unique_ptr<stream> made) {
            const std::shared_ptr<stream> owned = std::move(made);
            owned->async_read_some(buffer,
                                   [owned, token](error_code, std::size_t) { ADD_FAILURE() << "must not run"; });
            accepted = true;
        });
        while (!accepted) {
            mortal.run_one();
        }
        EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_EQ(token.use_count(), 1);
}

} // namespace
} // namespace zooid::runtime
