#include "server/access.hpp"

#include "unit/server/core_fixture.hpp"

namespace zooid::server {
namespace {

constexpr std::int32_t ok = 0;

credentials caller(std::vector<identity> identities) {
    credentials who;
    for (identity& one : identities) {
        who.add(std::move(one));
    }
    return who;
}

TEST(access, digests_as_zookeeper_makes_them) {
    EXPECT_EQ(digest_id("bob:secret"), "bob:fyVmFCwVbTJYrznoSu1koqYEYF0=");
    EXPECT_TRUE(digest_id("abc").starts_with("abc:"));
    EXPECT_TRUE(digest_id("a:b:c").starts_with("a:"));
    EXPECT_NE(digest_id("a:b:c"), digest_id("a:b"));
}

TEST(access, ranges_of_addresses) {
    struct row {
        std::string_view address;
        std::string_view range;
        bool inside;
    };
    for (const row& r : {
             row{"10.1.2.3", "10.1.2.3", true},
             row{"10.1.2.3", "10.1.2.4", false},
             row{"10.1.2.3", "10.1.0.0/16", true},
             row{"10.2.2.3", "10.1.0.0/16", false},
             row{"10.1.2.3", "99.99.99.99/0", true},
             row{"10.1.2.3", "10.1.2.2/31", true},
             row{"10.1.2.3", "10.1.2.3/32", true},
             row{"10.1.2.3", "10.1.2.3/33", false},
             row{"10.1.2.3", "10.1.2.3/-1", false},
             row{"10.1.2.3", "10.1.2.3/", false},
             row{"10.1.2.3", "10.1.2", false},
             row{"10.1.2.3", "10.1.2.3.4", false},
             row{"10.1.2.3", "10.1.2.300", false},
             row{"10.1.2.3", "10..2.3", false},
             row{"::1", "::1", false},
             row{"10.1.2.3", "", false},
             row{"10.1.2.3", "10.1.2.3/0x10", false},
         }) {
        EXPECT_EQ(address_in_range(r.address, r.range), r.inside) << r.address << " in " << r.range;
    }
}

TEST(access, who_may_do_what) {
    const credentials nobody = caller({{"ip", "10.1.2.3"}});
    const credentials bob = caller({{"ip", "10.1.2.3"}, {"digest", "bob:x"}});
    const credentials super = caller({{"super", ""}});
    const acl world{{perms::read, "world", "anyone"}};
    const acl bobs{{perms::read | perms::write, "digest", "bob:x"}, {perms::admin, "ip", "10.1.0.0/16"}};
    EXPECT_TRUE(permits(world, perms::read, nobody));
    EXPECT_TRUE(permits(world, perms::read | perms::admin, nobody)) << "any of several will do";
    EXPECT_FALSE(permits(world, perms::write, nobody));
    EXPECT_TRUE(permits(bobs, perms::write, bob));
    EXPECT_FALSE(permits(bobs, perms::write, nobody));
    EXPECT_TRUE(permits(bobs, perms::admin, nobody));
    EXPECT_FALSE(permits(bobs, perms::create, bob));
    EXPECT_TRUE(permits(bobs, perms::create, super));
    EXPECT_TRUE(permits({}, perms::all, nobody)) << "no list, no limits";
    EXPECT_FALSE(permits(acl{{perms::all, "digest", "bob:y"}}, perms::read, bob));
    EXPECT_FALSE(permits(acl{{0, "world", "anyone"}}, perms::all, bob));
}

/// The list as it would be stored, or nothing.
std::optional<acl> resolved(const wire::list<wire::acl_item>& asked, const credentials& who) {
    acl list;
    return resolve_acl(asked, who, list) == 0 ? std::optional{list} : std::nullopt;
}

TEST(access, lists_a_client_may_set) {
    const credentials bob = caller({{"ip", "10.1.2.3"}, {"digest", "bob:x"}, {"digest", "eve:y"}});
    const auto resolve = [&](const acl& list) { return resolved(list, bob); };
    const acl& open = open_acl();
    EXPECT_EQ(resolve(open), open);
    EXPECT_EQ(resolve({}), std::nullopt);
    EXPECT_EQ(resolved(wire::list<wire::acl_item>::null(), bob), std::nullopt);
    EXPECT_EQ(resolve({{31, "world", "anyone"}, {31, "world", "anyone"}, {1, "world", "anyone"}}),
              (acl{{31, "world", "anyone"}, {1, "world", "anyone"}}))
        << "doubles are dropped";
    EXPECT_EQ(resolve({{5, "auth", "whatever"}}), (acl{{5, "digest", "bob:x"}, {5, "digest", "eve:y"}}))
        << "an address proves nothing";
    EXPECT_EQ(resolved(creator_acl(), caller({{"ip", "10.1.2.3"}})), std::nullopt);
    EXPECT_TRUE(resolve({{64, "world", "anyone"}})) << "bits are not judged";
    struct row {
        std::string scheme;
        std::string id;
        bool good;
    };
    for (const row& r :
         {row{"world", "someone", false}, row{"digest", "a:b", true}, row{"digest", "ab", false},
          row{"digest", "a:b:c", false}, row{"digest", "a:", false}, row{"digest", ":b", true},
          row{"digest", "a:b:", true}, row{"ip", "1.2.3.4", true}, row{"ip", "1.2.3.4/24", true},
          row{"ip", "1.2.3.4/40", false}, row{"ip", "::1", false}, row{"super", "", false}, row{"sasl", "bob", false},
          row{"x509", "CN=bob", false}, row{"", "", false}, row{"nonsense", "x", false}}) {
        EXPECT_EQ(resolve({{31, r.scheme, r.id}}).has_value(), r.good) << r.scheme << ":" << r.id;
    }
}

TEST(access, null_is_not_empty) {
    const std::string_view null;
    const credentials bob = caller({{"digest", "bob:x"}});
    const auto judge = [&](std::string_view scheme, std::string_view id) {
        acl list;
        return resolve_acl(std::vector<wire::acl_item>{{31, scheme, id}}, bob, list);
    };
    EXPECT_EQ(judge(null, "x"), err(errc::invalid_acl));
    EXPECT_EQ(judge("world", null), err(errc::marshalling_error));
    EXPECT_EQ(judge("digest", null), err(errc::marshalling_error));
    EXPECT_EQ(judge("digest", ""), err(errc::invalid_acl));
    EXPECT_EQ(judge("nonsense", null), err(errc::invalid_acl));
    EXPECT_EQ(judge("auth", null), ok);
}

TEST(access, a_list_of_many_entries_is_no_work) {
    std::vector<wire::acl_item> many(80'000, wire::acl_item{1, "ip", "1.2.3.4"});
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i].permissions = static_cast<std::int32_t>(i);
    }
    EXPECT_EQ(resolved(many, {})->size(), many.size());
}

TEST(access, what_a_client_proves_has_bounds) {
    credentials who;
    int accepted = 0;
    while (accepted < 2'000 && authenticate(who, "digest", "user" + std::to_string(accepted) + ":x", {}, "1.2.3.4")) {
        ++accepted;
    }
    EXPECT_EQ(accepted, 1'000);
    std::vector<wire::acl_item> asked;
    acl list;
    for (std::int32_t permissions = 1; permissions <= 200; ++permissions) {
        asked.push_back({permissions, "auth", ""});
    }
    EXPECT_EQ(resolve_acl(asked, who, list), static_cast<std::int32_t>(errc::invalid_acl));
    asked.resize(50);
    EXPECT_EQ(resolve_acl(asked, who, list), 0);
    EXPECT_EQ(list.size(), 50'000U);
}

TEST(access, authentication) {
    const std::string super_digest = digest_id("super:admin");
    credentials who;
    EXPECT_TRUE(authenticate(who, "digest", "bob:secret", super_digest, "10.0.0.1"));
    EXPECT_TRUE(authenticate(who, "digest", "bob:secret", super_digest, "10.0.0.1"));
    EXPECT_TRUE(authenticate(who, "ip", "claims to be elsewhere", super_digest, "10.0.0.1"));
    EXPECT_EQ(who.identities(),
              (std::vector<identity>{{"digest", "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="}, {"ip", "10.0.0.1"}}));
    EXPECT_FALSE(who.is_super());
    for (const std::string_view scheme : {"world", "auth", "super", "sasl", "x509", "nonsense", ""}) {
        EXPECT_FALSE(authenticate(who, scheme, "x", super_digest, "10.0.0.1")) << scheme;
    }
    EXPECT_FALSE(authenticate(who, "digest", std::nullopt, super_digest, "10.0.0.1"));
    EXPECT_TRUE(authenticate(who, "digest", "super:admin", super_digest, "10.0.0.1"));
    EXPECT_TRUE(who.is_super());
    credentials other;
    EXPECT_TRUE(authenticate(other, "digest", "super:admin", "", "10.0.0.1"));
    EXPECT_FALSE(other.is_super()) << "without one configured there is no super user";
}

TEST(acl_requests, a_failed_proof_ends_the_connection_but_not_the_session) {
    for (const std::string_view scheme : {"world", "nonsense"}) {
        test_world world;
        test_peer& peer = world.client();
        EXPECT_EQ(peer.create("/e", "", create_mode::ephemeral), ok);
        const seen_reply reply = peer.ask(opcode::auth, wire::auth_packet{0, scheme, "x"});
        EXPECT_EQ(reply.header.err, err(errc::auth_failed));
        EXPECT_EQ(reply.header.zxid, 0);
        EXPECT_EQ(reply.body, "");
        EXPECT_TRUE(peer.closed());
        EXPECT_EQ(world.open().resume(peer.session(), peer.password()).session_id, peer.session());
    }
}

TEST(acl_requests, identities_belong_to_the_connection_and_to_what_comes_after) {
    test_world world;
    test_peer& owner = world.client();
    EXPECT_EQ(owner.create("/mine", "", create_mode::persistent, creator_acl()), err(errc::invalid_acl));
    EXPECT_EQ(owner.authenticate("digest", "bob:secret"), ok);
    EXPECT_EQ(owner.create("/mine", "x", create_mode::persistent, creator_acl()), ok);
    EXPECT_EQ(owner.get("/mine"), ok);
    test_peer& stranger = world.client();
    EXPECT_EQ(stranger.get("/mine", true), err(errc::no_auth));
    EXPECT_EQ(stranger.children("/mine", true), err(errc::no_auth));
    EXPECT_EQ(stranger.set("/mine", ""), err(errc::no_auth));
    EXPECT_EQ(stranger.create("/mine/x"), err(errc::no_auth));
    EXPECT_EQ(stranger.ask(opcode::get_acls, wire::path_request{"/mine"}).header.err, err(errc::no_auth));
    EXPECT_EQ(stranger.ask(opcode::get_all_children_number, wire::path_request{"/mine"}).header.err,
              err(errc::no_auth));
    EXPECT_EQ(world.core.watch_count(), 0U);
    test_peer& again = world.open();
    again.resume(owner.session(), owner.password());
    EXPECT_EQ(again.get("/mine"), err(errc::no_auth)) << "a new connection has to prove it again";
    EXPECT_EQ(again.authenticate("digest", "bob:secret"), ok);
    EXPECT_EQ(again.get("/mine"), ok);
}

TEST(acl_requests, hashes_are_shown_only_to_who_may_change_them) {
    test_world world;
    test_peer& owner = world.client();
    EXPECT_EQ(owner.authenticate("digest", "bob:secret"), ok);
    const acl list{{perms::all, "auth", ""}, {perms::read, "world", "anyone"}};
    EXPECT_EQ(owner.create("/a", "", create_mode::persistent, list), ok);
    const auto ids = [](test_peer& peer) {
        const seen_reply reply = peer.ask(opcode::get_acls, wire::path_request{"/a"});
        std::vector<std::string> all;
        for (const wire::acl_item& entry : reply.as<wire::get_acl_response>().acl) {
            all.push_back(std::string{entry.scheme} + ":" + std::string{entry.id});
        }
        return all;
    };
    using texts = std::vector<std::string>;
    EXPECT_EQ(ids(owner), (texts{"digest:bob:fyVmFCwVbTJYrznoSu1koqYEYF0=", "world:anyone"}));
    EXPECT_EQ(ids(world.client()), (texts{"digest:bob:x", "world:anyone"}));
}

TEST(acl_requests, the_super_user_may_do_everything) {
    server_config config;
    config.super_digest = digest_id("super:admin");
    test_world world{config};
    test_peer& peer = world.client();
    EXPECT_EQ(peer.create("/closed", "", create_mode::persistent, {{0, "world", "anyone"}}), ok);
    EXPECT_EQ(peer.get("/closed"), err(errc::no_auth));
    EXPECT_EQ(peer.authenticate("digest", "super:admin"), ok);
    EXPECT_EQ(peer.get("/closed"), ok);
    EXPECT_EQ(peer.set("/zookeeper/config", ""), ok);
}

TEST(acl_requests, who_am_i) {
    test_world world;
    test_peer& peer = world.open("10.0.0.7");
    peer.connect();
    EXPECT_EQ(peer.authenticate("digest", "bob:secret"), ok);
    const seen_reply reply = peer.ask(opcode::who_am_i);
    std::vector<std::string> all;
    for (const wire::identity_item& one : reply.as<wire::who_am_i_response>().identities) {
        all.push_back(std::string{one.scheme} + " " + std::string{one.user});
    }
    EXPECT_EQ(all, (std::vector<std::string>{"ip 10.0.0.7", "digest bob"}));
}

TEST(acl_requests, sasl_is_not_set_up) {
    test_world world;
    test_peer& peer = world.client();
    const seen_reply reply = peer.ask(opcode::sasl, wire::sasl_request{""});
    EXPECT_EQ(reply.header.zxid, 0);
    EXPECT_EQ(reply.as<wire::sasl_response>().token, std::nullopt);
    EXPECT_EQ(peer.exists("/"), ok);
    peer.post(opcode::sasl, wire::sasl_request{});
    EXPECT_TRUE(peer.closed());
    EXPECT_EQ(peer.replies(), 0U);
}

} // namespace
} // namespace zooid::server
