#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace zooid::cli {
namespace {

int number(const error_code& ec) { return static_cast<int>(exit_code_of(ec)); }

TEST(exit_codes, are_the_documented_numbers) {
    EXPECT_EQ(number({}), 0);
    EXPECT_EQ(number(errc::runtime_inconsistency), 1);
    EXPECT_EQ(number(errc::invalid_path), 2);
    EXPECT_EQ(number(errc::no_node), 3);
    EXPECT_EQ(number(errc::node_exists), 4);
    EXPECT_EQ(number(errc::bad_version), 5);
    EXPECT_EQ(number(errc::no_auth), 6);
    EXPECT_EQ(number(errc::auth_failed), 6);
    EXPECT_EQ(number(errc::connection_loss), 7);
    EXPECT_EQ(number(errc::operation_timeout), 7);
    EXPECT_EQ(number(errc::session_expired), 7);
    EXPECT_EQ(number(errc::not_empty), 8);
    EXPECT_EQ(number(errc::unimplemented), 9);
}

TEST(exit_codes, network_errors_of_the_system_mean_no_connection) {
    EXPECT_EQ(number(error_code(ECONNREFUSED, boost::system::system_category())), 7);
}

TEST(exit_codes, errors_of_newer_servers_are_other_errors) {
    EXPECT_EQ(number(error_code(-9999, error_category())), 1);
}

TEST(exit_codes, every_number_is_in_the_help) {
    const std::string help = describe_exit_codes();
    for (const char* code : {"  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "  6  ", "  7  ", "  8  ", "  9  ",
                             "130  ", "141  ", "143  "}) {
        EXPECT_NE(help.find(code), std::string::npos) << code;
    }
}

} // namespace
} // namespace zooid::cli
