#include "contract/contract_test.hpp"
#include "wire/replies.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Credentials: how a connection gets identities, and what becomes of one that fails to.

namespace zooid::test {
namespace {

class auth_test : public contract_test {
protected:
    static std::vector<std::string> identities(raw_session& zk) {
        const auto reply = zk.call(opcode::who_am_i);
        std::vector<std::string> all;
        for (const auto& who : reply.as<wire::who_am_i_response>().identities) {
            all.push_back(std::string(who.scheme) + ':' + std::string(who.user));
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    using list = std::vector<std::string>;
};
ZOOID_CONTRACT(auth_test);

TEST_P(auth_test, success_is_answered_without_a_transaction_id) {
    auto zk = open();
    for (const std::int32_t xid : {-4, 17}) {
        zk.send_as(xid, opcode::auth, wire::auth_packet{0, "digest", "bob:secret"});
        const auto reply = zk.receive();
        EXPECT_EQ(reply.xid, xid);
        EXPECT_EQ(reply.zxid, 0);
        EXPECT_EQ(reply.err, ok);
        EXPECT_TRUE(reply.body.empty());
    }
}

TEST_P(auth_test, a_connection_can_have_many_identities) {
    auto zk = open();
    EXPECT_EQ(identities(zk), (list{"ip:127.0.0.1"}));
    ASSERT_EQ(zk.add_auth("digest", "bob:secret").err, ok);
    EXPECT_EQ(identities(zk), (list{"digest:bob", "ip:127.0.0.1"}));
    ASSERT_EQ(zk.add_auth("digest", "bob:secret").err, ok);
    EXPECT_EQ(identities(zk), (list{"digest:bob", "ip:127.0.0.1"})) << "the same again adds nothing";
    ASSERT_EQ(zk.add_auth("digest", "amy:x").err, ok);
    ASSERT_EQ(zk.add_auth("digest", "no-password").err, ok);
    ASSERT_EQ(zk.add_auth("ip", "").err, ok);
    EXPECT_EQ(identities(zk), (list{"digest:amy", "digest:bob", "digest:no-password", "ip:127.0.0.1"}));
}

TEST_P(auth_test, identities_belong_to_the_connection) {
    auto zk = open();
    ASSERT_EQ(zk.add_auth("digest", "bob:secret").err, ok);
    zk.drop();
    auto again = open(zk.resumption());
    EXPECT_EQ(identities(again), (list{"ip:127.0.0.1"}));
}

TEST_P(auth_test, a_password_may_contain_colons) {
    auto zk = open();
    ASSERT_EQ(zk.add_auth("digest", "bob:a:b:c").err, ok);
    const auto own = only("auth", "");
    ASSERT_EQ(zk.create(path("/a"), {.acl = &own}).err, ok);
    auto other = open();
    ASSERT_EQ(other.add_auth("digest", "bob:a").err, ok);
    EXPECT_EQ(other.get(path("/a")).err, errc::no_auth);
    ASSERT_EQ(other.add_auth("digest", "bob:a:b:c").err, ok);
    EXPECT_EQ(other.get(path("/a")).err, ok);
}

TEST_P(auth_test, only_requests_after_the_credentials_profit) {
    auto zk = open();
    const auto locked = only("digest", "bob:fyVmFCwVbTJYrznoSu1koqYEYF0=");
    ASSERT_EQ(zk.create(path("/bobs"), {.acl = &locked}).err, ok);
    const auto before = zk.send(opcode::get, wire::path_watch_request{path("/bobs"), false});
    EXPECT_EQ(zk.receive(before).err, errc::no_auth);
    ASSERT_EQ(zk.add_auth("digest", "bob:secret").err, ok);
    EXPECT_EQ(zk.get(path("/bobs")).err, ok);
}

TEST_P(auth_test, failure_is_answered_and_ends_the_connection_but_not_the_session) {
    for (const auto& [scheme, secret] :
         std::vector<std::pair<std::string, std::optional<std::string_view>>>{{"no-such-scheme", "x"},
                                                                              {"", "x"},
                                                                              {"world", "anyone"},
                                                                              {"auth", ""},
                                                                              {"super", "super:secret"},
                                                                              {"sasl", "x"},
                                                                              {"digest", std::nullopt}}) {
        SCOPED_TRACE(scheme);
        auto zk = open();
        ASSERT_EQ(zk.create(path("/e"), {.flags = 1}).err, ok);
        const auto reply = zk.add_auth(scheme, secret);
        EXPECT_EQ(reply.err, errc::auth_failed);
        EXPECT_EQ(reply.zxid, 0);
        EXPECT_TRUE(reply.body.empty());
        EXPECT_TRUE(zk.ended());
        auto again = open(zk.resumption());
        EXPECT_EQ(again.exists(path("/e")).err, ok);
    }
}

TEST_P(auth_test, the_superuser_may_do_everything) {
    auto zk = open();
    const auto nobody = only("digest", "x:y", 0);
    ASSERT_EQ(zk.create(path("/a"), {.acl = &nobody}).err, ok);
    ASSERT_EQ(zk.add_auth("digest", "super:wrong").err, ok);
    EXPECT_EQ(zk.get(path("/a")).err, errc::no_auth);
    ASSERT_EQ(zk.add_auth("digest", "super:secret").err, ok);
    EXPECT_EQ(zk.get(path("/a")).err, ok);
    EXPECT_EQ(zk.create(path("/a/b")).err, ok);
    EXPECT_EQ(zk.get_acl(path("/a")).acls(), (list{"digest:x:y:0"})) << "nothing is masked for it";
    EXPECT_EQ(zk.set_acl(path("/a"), open_acl()).err, ok);
    const auto who = identities(zk);
    EXPECT_TRUE(std::find(who.begin(), who.end(), "super:") != who.end()) << ::testing::PrintToString(who);
    EXPECT_EQ(zk.remove("/zookeeper").err, errc::bad_arguments) << "what nobody can do it can't either";
}

// Without a mechanism configured, a token is answered by none.
TEST_P(auth_test, a_server_without_sasl_says_so) {
    auto zk = open();
    const auto reply = zk.call(opcode::sasl, wire::sasl_request{""});
    EXPECT_EQ(reply.err, ok);
    EXPECT_EQ(reply.zxid, 0);
    EXPECT_EQ(reply.as<wire::sasl_response>().token, std::nullopt);
    EXPECT_EQ(zk.get(path()).err, ok);
}

} // namespace
} // namespace zooid::test
