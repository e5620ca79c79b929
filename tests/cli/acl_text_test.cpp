#include "cli/acl_text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace zooid::cli {
namespace {

TEST(acl_text, reads_entries) {
    const acl expected{{perms::all, "world", "anyone"}, {perms::read | perms::write, "ip", "10.0.0.0/8"}};
    EXPECT_EQ(parse_acl("world:anyone:cdrwa,ip:10.0.0.0/8:rw"), expected);
    EXPECT_EQ(parse_acl("world:anyone:all,ip:10.0.0.0/8:wr"), expected);
}

TEST(acl_text, ids_may_be_empty_or_have_colons) {
    EXPECT_EQ(parse_acl("auth::r"), (acl{{perms::read, "auth", ""}}));
    EXPECT_EQ(parse_acl("digest:bob:K2f=:cd"), (acl{{perms::create | perms::remove, "digest", "bob:K2f="}}));
}

TEST(acl_text, knows_the_usual_lists_by_name) {
    EXPECT_EQ(parse_acl("open"), open_acl());
    EXPECT_EQ(parse_acl("read"), read_acl());
    EXPECT_EQ(parse_acl("creator"), creator_acl());
}

TEST(acl_text, names_what_is_wrong) {
    for (const char* text : {"", "world", "world:anyone", ":x:r", "world:anyone:", "world:anyone:rx", "world:anyone:r,",
                             "world:anyone:ALL"}) {
        EXPECT_THROW(static_cast<void>(parse_acl(text)), std::invalid_argument) << text;
    }
    try {
        static_cast<void>(parse_acl("world:anyone:r,ip:1.2.3.4:q"));
        FAIL();
    } catch (const std::invalid_argument& problem) {
        EXPECT_NE(std::string(problem.what()).find("'ip:1.2.3.4:q'"), std::string::npos) << problem.what();
    }
}

TEST(acl_text, writes_permissions_as_it_reads_them) {
    for (std::int32_t p = 1; p <= perms::all; ++p) {
        EXPECT_EQ(parse_permissions(format_permissions(p)), p);
    }
    EXPECT_EQ(format_permissions(perms::all), "cdrwa");
}

} // namespace
} // namespace zooid::cli
