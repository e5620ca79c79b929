#include <zooid/error.hpp>

#include <boost/system/errc.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace zooid {
namespace {

const std::vector<errc> every_error{
#define ZOOID_ERROR(name, number, exception, message) errc::name,
#include <zooid/detail/error_table.inc>
};

TEST(error, has_the_numbers_of_the_protocol) {
    EXPECT_EQ(static_cast<int>(errc::connection_loss), -4);
    EXPECT_EQ(static_cast<int>(errc::marshalling_error), -5);
    EXPECT_EQ(static_cast<int>(errc::unimplemented), -6);
    EXPECT_EQ(static_cast<int>(errc::bad_arguments), -8);
    EXPECT_EQ(static_cast<int>(errc::no_node), -101);
    EXPECT_EQ(static_cast<int>(errc::no_auth), -102);
    EXPECT_EQ(static_cast<int>(errc::bad_version), -103);
    EXPECT_EQ(static_cast<int>(errc::no_children_for_ephemerals), -108);
    EXPECT_EQ(static_cast<int>(errc::node_exists), -110);
    EXPECT_EQ(static_cast<int>(errc::not_empty), -111);
    EXPECT_EQ(static_cast<int>(errc::session_expired), -112);
    EXPECT_EQ(static_cast<int>(errc::invalid_acl), -114);
    EXPECT_EQ(static_cast<int>(errc::auth_failed), -115);
    EXPECT_EQ(static_cast<int>(errc::session_moved), -118);
    EXPECT_EQ(static_cast<int>(errc::not_read_only), -119);
    EXPECT_EQ(static_cast<int>(errc::no_watcher), -121);
    EXPECT_EQ(static_cast<int>(errc::quota_exceeded), -125);
    EXPECT_EQ(static_cast<int>(errc::throttled), -127);
}

TEST(error, table_has_no_duplicates_and_no_blanks) {
    std::set<int> numbers;
    std::set<std::string> messages;
    std::set<std::string_view> names;
    for (const errc e : every_error) {
        const error_code ec = e;
        EXPECT_TRUE(numbers.insert(ec.value()).second) << to_string(e);
        EXPECT_TRUE(messages.insert(ec.message()).second) << ec.message();
        EXPECT_TRUE(names.insert(to_string(e)).second) << to_string(e);
        EXPECT_NE(ec.value(), 0);
        EXPECT_FALSE(ec.message().empty());
        EXPECT_TRUE(ec.failed());
    }
}

TEST(error, numbers_of_newer_servers_survive) {
    const error_code ec{-130, error_category()};
    EXPECT_EQ(ec.value(), -130);
    EXPECT_NE(ec.message().find("-130"), std::string::npos);
    EXPECT_EQ(to_string(static_cast<errc>(-130)), "unknown");
    EXPECT_THROW(throw_error(ec, "get", "/a"), error);
}

TEST(error, each_throws_its_own_class) {
#define ZOOID_ERROR(name, number, exception, message) EXPECT_THROW(throw_error(errc::name, "op", "/p"), exception);
#include <zooid/detail/error_table.inc>
}

TEST(error, says_what_was_tried_and_where) {
    try {
        throw_error(errc::no_node, "get", "/a", "while testing");
    } catch (const no_node_error& e) {
        EXPECT_EQ(e.code(), errc::no_node);
        EXPECT_EQ(e.operation(), "get");
        EXPECT_EQ(e.path(), "/a");
        const std::string text = e.what();
        EXPECT_NE(text.find("get /a (while testing)"), std::string::npos) << text;
        EXPECT_NE(text.find("node does not exist"), std::string::npos) << text;
    }
}

TEST(error, conditions_sort_errors_by_what_to_do) {
    const error_code lost = errc::connection_loss;
    const error_code gone = errc::session_expired;
    const error_code wrong = errc::invalid_path;
    EXPECT_TRUE(lost == condition::retryable);
    EXPECT_FALSE(lost == condition::session_gone);
    EXPECT_TRUE(gone == condition::session_gone);
    EXPECT_FALSE(gone == condition::retryable);
    EXPECT_TRUE(wrong == condition::caller_error);
    EXPECT_FALSE(error_code{} == condition::retryable);
    EXPECT_FALSE((error_code{-4, boost::system::generic_category()} == condition::retryable));
}

TEST(possible_effect, is_unknown_only_for_writes_without_an_answer) {
    const error_code cancelled{static_cast<int>(boost::system::errc::operation_canceled),
                               boost::system::system_category()};
    EXPECT_EQ(possible_effect(errc::connection_loss, opcode::create), effect::unknown);
    EXPECT_EQ(possible_effect(errc::operation_timeout, opcode::multi), effect::unknown);
    EXPECT_EQ(possible_effect(cancelled, opcode::set), effect::unknown);
    EXPECT_EQ(possible_effect(errc::connection_loss, opcode::get), effect::none);
    EXPECT_EQ(possible_effect(cancelled, opcode::get), effect::none);
    EXPECT_EQ(possible_effect(errc::node_exists, opcode::create), effect::none);
    EXPECT_EQ(possible_effect(error_code{}, opcode::create), effect::none);
}

} // namespace
} // namespace zooid
