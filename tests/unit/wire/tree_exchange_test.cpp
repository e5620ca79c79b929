// Reading and writing nodes, byte for byte, as a client and as a server sees them.

#include "exchanges.hpp"
#include "received.hpp"
#include "wire/frame.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <zooid/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire {
namespace {

using testing::expect_bytes;
using testing::received;

server_time at(std::int64_t milliseconds) { return server_time{std::chrono::milliseconds{milliseconds}}; }

stat stat_of_new_node() {
    return {
        .czxid = 2, .mzxid = 2, .ctime = at(0x1a1f9f0dc8c), .mtime = at(0x1a1f9f0dc8c), .data_length = 5, .pzxid = 2};
}

stat stat_of_changed_node() {
    return {.czxid = 2,
            .mzxid = 4,
            .ctime = at(0x1a1f9f0dc8c),
            .mtime = at(0x1a1f9f0dd26),
            .version = 1,
            .data_length = 2,
            .pzxid = 2};
}

TEST(create, client_sends) {
    buffer out;
    const acl_view acls{open_acl()};
    put_request(out, 1, opcode::create, create_request{.path = "/a", .data = "hello", .acl = acls, .flags = 0});
    expect_bytes(out, exchanges::create);
}

TEST(create, chroot_is_put_in_front) {
    buffer direct;
    buffer through_chroot;
    put_request(direct, 1, opcode::create, create_request{.path = "/app/a", .data = "", .acl = open_acl()});
    put_request(through_chroot, 1, opcode::create,
                create_request{.path = {"/app", "/a"}, .data = "", .acl = open_acl()});
    EXPECT_EQ(direct.view(), through_chroot.view());
}

TEST(create, server_reads) {
    received in{exchanges::create};
    EXPECT_EQ(in.take<request_header>(), (request_header{1, opcode::create}));
    const auto request = in.take<create_request>();
    EXPECT_EQ(request.path.to_string(), "/a");
    EXPECT_EQ(request.data, "hello");
    ASSERT_EQ(request.acl.size(), 1U);
    EXPECT_EQ(*request.acl.begin(), (acl_item{31, "world", "anyone"}));
    EXPECT_EQ(request.flags, 0);
    EXPECT_EQ(in.rest(), "");
}

TEST(create, server_answers) {
    buffer out;
    put_reply(out, 1, 2, 0, create_response{"/a"});
    expect_bytes(out, exchanges::create_reply);
    out.clear();
    put_reply(out, 2, 3, static_cast<std::int32_t>(errc::node_exists));
    expect_bytes(out, exchanges::create_again_reply);
}

TEST(create, client_reads_the_answer) {
    received made{exchanges::create_reply};
    EXPECT_EQ(made.take<reply_header>(), (reply_header{1, 2, 0}));
    EXPECT_EQ(made.take<create_response>().path, "/a");
    received refused{exchanges::create_again_reply};
    EXPECT_EQ(refused.take<reply_header>(), (reply_header{2, 3, -110}));
    EXPECT_EQ(refused.rest(), "");
}

TEST(get, both_ways) {
    buffer out;
    put_request(out, 3, opcode::get, path_watch_request{.path = "/a", .watch = true});
    expect_bytes(out, exchanges::get);
    out.clear();
    put_reply(out, 3, 3, 0, get_data_response{"hello", stat_of_new_node()});
    expect_bytes(out, exchanges::get_reply);

    received request{exchanges::get};
    EXPECT_EQ(request.take<request_header>(), (request_header{3, opcode::get}));
    const auto body = request.take<path_watch_request>();
    EXPECT_EQ(body.path.path, "/a");
    EXPECT_TRUE(body.watch);
    received reply{exchanges::get_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{3, 3, 0}));
    EXPECT_EQ(reply.take<get_data_response>(), (get_data_response{"hello", stat_of_new_node()}));
    EXPECT_EQ(reply.rest(), "");
}

TEST(get, any_byte_but_zero_is_a_watch) {
    std::string frame = testing::hex(exchanges::get);
    frame.back() = '\x7f';
    received in{frame};
    in.take<request_header>();
    EXPECT_TRUE(in.take<path_watch_request>().watch);
}

TEST(set, both_ways) {
    buffer out;
    put_request(out, 4, opcode::set, set_data_request{.path = "/a", .data = "v1", .version = 0});
    expect_bytes(out, exchanges::set);
    out.clear();
    put_reply(out, 4, 4, 0, stat_response{stat_of_changed_node()});
    expect_bytes(out, exchanges::set_reply);

    received request{exchanges::set};
    EXPECT_EQ(request.take<request_header>(), (request_header{4, opcode::set}));
    const auto body = request.take<set_data_request>();
    EXPECT_EQ(body.path.path, "/a");
    EXPECT_EQ(body.data, "v1");
    EXPECT_EQ(body.version, 0);
    received reply{exchanges::set_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{4, 4, 0}));
    EXPECT_EQ(reply.take<stat_response>().stat, stat_of_changed_node());
}

TEST(get_children2, both_ways) {
    const std::vector<std::string> names{"a", "zookeeper"};
    const stat root{.cversion = 2, .num_children = 2, .pzxid = 6};
    buffer out;
    put_request(out, 0x65, opcode::get_children2, path_watch_request{.path = "/", .watch = true});
    expect_bytes(out, exchanges::get_children2);
    out.clear();
    put_reply(out, 0x65, 9, 0, get_children2_response{names, root});
    expect_bytes(out, exchanges::get_children2_reply);

    received request{exchanges::get_children2};
    EXPECT_EQ(request.take<request_header>(), (request_header{0x65, opcode::get_children2}));
    EXPECT_EQ(request.take<path_watch_request>().path.path, "/");
    received reply{exchanges::get_children2_reply};
    EXPECT_EQ(reply.take<reply_header>(), (reply_header{0x65, 9, 0}));
    const auto body = reply.take<get_children2_response>();
    EXPECT_EQ(std::vector<std::string>(body.children.begin(), body.children.end()), names);
    EXPECT_EQ(body.stat, root);
}

} // namespace
} // namespace zooid::wire
