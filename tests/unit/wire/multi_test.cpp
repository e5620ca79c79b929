#include "wire/multi.hpp"

#include "exchanges.hpp"
#include "received.hpp"
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire {
namespace {

using testing::expect_bytes;
using testing::hex;
using testing::received;

/// A multi request's or reply's body, without header and terminator, in hex.
constexpr const char* terminator = " ff ff ff ff 01 ff ff ff ff";

stat changed_stat() {
    return {.czxid = 2,
            .mzxid = 6,
            .ctime = server_time{std::chrono::milliseconds{0x1a1f9f0dc8c}},
            .mtime = server_time{std::chrono::milliseconds{0x1a1f9f0dd2f}},
            .version = 2,
            .data_length = 1,
            .pzxid = 2};
}

TEST(multi_request, client_sends) {
    buffer out;
    const std::size_t frame = begin_frame(out);
    encode(out, request_header{5, opcode::multi});
    multi_encoder parts{out};
    parts.create({.path = "/b", .data = "x", .acl = open_acl()});
    parts.check({.path = "/a", .version = 7});
    parts.remove({.path = "/a", .version = -1});
    EXPECT_EQ(parts.size(), 3U);
    parts.finish();
    end_frame(out, frame);
    expect_bytes(out, exchanges::multi);
}

TEST(multi_request, prepared_parts_travel_as_they_are) {
    buffer body;
    multi_encoder parts{body};
    parts.create({.path = "/b", .data = "x", .acl = open_acl()});
    parts.check({.path = "/a", .version = 7});
    parts.remove({.path = "/a", .version = -1});
    parts.finish();
    buffer out;
    put_request(out, 5, opcode::multi, encoded_body{body.view()});
    expect_bytes(out, exchanges::multi);
}

TEST(multi_request, server_reads) {
    received in{exchanges::multi};
    EXPECT_EQ(in.take<request_header>(), (request_header{5, opcode::multi}));
    multi_request_reader parts{in.rest()};
    multi_part part;

    ASSERT_EQ(parts.next(part), multi_step::part);
    EXPECT_EQ(part.type, opcode::create);
    const auto& create = std::get<create_request>(part.request);
    EXPECT_EQ(create.path.path, "/b");
    EXPECT_EQ(create.data, "x");
    EXPECT_EQ(*create.acl.begin(), (acl_item{31, "world", "anyone"}));

    ASSERT_EQ(parts.next(part), multi_step::part);
    EXPECT_EQ(part.type, opcode::check);
    EXPECT_EQ(std::get<check_version_request>(part.request).version, 7);

    ASSERT_EQ(parts.next(part), multi_step::part);
    EXPECT_EQ(part.type, opcode::remove);
    EXPECT_EQ(std::get<delete_request>(part.request).path.path, "/a");
    EXPECT_EQ(std::get<delete_request>(part.request).version, -1);

    EXPECT_EQ(parts.next(part), multi_step::end);
    EXPECT_EQ(parts.next(part), multi_step::end);
}

TEST(multi_request, every_kind_of_part_survives) {
    buffer out;
    multi_encoder parts{out};
    parts.create({.path = "/1", .flags = 1});
    parts.create2({.path = "/2", .flags = 2});
    parts.create_container({.path = "/3", .flags = 4});
    parts.create_ttl({.path = "/4", .flags = 5, .ttl = 1'000'000'000'000});
    parts.remove({.path = "/5", .version = 5});
    parts.set({.path = "/6", .data = "six", .version = 6});
    parts.check({.path = "/7", .version = 7});
    parts.get({.path = "/8", .watch = true});
    parts.get_children({.path = "/9"});
    parts.finish();

    multi_request_reader in{out.view()};
    multi_part part;
    std::vector<opcode> types;
    std::string paths;
    while (in.next(part) == multi_step::part) {
        types.push_back(part.type);
        std::visit([&paths](const auto& request) { paths += request.path.path; }, part.request);
        if (part.type == opcode::create_ttl) {
            EXPECT_EQ(std::get<create_ttl_request>(part.request).ttl, 1'000'000'000'000);
        }
    }
    EXPECT_EQ(in.next(part), multi_step::end);
    EXPECT_EQ(paths, "/1/2/3/4/5/6/7/8/9");
    EXPECT_EQ(types, (std::vector{opcode::create, opcode::create2, opcode::create_container, opcode::create_ttl,
                                  opcode::remove, opcode::set, opcode::check, opcode::get, opcode::get_children}));
}

TEST(multi_request, empty_one_is_just_its_end) {
    buffer out;
    multi_encoder{out}.finish();
    EXPECT_EQ(out.view(), hex(terminator));
    multi_request_reader in{out.view()};
    multi_part part;
    EXPECT_EQ(in.next(part), multi_step::end);
}

TEST(multi_request, foreign_operations_and_missing_ends_are_malformed) {
    const std::vector<std::string> cases{
        "",                                                                               // not even an end
        "00 00 00 02 00 ff ff ff ff  00 00 00 02 2f 61  ff ff ff ff",                     // no end
        "00 00 00 03 00 ff ff ff ff  00 00 00 02 2f 61  00" + std::string{terminator},    // exists
        "00 00 00 09 00 ff ff ff ff  00 00 00 02 2f 61" + std::string{terminator},        // sync
        "00 00 00 0e 00 ff ff ff ff" + std::string{terminator} + terminator,              // a multi in a multi
        "00 00 00 37 00 ff ff ff ff" + std::string{terminator},                           // no such operation
        "00 00 00 02 00 ff ff ff ff  ff ff ff ff  ff ff ff ff" + std::string{terminator}, // null path
    };
    for (const std::string& text : cases) {
        const std::string bytes = hex(text);
        multi_request_reader in{bytes};
        multi_part part;
        multi_step step = in.next(part);
        while (step == multi_step::part) {
            step = in.next(part);
        }
        EXPECT_EQ(step, multi_step::malformed) << text;
        EXPECT_EQ(in.next(part), multi_step::malformed) << "must not go on after: " << text;
    }
}

TEST(multi_reply, server_reports_a_failure) {
    buffer out;
    const std::size_t frame = begin_frame(out);
    encode(out, reply_header{5, 5, 0});
    multi_reply_encoder results{out};
    results.error(0);
    results.error(-103);
    results.error(-2);
    EXPECT_EQ(results.size(), 3U);
    results.finish();
    end_frame(out, frame);
    expect_bytes(out, exchanges::multi_failed);
}

TEST(multi_reply, client_reads_a_failure) {
    received in{exchanges::multi_failed};
    EXPECT_EQ(in.take<reply_header>(), (reply_header{5, 5, 0}));
    multi_reply_reader results{in.rest()};
    multi_result result;
    for (const std::int32_t err : {0, -103, -2}) {
        ASSERT_EQ(results.next(result), multi_step::part);
        EXPECT_EQ(result.type, opcode::error);
        EXPECT_EQ(result.err, err);
    }
    EXPECT_EQ(results.next(result), multi_step::end);
}

TEST(multi_reply, server_reports_success) {
    buffer out;
    const std::size_t frame = begin_frame(out);
    encode(out, reply_header{6, 6, 0});
    multi_reply_encoder results{out};
    results.create({"/b"});
    results.set({changed_stat()});
    results.check();
    results.remove();
    results.finish();
    end_frame(out, frame);
    expect_bytes(out, exchanges::multi_done);
}

TEST(multi_reply, client_reads_success) {
    received in{exchanges::multi_done};
    EXPECT_EQ(in.take<reply_header>(), (reply_header{6, 6, 0}));
    multi_reply_reader results{in.rest()};
    multi_result result;
    ASSERT_EQ(results.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::create);
    EXPECT_EQ(result.path, "/b");
    EXPECT_FALSE(result.stat);
    ASSERT_EQ(results.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::set);
    EXPECT_EQ(result.stat, changed_stat());
    EXPECT_EQ(result.path, "") << "nothing may be left over from the result before";
    ASSERT_EQ(results.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::check);
    ASSERT_EQ(results.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::remove);
    EXPECT_EQ(results.next(result), multi_step::end);
}

TEST(multi_reply, reads_and_containers_survive) {
    const std::vector<std::string_view> names{"x", "", "yy"};
    buffer out;
    multi_reply_encoder results{out};
    results.create2({"/c", changed_stat()});
    results.get({std::nullopt, changed_stat()});
    results.get({"", changed_stat()});
    results.get_children({names});
    results.error(-101);
    results.finish();

    multi_reply_reader in{out.view()};
    multi_result result;
    ASSERT_EQ(in.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::create2);
    EXPECT_EQ(result.path, "/c");
    EXPECT_EQ(result.stat, changed_stat());
    ASSERT_EQ(in.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::get);
    EXPECT_EQ(result.data, std::nullopt);
    EXPECT_EQ(result.stat, changed_stat());
    ASSERT_EQ(in.next(result), multi_step::part);
    EXPECT_EQ(result.data, std::string_view{});
    ASSERT_EQ(in.next(result), multi_step::part);
    EXPECT_EQ(result.type, opcode::get_children);
    EXPECT_EQ(std::vector<std::string_view>(result.children.begin(), result.children.end()), names);
    ASSERT_EQ(in.next(result), multi_step::part);
    EXPECT_EQ(result.err, -101);
    EXPECT_EQ(in.next(result), multi_step::end);
}

TEST(multi_reply, type_nobody_knows_is_malformed) {
    const std::string bytes = hex("00 00 00 13 00 00 00 00 00" + std::string{terminator});
    multi_reply_reader in{bytes};
    multi_result result;
    EXPECT_EQ(in.next(result), multi_step::malformed);
    EXPECT_EQ(in.next(result), multi_step::malformed);
}

} // namespace
} // namespace zooid::wire
