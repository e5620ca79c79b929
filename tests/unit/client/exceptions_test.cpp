#include <zooid/error.hpp>
#include <zooid/opcode.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <exception>
#include <stdexcept>
#include <string>
#include <typeinfo>

namespace zooid {
namespace {

template <class Exception>
void expect_thrown(error_code ec) {
    try {
        throw_error(ec, "create", "/a", "part 2", effect::unknown);
    } catch (const Exception& e) {
        static_assert(std::derived_from<Exception, error>);
        EXPECT_EQ(typeid(e), typeid(Exception)) << ec.message();
        EXPECT_EQ(e.code(), ec);
        EXPECT_EQ(e.operation(), "create");
        EXPECT_EQ(e.path(), "/a");
        EXPECT_EQ(e.possible_effect(), effect::unknown);
        const std::string text = e.what();
        for (const auto& part : {std::string("create"), std::string("/a"), std::string("part 2"), ec.message()}) {
            EXPECT_NE(text.find(part), std::string::npos) << text;
        }
        return;
    } catch (const std::exception& e) {
        ADD_FAILURE() << "another class for " << ec.message() << ": " << e.what();
        return;
    }
}

TEST(exceptions, every_code_has_its_class) {
#define ZOOID_ERROR(name, number, exception, message) expect_thrown<exception>(errc::name);
#include <zooid/detail/error_table.inc>
}

TEST(exceptions, codes_without_a_class_throw_the_base) {
    expect_thrown<error>(error_code{-9999, error_category()});
    expect_thrown<error>(boost::system::errc::make_error_code(boost::system::errc::connection_refused));
    expect_thrown<error>(boost::asio::error::operation_aborted);
}

TEST(exceptions, can_be_caught_as_boosts_and_the_standards) {
    EXPECT_THROW(throw_error(errc::no_node, "get", "/a"), boost::system::system_error);
    EXPECT_THROW(throw_error(errc::no_node, "get", "/a"), std::runtime_error);
}

TEST(exceptions, the_text_does_without_what_is_missing) {
    const auto text = [](const char* operation, const char* path) {
        try {
            throw_error(errc::no_node, operation, path);
        } catch (const error& e) {
            return std::string(e.what());
        }
    };
    EXPECT_EQ(text("get", "/a").find("get /a"), 0U) << text("get", "/a");
    EXPECT_EQ(text("start", "").find("start"), 0U) << text("start", "");
    EXPECT_NE(text("", "").find(error_code(errc::no_node).message()), std::string::npos);
}

TEST(possible_effect, is_unknown_only_for_writes_without_an_answer) {
    const opcode writes[] = {opcode::create,     opcode::create2, opcode::create_container,
                             opcode::create_ttl, opcode::remove,  opcode::set,
                             opcode::set_acls,   opcode::multi,   opcode::reconfig};
    const opcode reads[] = {opcode::exists,         opcode::get,           opcode::get_children,
                            opcode::get_children2,  opcode::get_acls,      opcode::multi_read,
                            opcode::sync,           opcode::who_am_i,      opcode::add_watch,
                            opcode::get_ephemerals, opcode::remove_watches};
    const error_code lost[] = {errc::connection_loss, errc::operation_timeout, errc::session_moved,
                               boost::asio::error::operation_aborted};
    const error_code answered[] = {errc::no_node,      errc::node_exists,       errc::bad_version,   errc::no_auth,
                                   errc::not_empty,    errc::unimplemented,     errc::invalid_acl,   errc::throttled,
                                   errc::invalid_path, errc::request_too_large, errc::bad_arguments, error_code{}};
    for (const auto op : writes) {
        for (const auto& ec : lost) {
            EXPECT_EQ(possible_effect(ec, op), effect::unknown) << to_string(op) << ": " << ec.message();
        }
        for (const auto& ec : answered) {
            EXPECT_EQ(possible_effect(ec, op), effect::none) << to_string(op) << ": " << ec.message();
        }
    }
    for (const auto op : reads) {
        for (const auto& ec : lost) {
            EXPECT_EQ(possible_effect(ec, op), effect::none) << to_string(op) << ": " << ec.message();
        }
    }
}

TEST(conditions, sort_the_codes_by_reaction) {
    EXPECT_EQ(error_code(errc::connection_loss), condition::retryable);
    EXPECT_EQ(error_code(errc::operation_timeout), condition::retryable);
    EXPECT_NE(error_code(errc::no_node), condition::retryable);
    EXPECT_EQ(error_code(errc::session_expired), condition::session_gone);
    EXPECT_EQ(error_code(errc::auth_failed), condition::session_gone);
    EXPECT_NE(error_code(errc::connection_loss), condition::session_gone);
    EXPECT_EQ(error_code(errc::invalid_path), condition::caller_error);
    EXPECT_EQ(error_code(errc::request_too_large), condition::caller_error);
    EXPECT_NE(error_code(errc::bad_version), condition::caller_error);
    EXPECT_NE(error_code(-112, boost::system::generic_category()), condition::session_gone) << "another category";
}

} // namespace
} // namespace zooid
