#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class errors_test : public server_test {};
ZOOID_ON_EVERY_VERSION(errors_test);

// Runs `f`, which must throw exactly the class `Exception`, with the code `code`, operation and path.
template <class Exception, class F>
void expect_error(errc code, const char* operation, const std::string& path, F&& f) {
    try {
        (void)f();
    } catch (const Exception& e) {
        EXPECT_EQ(e.code(), code);
        EXPECT_EQ(e.operation(), operation);
        EXPECT_EQ(e.path(), path);
        EXPECT_EQ(e.possible_effect(), effect::none) << "the server has answered, or was never asked";
        EXPECT_NE(std::string(e.what()).find(operation), std::string::npos) << e.what();
        // what() is a C string, which cannot show a NUL.
        EXPECT_NE(std::string(e.what()).find(path.c_str()), std::string::npos) << e.what();
        return;
    } catch (const error& e) {
        FAIL() << "another error: " << e.what();
    }
    FAIL() << "no error from " << operation << ' ' << path;
}

TEST_P(errors_test, missing_nodes) {
    auto zk = connect();
    expect_error<no_node_error>(errc::no_node, "get", "/none", [&] { return zk.get("/none"); });
    expect_error<no_node_error>(errc::no_node, "set", "/none", [&] { return zk.set("/none", ""); });
    expect_error<no_node_error>(errc::no_node, "get_children", "/none", [&] { return zk.get_children("/none"); });
    expect_error<no_node_error>(errc::no_node, "get_children_with_stat", "/none",
                                [&] { return zk.get_children_with_stat("/none"); });
    expect_error<no_node_error>(errc::no_node, "get_acls", "/none", [&] { return zk.get_acls("/none"); });
    expect_error<no_node_error>(errc::no_node, "set_acls", "/none", [&] { return zk.set_acls("/none", open_acl()); });
    expect_error<no_node_error>(errc::no_node, "create", "/none/child", [&] { return zk.create("/none/child"); });
    expect_error<no_node_error>(errc::no_node, "remove", "/none", [&] {
        zk.remove("/none");
        return 0;
    });
}

TEST_P(errors_test, refused_changes) {
    auto zk = connect();
    zk.create("/a");
    expect_error<node_exists_error>(errc::node_exists, "create", "/a", [&] { return zk.create("/a"); });
    expect_error<bad_version_error>(errc::bad_version, "set", "/a", [&] { return zk.set("/a", "", {.version = 5}); });
    expect_error<bad_version_error>(errc::bad_version, "set_acls", "/a",
                                    [&] { return zk.set_acls("/a", open_acl(), {.version = 5}); });
    zk.create("/a/b");
    expect_error<not_empty_error>(errc::not_empty, "remove", "/a", [&] {
        zk.remove("/a");
        return 0;
    });
    zk.create("/e", "", {.mode = create_mode::ephemeral});
    expect_error<no_children_for_ephemerals_error>(errc::no_children_for_ephemerals, "create", "/e/child",
                                                   [&] { return zk.create("/e/child"); });
}

TEST_P(errors_test, acls_no_server_takes) {
    auto zk = connect();
    zk.create("/a");
    const acl unknown_scheme{{perms::all, "nonsense", "x"}};
    expect_error<invalid_acl_error>(errc::invalid_acl, "create", "/x",
                                    [&] { return zk.create("/x", "", {.acl = unknown_scheme}); });
    expect_error<invalid_acl_error>(errc::invalid_acl, "set_acls", "/a",
                                    [&] { return zk.set_acls("/a", unknown_scheme); });
    // Nobody has authenticated, so that "whoever made it" means nobody.
    expect_error<invalid_acl_error>(errc::invalid_acl, "create", "/x",
                                    [&] { return zk.create("/x", "", {.acl = creator_acl()}); });
    const acl empty;
    expect_error<invalid_acl_error>(errc::invalid_acl, "set_acls", "/a", [&] { return zk.set_acls("/a", empty); });
    expect_error<invalid_acl_error>(errc::invalid_acl, "create", "/x",
                                    [&] { return zk.create("/x", "", {.acl = empty}); });
}

TEST_P(errors_test, invalid_paths_are_found_before_anything_is_sent) {
    auto zk = connect();
    const auto before = zk.metrics().requests;
    const std::string bad[] = {"",
                               "a",
                               "/a/",
                               "//",
                               "/a//b",
                               "/./a",
                               "/a/..",
                               "/a\x01",
                               "/\x7F",
                               std::string("/a\0b", 4),
                               "/\xFF",
                               "/\xEF\xBF\xBD",
                               "/\xF0\x9F\x98\x80"};
    for (const auto& path : bad) {
        expect_error<bad_arguments_error>(errc::invalid_path, "get", path, [&] { return zk.get(path); });
        expect_error<bad_arguments_error>(errc::invalid_path, "create", path, [&] { return zk.create(path); });
        expect_error<bad_arguments_error>(errc::invalid_path, "exists", path, [&] { return zk.exists(path); });
        expect_error<bad_arguments_error>(errc::invalid_path, "remove", path, [&] {
            zk.remove(path);
            return 0;
        });
    }
    EXPECT_EQ(zk.metrics().requests, before);
    EXPECT_THROW(zk.transaction().create("nope"), bad_arguments_error);
    EXPECT_THROW((void)zk.chroot("nope"), bad_arguments_error);
}

TEST_P(errors_test, asynchronous_calls_report_the_same_codes) {
    auto zk = connect();
    const auto code = [](auto future) { return error_of([&] { return future.get(); }); };
    // A future of Asio throws system_error with the code, not this library's classes.
    const auto fails_with = [](auto future, errc expected) {
        try {
            (void)future.get();
        } catch (const boost::system::system_error& e) {
            EXPECT_EQ(e.code(), expected);
            return true;
        }
        return false;
    };
    EXPECT_TRUE(fails_with(zk.async_get("/none", asio::use_future), errc::no_node));
    EXPECT_TRUE(fails_with(zk.async_get("none", asio::use_future), errc::invalid_path));
    EXPECT_TRUE(fails_with(zk.async_remove("/none", {.version = 2}, asio::use_future), errc::no_node));
    EXPECT_EQ(code(zk.async_exists("/none", asio::use_future)), error_code{});
}

TEST_P(errors_test, system_nodes_cannot_be_removed) {
    expect_error<bad_arguments_error>(errc::bad_arguments, "remove", "/zookeeper", [&] {
        admin().remove("/zookeeper");
        return 0;
    });
    EXPECT_EQ(error_of([&] {
                  admin().remove("/");
                  return 0;
              }),
              errc::bad_arguments);
    // The same through a chroot, where "/" is a node that could be removed but surely was not meant.
    auto zk = connect();
    zk.create("/kept");
    EXPECT_NE(error_of([&] {
                  zk.remove("/");
                  return 0;
              }),
              error_code{});
    EXPECT_TRUE(zk.exists("/kept"));
}

TEST_P(errors_test, a_request_beyond_the_limit_is_not_sent) {
    auto zk = connect();
    zk.create("/a", "small");
    const auto before = zk.metrics();
    const std::string huge(2'000'000, 'x');
    expect_error<request_too_large_error>(errc::request_too_large, "set", "/a", [&] { return zk.set("/a", huge); });
    expect_error<request_too_large_error>(errc::request_too_large, "create", "/b",
                                          [&] { return zk.create("/b", huge); });
    EXPECT_EQ(zk.get("/a").data, "small");
    EXPECT_EQ(zk.metrics().connects, before.connects) << "the server must not have dropped the connection";

    client_options modest;
    modest.max_request_size = 1000;
    auto limited = connect(modest);
    EXPECT_THROW(limited.set("/a", std::string(1000, 'x')), request_too_large_error);
    EXPECT_NO_THROW(limited.set("/a", std::string(900, 'x')));
}

TEST_P(errors_test, a_reply_beyond_the_limit_fails_alone) {
    client_options modest;
    modest.max_reply_size = 2000;
    auto limited = connect(modest);
    auto zk = connect();
    zk.create("/big", std::string(500'000, 'x'));
    zk.create("/small", "fits");
    auto first = limited.async_get("/small", asio::use_future);
    auto second = limited.async_get("/big", asio::use_future);
    auto third = limited.async_get("/small", asio::use_future);
    EXPECT_EQ(first.get().data, "fits");
    EXPECT_THROW(second.get(), boost::system::system_error);
    EXPECT_EQ(third.get().data, "fits");
    expect_error<reply_too_large_error>(errc::reply_too_large, "get", "/big", [&] { return limited.get("/big"); });
    EXPECT_EQ(limited.metrics().connects, 1U) << "the connection must survive";
    EXPECT_EQ(limited.get("/small").data, "fits");
}

TEST_P(errors_test, wrong_host_lists_are_refused_at_once) {
    for (const char* hosts : {"", ",", "/", "host:port", "host:70000", "host:-1", "[::1", "[::1]x", "host:1:2",
                              "h:2181/a//b", "h:2181/a/"}) {
        try {
            const client zk{hosts};
            ADD_FAILURE() << "accepted: '" << hosts << "'";
        } catch (const bad_arguments_error& e) {
            EXPECT_EQ(e.code(), errc::invalid_hosts) << hosts;
        }
    }
    auto zk = connect();
    EXPECT_EQ(error_of([&] {
                  zk.set_hosts("host:port");
                  return 0;
              }),
              errc::invalid_hosts);
    EXPECT_TRUE(zk.connected());
}

TEST_P(errors_test, quotas_are_enforced_where_the_server_does) {
    auto zk = connect();
    zk.create("/q", "12345");
    const std::string quota = "/zookeeper/quota" + root() + "/q";
    admin().create(quota + "/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=-1",
                   {.make_path = true});
    admin().create(quota + "/zookeeper_stats", "count=1,bytes=5");
    const auto too_much = [&] { return zk.set("/q", std::string(100, 'x')); };
    if (since(3, 7)) {
        expect_error<quota_exceeded_error>(errc::quota_exceeded, "set", "/q", too_much);
    } else {
        EXPECT_NO_THROW(too_much());
    }
}

TEST_P(errors_test, a_closed_client_says_so) {
    auto zk = connect();
    zk.create("/a");
    zk.close();
    expect_error<connection_closed_error>(errc::closed, "get", "/a", [&] { return zk.get("/a"); });
    EXPECT_THROW(zk.start(), connection_closed_error);
    EXPECT_EQ(zk.detailed_state(), keeper_state::closed);
    EXPECT_NO_THROW(zk.close());
}

TEST_P(errors_test, conditions_sort_codes_by_reaction) {
    auto zk = connect();
    const auto caller = error_of([&] { return zk.get("not a path"); });
    EXPECT_EQ(caller, condition::caller_error);
    EXPECT_NE(caller, condition::retryable);
    const auto server = error_of([&] { return zk.get("/none"); });
    EXPECT_NE(server, condition::caller_error);
    EXPECT_NE(server, condition::retryable);
    EXPECT_NE(server, condition::session_gone);
}

} // namespace
} // namespace zooid::test
