#include "contract/contract_test.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Which paths name a node.

namespace zooid::test {
namespace {

// Names no node may have.
const std::vector<std::string> forbidden_names{
    "",                 // an empty component
    ".",                //
    "..",               //
    "\x01",             // controls
    "\x1f",             //
    "\x7f",             //
    "a\nb",             //
    "\xc2\x80",         // U+0080
    "\xc2\x9f",         // U+009F
    "\xee\x80\x80",     // U+E000, private use
    "\xef\xa3\xbf",     // U+F8FF
    "\xef\xbf\xb0",     // U+FFF0
    "\xef\xbf\xbd",     // U+FFFD
    "\xef\xbf\xbf",     // U+FFFF
    "\xf0\x9f\x98\x80", // U+1F600, two surrogates in Java
    "\xed\xa0\x80",     // a surrogate, which is not UTF-8
    "\xff",             // not UTF-8 at all
    "a\xc3",            // cut short
};

// The same in the middle of a path.
const std::vector<std::string> forbidden_paths{"/x/", "//x", "/x//y", "/x/./y", "/x/../y", "/x\x01/y", "/x/y/"};

class paths_test : public contract_test {};
ZOOID_CONTRACT(paths_test);

TEST_P(paths_test, forbidden_names_are_bad_arguments_to_writes) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/x")).err, ok);
    for (const auto& name : forbidden_names) {
        const auto where = path("/x/" + name);
        SCOPED_TRACE(::testing::PrintToString(where));
        EXPECT_EQ(zk.create(where).err, errc::bad_arguments);
        EXPECT_EQ(zk.set(where, "").err, errc::bad_arguments);
        EXPECT_EQ(zk.set_acl(where, open_acl()).err, errc::bad_arguments);
        EXPECT_EQ(zk.remove(where).err, errc::no_node) << "a deletion just looks for it";
    }
    for (const auto& below : forbidden_paths) {
        const auto where = path(below);
        SCOPED_TRACE(::testing::PrintToString(where));
        EXPECT_EQ(zk.create(where).err, below == "/x/" ? errc::bad_arguments : errc::no_node)
            << "the parent comes first";
        EXPECT_EQ(zk.set(where, "").err, errc::bad_arguments);
        EXPECT_EQ(zk.set_acl(where, open_acl()).err, errc::bad_arguments);
        EXPECT_EQ(zk.remove(where).err, errc::no_node);
    }
    EXPECT_EQ(zk.children(path("/x")).names(), name_list{});
}

TEST_P(paths_test, forbidden_names_are_simply_missing_to_reads) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/x")).err, ok);
    ASSERT_EQ(zk.create(path("/x/y")).err, ok);
    std::vector<std::string> all{"a", "a/b", " /a", "//", "zookeeper"};
    for (const auto& name : forbidden_names) {
        all.push_back(path("/" + name));
    }
    for (const auto& below : forbidden_paths) {
        all.push_back(path(below));
    }
    for (const auto& where : all) {
        SCOPED_TRACE(::testing::PrintToString(where));
        EXPECT_EQ(zk.exists(where).err, errc::no_node);
        EXPECT_EQ(zk.get(where).err, errc::no_node);
        EXPECT_EQ(zk.children(where).err, errc::no_node);
        EXPECT_EQ(zk.get_acl(where).err, errc::no_node);
    }
}

TEST_P(paths_test, a_path_begins_with_a_slash) {
    auto zk = open();
    for (const char* where : {"a", "zookeeper"}) {
        EXPECT_EQ(zk.create(where).err, errc::bad_arguments);
        EXPECT_EQ(zk.remove(where).err, errc::bad_arguments);
    }
    for (const char* where : {"a/b", " /a"}) {
        EXPECT_EQ(zk.create(where).err, errc::no_node) << "the parent comes first";
        EXPECT_EQ(zk.remove(where).err, errc::no_node);
    }
    for (const char* where : {"a", "a/b", " /a", "zookeeper"}) {
        EXPECT_EQ(zk.set(where, "").err, errc::bad_arguments);
    }
}

TEST_P(paths_test, a_zero_byte_is_told_apart) {
    auto zk = open();
    const auto where = path("/a") + std::string(1, '\0') + "b";
    EXPECT_EQ(zk.create(where).err, errc::bad_arguments);
    EXPECT_EQ(zk.remove(where).err, errc::bad_arguments);
    EXPECT_EQ(zk.set(where, "").err, errc::bad_arguments);
    EXPECT_EQ(zk.exists(where).err, errc::bad_arguments);
    EXPECT_EQ(zk.get(where).err, errc::no_node);
    EXPECT_EQ(zk.children(where).err, errc::no_node);
}

TEST_P(paths_test, everything_else_names_a_node) {
    auto zk = open();
    for (const char* name : {
             "...",          //
             ".a",           //
             "a.",           //
             "a b",          //
             " ",            //
             "~!@#$%^&*()",  //
             "\\",           //
             "\xc2\xa0",     // U+00A0, a space that does not break
             "\xc3\xa4",     // U+00E4
             "\xe4\xb8\xad", // U+4E2D
             "\xed\x9f\xbf", // U+D7FF, just below the surrogates
             "\xef\xa4\x80", // U+F900, just above private use
             "\xef\xbf\xaf", // U+FFEF, just below the specials
         }) {
        const auto where = path("/") + name;
        EXPECT_EQ(zk.create(where).path(), where);
        EXPECT_EQ(zk.set(where, name).err, ok);
        EXPECT_EQ(zk.get(where).data(), name);
        EXPECT_EQ(zk.children(path()).names(), (name_list{name}));
        EXPECT_EQ(zk.remove(where).err, ok);
    }
}

TEST_P(paths_test, letters_are_compared_byte_by_byte) {
    auto zk = open();
    ASSERT_EQ(zk.create(path("/a")).err, ok);
    EXPECT_EQ(zk.create(path("/A")).err, ok);
    ASSERT_EQ(zk.create(path("/\xc3\xa4")).err, ok);
    EXPECT_EQ(zk.create(path("/a\xcc\x88")).err, ok) << "the same letter, composed otherwise";
    EXPECT_EQ(zk.exists(path("/a")).stat().num_children, 0);
}

TEST_P(paths_test, a_path_may_be_as_long_as_a_frame_permits) {
    auto zk = open();
    const auto where = path("/" + std::string(500'000, 'n'));
    EXPECT_EQ(zk.create(where).path(), where);
    EXPECT_EQ(zk.exists(where).err, ok);
    EXPECT_EQ(zk.remove(where).err, ok);
    std::string deep = path();
    for (int i = 0; i < 300; ++i) {
        deep += "/d";
        ASSERT_EQ(zk.create(deep).err, ok);
    }
    EXPECT_EQ(zk.exists(deep).err, ok);
}

TEST_P(paths_test, the_root_has_a_second_name_for_reads) {
    auto zk = open();
    EXPECT_EQ(zk.exists("").err, ok);
    EXPECT_EQ(zk.exists("").stat(), zk.exists("/").stat());
    EXPECT_EQ(zk.get("").err, ok);
    EXPECT_EQ(zk.children("").names(), zk.children("/").names());
    EXPECT_EQ(zk.children2("").err, ok);
    EXPECT_EQ(zk.get_acl("").acls(), zk.get_acl("/").acls());
    EXPECT_EQ(zk.create("").err, errc::bad_arguments);
    EXPECT_EQ(zk.remove("").err, errc::bad_arguments);
    EXPECT_EQ(zk.set("", "").err, errc::bad_arguments);
    EXPECT_EQ(zk.set_acl("", open_acl()).err, errc::bad_arguments);
}

TEST_P(paths_test, the_root_can_be_changed_but_neither_created_nor_deleted) {
    auto zk = open();
    EXPECT_EQ(zk.create("/").err, errc::node_exists);
    EXPECT_EQ(zk.remove("/").err, errc::bad_arguments);
    const auto before = zk.get("/");
    const auto after = zk.set("/", "root");
    EXPECT_EQ(after.stat().version, before.stat().version + 1);
    EXPECT_EQ(zk.get("/").data(), "root");
    EXPECT_EQ(zk.set("/", "").err, ok);
    EXPECT_EQ(zk.set_acl("/", open_acl()).stat().aversion, before.stat().aversion + 1);
}

} // namespace
} // namespace zooid::test
