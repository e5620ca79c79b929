#include <zooid/opcode.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string_view>

namespace zooid {
namespace {

TEST(opcode, has_the_numbers_of_the_protocol) {
    const std::map<std::int32_t, std::string_view> expected{
        {0, "notification"},
        {1, "create"},
        {2, "remove"},
        {3, "exists"},
        {4, "get"},
        {5, "set"},
        {6, "get_acls"},
        {7, "set_acls"},
        {8, "get_children"},
        {9, "sync"},
        {11, "ping"},
        {12, "get_children2"},
        {13, "check"},
        {14, "multi"},
        {15, "create2"},
        {16, "reconfig"},
        {17, "check_watches"},
        {18, "remove_watches"},
        {19, "create_container"},
        {20, "delete_container"},
        {21, "create_ttl"},
        {22, "multi_read"},
        {100, "auth"},
        {101, "set_watches"},
        {102, "sasl"},
        {103, "get_ephemerals"},
        {104, "get_all_children_number"},
        {105, "set_watches2"},
        {106, "add_watch"},
        {107, "who_am_i"},
        {-10, "create_session"},
        {-11, "close_session"},
        {-1, "error"},
    };
    for (std::int32_t number = -200; number <= 200; ++number) {
        const auto found = to_opcode(number);
        const auto it = expected.find(number);
        ASSERT_EQ(found.has_value(), it != expected.end()) << number;
        if (found) {
            EXPECT_EQ(static_cast<std::int32_t>(*found), number);
            EXPECT_EQ(to_string(*found), it->second);
        }
    }
}

TEST(opcode, unknown_numbers_have_no_name) {
    EXPECT_EQ(to_string(static_cast<opcode>(55)), "unknown");
    EXPECT_EQ(kind_of(static_cast<opcode>(55)), opcode_kind::inner);
    EXPECT_EQ(to_opcode(55), std::nullopt);
}

TEST(opcode, writes_are_those_that_change_something) {
    const std::set<opcode> writes{
        opcode::create,  opcode::remove,   opcode::set,        opcode::set_acls,         opcode::multi,
        opcode::create2, opcode::reconfig, opcode::create_ttl, opcode::create_container, opcode::close_session};
    for (std::int32_t number = -200; number <= 200; ++number) {
        if (const auto op = to_opcode(number)) {
            EXPECT_EQ(kind_of(*op) == opcode_kind::write, writes.contains(*op)) << to_string(*op);
        }
    }
}

} // namespace
} // namespace zooid
