// Every record comes back as it was sent, whatever its fields hold.

#include "support/hex.hpp"
#include "wire/frame.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace zooid::wire {
namespace {

using namespace std::string_view_literals;

/// Makes fields of every type from a seed, favouring the awkward values.
class field_source {
public:
    explicit field_source(std::uint32_t seed) : engine_(seed) {}

    void fill(std::int32_t& v) { v = pick<std::int32_t>({0, 1, -1, -2, INT32_MIN, INT32_MAX}, next()); }
    void fill(std::int64_t& v) { v = pick<std::int64_t>({0, 1, -1, INT64_MIN, INT64_MAX, 0x0102030405060708}, next()); }
    void fill(bool& v) { v = below(2) == 1; }
    void fill(opcode& v) { v = static_cast<opcode>(number()); }
    void fill(server_time& v) { v = server_time{std::chrono::milliseconds{number()}}; }
    void fill(std::string_view& v) { v = text(); }
    void fill(path_ref& v) { v = text(); }
    void fill(std::optional<std::string_view>& v) {
        v.reset();
        if (below(3) != 0) {
            v = text();
        }
    }
    void fill(std::optional<bool>& v) {
        v.reset();
        if (below(3) != 0) {
            v = below(2) == 1;
        }
    }
    template <class T>
    void fill(list<T>& v) {
        if (below(4) == 0) {
            v = list<T>::null();
            return;
        }
        auto& elements = storage<T>().emplace_back(below(4));
        for (T& element : elements) {
            fill(element);
        }
        v = elements;
    }
    template <record Record>
    void fill(Record& filled) {
        with_fields(filled, [&source = *this](auto&... field) {
            (source.fill(field), ...);
            return true;
        });
    }

private:
    std::uint32_t next() { return static_cast<std::uint32_t>(engine_()); }
    std::uint32_t below(std::uint32_t n) { return next() % n; }
    std::int32_t number() {
        std::int32_t v = 0;
        fill(v);
        return v;
    }
    template <class T>
    T pick(std::initializer_list<T> awkward, std::uint32_t any) {
        const std::uint32_t i = below(static_cast<std::uint32_t>(awkward.size()) + 2);
        return i < awkward.size() ? awkward.begin()[i] : static_cast<T>(any);
    }
    std::string_view text() {
        std::string made(below(3) == 0 ? 0 : below(20), '\0');
        for (char& c : made) {
            c = static_cast<char>(below(256));
        }
        return strings_.emplace_back(std::move(made));
    }
    template <class T>
    std::deque<std::vector<T>>& storage() {
        return std::get<std::deque<std::vector<T>>>(lists_);
    }

    std::mt19937 engine_;
    std::deque<std::string> strings_;
    std::tuple<std::deque<std::vector<acl_item>>, std::deque<std::vector<path_ref>>,
               std::deque<std::vector<std::string_view>>, std::deque<std::vector<identity_item>>>
        lists_;
};

// Fields compare by what they mean on the wire.
template <class T>
bool same(const T& a, const T& b) {
    if constexpr (std::is_same_v<T, path_ref>) {
        return a.to_string() == b.to_string();
    } else if constexpr (std::is_same_v<T, list<path_ref>>) {
        return a.is_null() == b.is_null() && a.size() == b.size() &&
               std::equal(a.begin(), a.end(), b.begin(),
                          [](const path_ref& x, const path_ref& y) { return same(x, y); });
    } else {
        return a == b;
    }
}

template <class Record>
bool same_record(const Record& a, const Record& b) {
    return with_fields(a, [&b](const auto&... of_a) {
        return with_fields(b, [&](const auto&... of_b) { return (same(of_a, of_b) && ...); });
    });
}

template <class Record>
class any_record : public ::testing::Test {};

using all_records = ::testing::Types<
    stat, acl_item, identity_item, request_header, reply_header, multi_header, create_request, create_ttl_request,
    delete_request, path_watch_request, set_data_request, path_request, get_ephemerals_request, set_acl_request,
    check_version_request, remove_watches_request, add_watch_request, set_watches_request, set_watches2_request,
    reconfig_request, auth_packet, sasl_request, create_response, create2_response, stat_response, get_data_response,
    get_acl_response, get_children_response, get_children2_response, count_response, ephemerals_response, path_response,
    who_am_i_response, sasl_response, error_response, watcher_event, connect_request, connect_response>;
TYPED_TEST_SUITE(any_record, all_records);

TYPED_TEST(any_record, comes_back_as_it_was_sent) {
    const auto first_seed = std::random_device{}();
    SCOPED_TRACE("seeds from " + std::to_string(first_seed));
    for (std::uint32_t i = 0; i < 200; ++i) {
        field_source source{first_seed + i};
        TypeParam sent{};
        source.fill(sent);
        buffer bytes;
        encode(bytes, sent);
        ASSERT_EQ(bytes.size(), encoded_size(sent));
        ASSERT_GE(bytes.size(), codec<TypeParam>::min_size);

        reader in{bytes.view()};
        TypeParam got{};
        ASSERT_TRUE(decode(in, got)) << testing::to_hex(bytes.view());
        ASSERT_EQ(in.remaining(), 0U);
        ASSERT_TRUE(same_record(sent, got)) << testing::to_hex(bytes.view());

        buffer again; // a decoded record can be sent on as it is
        encode(again, got);
        ASSERT_EQ(again.view(), bytes.view());
    }
}

TYPED_TEST(any_record, default_one_can_be_sent) {
    buffer bytes;
    encode(bytes, TypeParam{});
    TypeParam got{};
    EXPECT_TRUE(decode(bytes.view(), got));
    EXPECT_TRUE(same_record(got, TypeParam{}));
}

TEST(record_bytes, null_and_empty_data_differ) {
    buffer null_data;
    buffer empty_data;
    encode(null_data, set_data_request{.path = "/a", .data = std::nullopt, .version = 1});
    encode(empty_data, set_data_request{.path = "/a", .data = "", .version = 1});
    EXPECT_EQ(null_data.view(), testing::hex("00 00 00 02 2f 61  ff ff ff ff  00 00 00 01"));
    EXPECT_EQ(empty_data.view(), testing::hex("00 00 00 02 2f 61  00 00 00 00  00 00 00 01"));
}

TEST(record_bytes, null_and_empty_lists_differ) {
    buffer null_list;
    buffer empty_list;
    encode(null_list, set_acl_request{.path = "/a", .acl = list<acl_item>::null(), .version = 1});
    encode(empty_list, set_acl_request{.path = "/a", .version = 1});
    EXPECT_EQ(null_list.view(), testing::hex("00 00 00 02 2f 61  ff ff ff ff  00 00 00 01"));
    EXPECT_EQ(empty_list.view(), testing::hex("00 00 00 02 2f 61  00 00 00 00  00 00 00 01"));
}

TEST(record_bytes, null_path_is_refused_but_null_ephemerals_prefix_is_not) {
    const std::string null_string = testing::hex("ff ff ff ff");
    path_request request;
    EXPECT_FALSE(decode(null_string, request));
    get_ephemerals_request prefix{"x"};
    EXPECT_TRUE(decode(null_string, prefix));
    EXPECT_EQ(prefix.prefix, std::nullopt);
}

TEST(record_bytes, null_scheme_and_id_of_an_acl_entry_differ_from_empty_ones) {
    acl_item entry;
    ASSERT_TRUE(decode(testing::hex("00 00 00 1f  ff ff ff ff  ff ff ff ff"), entry));
    EXPECT_EQ(entry.permissions, 31);
    EXPECT_EQ(entry.scheme.data(), nullptr);
    EXPECT_EQ(entry.id.data(), nullptr);
    ASSERT_TRUE(decode(testing::hex("00 00 00 1f  00 00 00 00  00 00 00 00"), entry));
    EXPECT_NE(entry.scheme.data(), nullptr);
    EXPECT_NE(entry.id.data(), nullptr);
    EXPECT_FALSE(decode(testing::hex("00 00 00 1f  ff ff ff fe  00 00 00 00"), entry));
    buffer out;
    encode(out, acl_item{});
    EXPECT_EQ(out.view(), testing::hex("00 00 00 00  00 00 00 00  00 00 00 00"));
}

TEST(record_bytes, long_records_have_their_fields_in_order) {
    buffer out;
    encode(out, set_watches2_request{.relative_zxid = 1,
                                     .data = std::vector<path_ref>{"/d"},
                                     .exist = std::vector<path_ref>{"/e"},
                                     .child = std::vector<path_ref>{"/c"},
                                     .persistent = std::vector<path_ref>{"/p"},
                                     .persistent_recursive = std::vector<path_ref>{"/r"}});
    EXPECT_EQ(out.view(), testing::hex(R"(00 00 00 00 00 00 00 01
        00 00 00 01 00 00 00 02 2f 64  00 00 00 01 00 00 00 02 2f 65  00 00 00 01 00 00 00 02 2f 63
        00 00 00 01 00 00 00 02 2f 70  00 00 00 01 00 00 00 02 2f 72)"));
    out.clear();
    encode(out, create_ttl_request{.path = "/t", .data = "d", .flags = 5, .ttl = 0x0102030405});
    EXPECT_EQ(out.view(), testing::hex("00 00 00 02 2f 74  00 00 00 01 64  00 00 00 00  00 00 00 05"
                                       " 00 00 00 01 02 03 04 05"));
    out.clear();
    encode(out, reconfig_request{.joining = "j", .new_members = "n", .config_id = 2});
    EXPECT_EQ(out.view(), testing::hex("00 00 00 01 6a  ff ff ff ff  00 00 00 01 6e  00 00 00 00 00 00 00 02"));
}

TEST(record_bytes, stat_has_its_fields_in_order) {
    const stat s{.czxid = 1,
                 .mzxid = 2,
                 .ctime = server_time{std::chrono::milliseconds{3}},
                 .mtime = server_time{std::chrono::milliseconds{4}},
                 .version = 5,
                 .cversion = 6,
                 .aversion = 7,
                 .ephemeral_owner = 8,
                 .data_length = 9,
                 .num_children = 10,
                 .pzxid = 11};
    buffer out;
    encode(out, s);
    EXPECT_EQ(out.view(), testing::hex("00*7 01 00*7 02 00*7 03 00*7 04 00*3 05 00*3 06 00*3 07 00*7 08 00*3 09"
                                       " 00*3 0a 00*7 0b"));
}

TEST(record_bytes, what_follows_a_record_is_ignored) {
    buffer out;
    encode(out, delete_request{.path = "/a", .version = 3});
    out.append("more");
    reader in{out.view()};
    delete_request got;
    EXPECT_TRUE(decode(in, got));
    EXPECT_EQ(in.rest(), "more");
}

} // namespace
} // namespace zooid::wire
