#include "cli/json_text.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

TEST(json_text, has_all_fields_of_a_stat_in_a_fixed_order) {
    stat s;
    s.czxid = 1;
    s.mzxid = 2;
    s.pzxid = 3;
    s.mtime = server_time(std::chrono::milliseconds(1500));
    s.version = 4;
    s.cversion = 5;
    s.aversion = 6;
    s.data_length = 7;
    s.num_children = 8;
    EXPECT_EQ(serialize(to_json(s)),
              R"({"czxid":1,"mzxid":2,"pzxid":3,"ctime":"1970-01-01T00:00:00.000Z","mtime":"1970-01-01T00:00:01.500Z",)"
              R"("version":4,"cversion":5,"aversion":6,"ephemeral_owner":null,"data_length":7,"num_children":8})");
}

TEST(json_text, session_ids_are_text_since_readers_lose_bits_of_large_numbers) {
    stat s;
    s.ephemeral_owner = 0x1000000000000abc;
    EXPECT_EQ(to_json(s).at("ephemeral_owner").as_string(), "0x1000000000000abc");
    s.ephemeral_owner = -1;
    EXPECT_EQ(to_json(s).at("ephemeral_owner").as_string(), "0xffffffffffffffff");
}

TEST(json_text, the_key_tells_whether_data_is_text) {
    json::object document;
    put_data(document, "gr\xc3\xbcn \"x\"\n");
    EXPECT_EQ(serialize(document), "{\"data\":\"gr\xc3\xbcn \\\"x\\\"\\n\"}");
    document.clear();
    put_data(document, std::string_view("\xff\x00", 2));
    EXPECT_EQ(serialize(document), R"({"data_base64":"/wA="})");
}

TEST(json_text, base64_pads) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(json_text, events_say_when_they_were_missed_and_when_the_zxid_is_unknown) {
    const watch_event told{event_type::data_changed, keeper_state::connected, "/a", 17};
    EXPECT_EQ(serialize(to_json(told, false)), R"({"event":"data_changed","path":"/a","zxid":17})");
    const watch_event found{event_type::deleted, keeper_state::connected, "/a", -1};
    EXPECT_EQ(serialize(to_json(found, true)), R"({"event":"deleted","path":"/a","zxid":null,"missed":true})");
}

TEST(json_text, names_that_are_not_utf8_cannot_break_a_document) { EXPECT_EQ(json_text("a\xff"), "a\ufffd"); }

} // namespace
} // namespace zooid::cli
