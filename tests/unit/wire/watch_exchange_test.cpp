// Watches and their notifications, byte for byte, as a client and as a server sees them.

#include "exchanges.hpp"
#include "received.hpp"
#include "wire/frame.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire {
namespace {

using testing::expect_bytes;
using testing::received;

TEST(notification, server_sends) {
    buffer out;
    put_notification(out, -1, {.type = 3, .path = "/a"});
    expect_bytes(out, exchanges::data_changed);
    out.clear();
    put_notification(out, -1, {.type = 2, .path = "/w8"});
    expect_bytes(out, exchanges::node_deleted);
    out.clear();
    put_notification(out, -1, {.type = 4, .path = "/"});
    expect_bytes(out, exchanges::children_changed);
}

TEST(notification, client_reads) {
    const std::vector<std::pair<const char*, watcher_event>> cases{
        {exchanges::data_changed, {3, 3, "/a"}},
        {exchanges::node_deleted, {2, 3, "/w8"}},
        {exchanges::children_changed, {4, 3, "/"}},
    };
    for (const auto& [text, event] : cases) {
        received in{text};
        EXPECT_EQ(in.take<reply_header>(), (reply_header{xids::notification, -1, 0}));
        EXPECT_EQ(in.take<watcher_event>(), event);
        EXPECT_EQ(in.rest(), "");
    }
}

TEST(set_watches, client_sends) {
    const std::vector<std::string> data{"/a"};
    const std::array<std::string_view, 1> exist{"/nope"};
    const std::vector<path_ref> child{"/"};
    buffer out;
    put_request(out, xids::set_watches, opcode::set_watches,
                set_watches_request{.relative_zxid = 6, .data = data, .exist = exist, .child = child});
    expect_bytes(out, exchanges::set_watches);
    out.clear();
    put_reply(out, xids::set_watches, 9, 0);
    expect_bytes(out, exchanges::set_watches_reply);
}

TEST(set_watches, server_reads) {
    received in{exchanges::set_watches};
    EXPECT_EQ(in.take<request_header>(), (request_header{-8, opcode::set_watches}));
    const auto request = in.take<set_watches_request>();
    EXPECT_EQ(request.relative_zxid, 6);
    ASSERT_EQ(request.data.size(), 1U);
    EXPECT_EQ(request.data.begin()->path, "/a");
    ASSERT_EQ(request.exist.size(), 1U);
    EXPECT_EQ(request.exist.begin()->path, "/nope");
    ASSERT_EQ(request.child.size(), 1U);
    EXPECT_EQ(request.child.begin()->path, "/");
    EXPECT_EQ(in.rest(), "");
    received reply{exchanges::set_watches_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{-8, 9, 0}));
}

TEST(add_watch, both_ways) {
    buffer out;
    put_request(out, 0x66, opcode::add_watch, add_watch_request{.path = "/a", .mode = 1});
    expect_bytes(out, exchanges::add_watch);
    out.clear();
    put_reply(out, 0x66, 9, 0, error_response{0});
    expect_bytes(out, exchanges::add_watch_reply);

    received request{exchanges::add_watch};
    EXPECT_EQ(request.take<request_header>(), (request_header{0x66, opcode::add_watch}));
    const auto body = request.take<add_watch_request>();
    EXPECT_EQ(body.path.path, "/a");
    EXPECT_EQ(body.mode, 1);
    received reply{exchanges::add_watch_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{0x66, 9, 0}));
    EXPECT_EQ(reply.take<error_response>().err, 0);
}

} // namespace
} // namespace zooid::wire
