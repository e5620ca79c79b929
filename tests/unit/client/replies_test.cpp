#include "client/replies.hpp"

#include "wire/buffer.hpp"
#include "wire/codec.hpp"
#include "wire/replies.hpp"

#include <zooid/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zooid::detail {
namespace {

using names = std::vector<std::string>;

TEST(replies, paths_outside_of_the_chroot_are_left_out_whatever_their_length) {
    const names sent{"/apps/x", "/apps", "/appsandmore", "/a", "", "/apps/"};
    wire::buffer body;
    wire::encode(body, wire::ephemerals_response{sent});
    operation<names> op(decode_ephemerals);
    op.chroot_length_ = 5; // "/apps"
    op.error_ = op.decode_(op, {0, body.view()});
    EXPECT_EQ(op.error_, error_code{});
    EXPECT_EQ(op.result_, (names{"/x", "/", "/"}));
}

TEST(replies, reach_handlers_where_their_alignment_wants_them) {
    struct alignas(64) wide {
        char bytes[64];
    };
    asio::io_context io;
    client zk{io.get_executor(), "127.0.0.1:1"};
    for (int i = 0; i < 16; ++i) {
        bool aligned = false;
        zk.async_get("/a", [&aligned, w = wide{}](error_code, const node&) {
            aligned = reinterpret_cast<std::uintptr_t>(&w) % alignof(wide) == 0;
        });
        io.restart();
        io.run();
        EXPECT_TRUE(aligned);
    }
}

class watching_read : public ::testing::Test {
protected:
    asio::io_context io;
    client zk{io.get_executor(), "127.0.0.1:1"}; // nobody listens there
    std::optional<error_code> outcome;
    watched_node result;

    auto handler() {
        return [this](error_code ec, watched_node r) {
            outcome = ec;
            result = std::move(r);
        };
    }
};

TEST_F(watching_read, that_was_refused_leaves_nothing_to_wait_for) {
    zk.async_get_and_watch("/a", handler());
    io.run();
    EXPECT_EQ(outcome, error_code{errc::not_started});
    EXPECT_FALSE(result.watch);
}

TEST_F(watching_read, that_was_cancelled_leaves_nothing_to_wait_for) {
    asio::cancellation_signal cancel;
    zk.async_start([](error_code) {});
    zk.async_get_and_watch("/a", asio::bind_cancellation_slot(cancel.slot(), handler()));
    cancel.emit(asio::cancellation_type::terminal);
    while (!outcome && io.run_one() != 0) {}
    EXPECT_EQ(outcome, error_code{asio::error::operation_aborted});
    EXPECT_FALSE(result.watch);
}

} // namespace
} // namespace zooid::detail
