#include "support/eventually.hpp"
#include "support/recorder.hpp"
#include "support/relay.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::test {
namespace {

using namespace std::chrono_literals;

class access_test : public server_test {
protected:
    static client_options as(const char* credentials) {
        client_options options;
        options.auth = {{"digest", credentials}};
        return options;
    }
};
ZOOID_ON_EVERY_VERSION(access_test);

TEST_P(access_test, a_creators_node_is_the_creators) {
    auto alice = connect();
    EXPECT_EQ(error_of([&] { return alice.create("/hers", "", {.acl = creator_acl()}); }), errc::invalid_acl);
    alice.add_auth("digest", "alice:secret");
    alice.create("/hers", "private", {.acl = creator_acl()});
    EXPECT_EQ(alice.get("/hers").data, "private");

    auto bob = connect();
    EXPECT_THROW(bob.get("/hers"), no_auth_error);
    EXPECT_THROW(bob.set("/hers", ""), no_auth_error);
    EXPECT_THROW(bob.get_children("/hers"), no_auth_error);
    EXPECT_THROW(bob.create("/hers/his"), no_auth_error);
    EXPECT_THROW(bob.set_acls("/hers", open_acl()), no_auth_error);
    bob.add_auth("digest", "bob:other");
    EXPECT_THROW(bob.get("/hers"), no_auth_error);
    bob.add_auth("digest", "alice:secret");
    EXPECT_EQ(bob.get("/hers").data, "private");
}

TEST_P(access_test, credentials_among_the_options_count_from_the_start) {
    auto alice = connect(as("alice:secret"));
    alice.create("/hers", "", {.acl = creator_acl()});
    EXPECT_NO_THROW(alice.get("/hers"));
    EXPECT_THROW(connect(as("alice:wrong")).get("/hers"), no_auth_error);
    EXPECT_NO_THROW(connect(as("alice:secret")).get("/hers"));
}

TEST_P(access_test, authentication_takes_effect_in_line) {
    connect(as("alice:secret")).create("/hers", "private", {.acl = creator_acl()});
    for (int i = 0; i < 50; ++i) {
        auto zk = connect();
        auto auth = zk.async_add_auth("digest", "alice:secret", asio::use_future);
        auto after = zk.async_get("/hers", asio::use_future);
        EXPECT_NO_THROW(auth.get());
        ASSERT_NO_THROW(EXPECT_EQ(after.get().data, "private")) << "in round " << i;
    }
}

TEST_P(access_test, authentication_is_repeated_on_every_connection) {
    relay link(server().port());
    client zk{link.address() + root()};
    zk.start({.timeout = 60s});
    zk.add_auth("digest", "alice:secret");
    zk.create("/hers", "private", {.acl = creator_acl()});
    link.cut();
    ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
    auto waiting = zk.async_get("/hers", asio::use_future);
    // Asked for without a connection: goes out with the next one.
    auto late = zk.async_add_auth("digest", "late:secret", asio::use_future);
    link.restore();
    EXPECT_EQ(waiting.get().data, "private");
    EXPECT_NO_THROW(late.get());
    if (since(3, 7)) {
        EXPECT_EQ(zk.who_am_i().size(), 3U);
    }
}

TEST_P(access_test, a_credential_that_cannot_be_offered_is_refused) {
    auto zk = connect();
    const std::string huge(std::size_t{2} << 20, 'x');
    const auto adding = [&](std::string_view scheme, std::string_view credential) {
        return error_of([&] {
            zk.add_auth(scheme, credential);
            return 0;
        });
    };
    EXPECT_EQ(adding("digest", huge), errc::request_too_large);
    EXPECT_EQ(adding("", "x"), errc::bad_arguments);
    EXPECT_TRUE(zk.exists("/")) << "nothing has happened";
    client_options options;
    options.auth = {{"digest", huge}};
    EXPECT_THROW((client{hosts(), options}), request_too_large_error);
    options.auth = {{"", "x"}};
    EXPECT_THROW((client{hosts(), options}), bad_arguments_error);
}

TEST_P(access_test, a_negative_duration_is_refused_by_name) {
    using duration = std::chrono::milliseconds client_options::*;
    for (const duration each :
         {&client_options::session_timeout, &client_options::connect_timeout, &client_options::request_timeout,
          &client_options::close_timeout, &client_options::reconnect_delay, &client_options::max_reconnect_delay}) {
        client_options options;
        options.*each = -1ms;
        EXPECT_THROW((client{hosts(), options}), bad_arguments_error);
    }
    client_options options;
    options.reconnect_delay = -1ms;
    try {
        client{hosts(), options};
        ADD_FAILURE() << "it was accepted";
    } catch (const bad_arguments_error& e) {
        EXPECT_NE(std::string{e.what()}.find("reconnect_delay is negative"), std::string::npos) << e.what();
    }
}

TEST_P(access_test, a_refused_scheme_is_final) {
    auto zk = connect();
    const recorder<keeper_state> states;
    zk.add_listener([states](const state_change& c) { states.add(c.keeper); });
    EXPECT_EQ(error_of([&] {
                  zk.add_auth("nonsense", "x");
                  return 0;
              }),
              errc::auth_failed);
    EXPECT_TRUE(eventually([&] { return zk.detailed_state() == keeper_state::auth_failed; }));
    EXPECT_EQ(zk.state(), session_state::lost);
    EXPECT_THROW(zk.get("/"), auth_failed_error);
    EXPECT_TRUE(eventually([&] { return states.last() == keeper_state::auth_failed; }));

    client_options options;
    options.auth = {{"nonsense", "x"}};
    client never{hosts(), options};
    EXPECT_EQ(error_of([&] {
                  never.start({.timeout = scaled(20s)});
                  return 0;
              }),
              errc::auth_failed);
}

TEST_P(access_test, the_default_acl_applies_where_none_is_given) {
    auto options = as("alice:secret");
    options.default_acl = creator_acl();
    auto alice = connect(options);
    alice.create("/a");
    alice.ensure_path("/b/c");
    alice.upsert("/d", "x");
    alice.create("/e/f", "", {.make_path = true});
    alice.transaction().create("/g").commit();
    alice.create("/open", "", {.acl = open_acl()});
    auto stranger = connect();
    for (const char* path : {"/a", "/b", "/b/c", "/d", "/e", "/e/f", "/g"}) {
        EXPECT_EQ(error_of([&] { return stranger.get(path); }), errc::no_auth) << path;
    }
    EXPECT_NO_THROW(stranger.get("/open"));
}

TEST_P(access_test, removing_needs_permission_on_the_parent) {
    auto alice = connect(as("alice:secret"));
    alice.create("/p", "", {.acl = creator_acl()});
    alice.create("/p/open", "", {.acl = open_acl()});
    auto bob = connect();
    EXPECT_NO_THROW(bob.set("/p/open", "written"));
    EXPECT_THROW(bob.remove("/p/open"), no_auth_error);
    EXPECT_THROW(bob.transaction().remove("/p/open").commit(), no_auth_error);
    EXPECT_THROW(bob.remove("/p/open", {.recursive = true}), no_auth_error);
    EXPECT_TRUE(alice.exists("/p/open"));
}

TEST_P(access_test, readable_to_all_means_that) {
    auto zk = connect();
    zk.create("/r", "look", {.acl = read_acl()});
    EXPECT_EQ(zk.get("/r").data, "look");
    EXPECT_THROW(zk.set("/r", "touch"), no_auth_error);
    EXPECT_EQ(zk.get_acls("/r").acls, read_acl());
}

TEST_P(access_test, the_stored_acl_holds_the_hash) {
    auto bob = connect(as("bob:secret"));
    bob.create("/b", "", {.acl = creator_acl()});
    const acl expected{{perms::all, "digest", "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="}};
    EXPECT_EQ(bob.get_acls("/b").acls, expected);
}

TEST_P(access_test, the_server_tells_who_we_are) {
    auto zk = connect();
    if (!since(3, 7)) {
        EXPECT_EQ(error_of([&] { return zk.who_am_i(); }), errc::unimplemented);
        come_back(zk);
        return;
    }
    EXPECT_EQ(zk.who_am_i(), (std::vector<identity>{{"ip", "127.0.0.1"}}));
    zk.add_auth("digest", "alice:secret", {.timeout = scaled(20s)});
    const auto now = zk.who_am_i({.timeout = scaled(20s)});
    EXPECT_EQ(now.size(), 2U);
    EXPECT_NE(std::find(now.begin(), now.end(), identity{"digest", "alice"}), now.end());
}

TEST_P(access_test, no_line_of_the_log_holds_a_secret) {
    struct sink {
        std::mutex mutex;
        std::vector<std::string> lines;
    };
    const auto log = std::make_shared<sink>();
    relay link(server().port());
    std::string password;
    {
        auto options = as("alice:hush-hush");
        options.level = log_level::debug;
        options.log = [log](log_level, std::string_view line) {
            const std::lock_guard lock(log->mutex);
            log->lines.emplace_back(line);
        };
        client zk{link.address() + root(), options};
        zk.start({.timeout = 60s});
        password = zk.client_id().password;
        zk.add_auth("digest", "bob:top-secret");
        zk.create("/a", "confidential-data");
        link.cut();
        ASSERT_TRUE(eventually([&] { return !zk.connected(); }));
        link.restore();
        zk.get("/a");
        (void)error_of([&] {
            zk.add_auth("nonsense", "third-secret");
            return 0;
        });
        zk.close();
    }
    const std::lock_guard lock(log->mutex);
    EXPECT_FALSE(log->lines.empty()) << "at this level a connection and its loss must be told";
    std::string hex;
    for (const char c : password) {
        static constexpr char digits[] = "0123456789abcdef";
        hex.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        hex.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
    for (const auto& line : log->lines) {
        for (const std::string& secret :
             {std::string("hush-hush"), std::string("top-secret"), std::string("third-secret"),
              std::string("confidential-data"), password, hex}) {
            EXPECT_EQ(line.find(secret), std::string::npos) << line;
        }
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
}

} // namespace
} // namespace zooid::test
