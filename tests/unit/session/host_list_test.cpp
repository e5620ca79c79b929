#include "session/host_list.hpp"

#include "session/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace zooid::session {
namespace {

std::string parsed(std::string_view text) {
    std::string problem;
    const auto found = parse_connect_string(text, problem);
    if (!found) {
        return "error " + problem;
    }
    std::string all;
    for (const host& h : found->hosts) {
        all += to_string(h) + " ";
    }
    return all + found->chroot;
}

TEST(connect_string, reads_what_java_reads) {
    EXPECT_EQ(parsed("a:1"), "a:1 ");
    EXPECT_EQ(parsed("a"), "a:2181 ");
    EXPECT_EQ(parsed("a:"), "a:2181 ");
    EXPECT_EQ(parsed("a:1,b:2,c"), "a:1 b:2 c:2181 ");
    EXPECT_EQ(parsed("a:1/app"), "a:1 /app");
    EXPECT_EQ(parsed("a:1,b:2/app/one"), "a:1 b:2 /app/one");
    EXPECT_EQ(parsed("a:1/"), "a:1 ");
    EXPECT_EQ(parsed(" a:1 ,\tb : 2 \n"), "a:1 b:2 ");
    EXPECT_EQ(parsed(",a:1,,b:2,"), "a:1 b:2 ");
    EXPECT_EQ(parsed("[::1]:5,[fe80::1]"), "[::1]:5 [fe80::1]:2181 ");
    EXPECT_EQ(parsed("127.0.0.1:65535"), "127.0.0.1:65535 ");
}

TEST(connect_string, names_item_and_reason) {
    EXPECT_EQ(parsed(""), "error \"\": no host");
    EXPECT_EQ(parsed(" , "), "error \" , \": no host");
    EXPECT_EQ(parsed("/app"), "error \"/app\": no host");
    EXPECT_EQ(parsed("a:1,b:0"), "error \"b:0\": the port is not a number from 1 to 65535");
    EXPECT_EQ(parsed("a:65536"), "error \"a:65536\": the port is not a number from 1 to 65535");
    EXPECT_EQ(parsed("a:12x"), "error \"a:12x\": the port is not a number from 1 to 65535");
    EXPECT_EQ(parsed("a:-1"), "error \"a:-1\": the port is not a number from 1 to 65535");
    EXPECT_EQ(parsed("a:99999999999999999999"),
              "error \"a:99999999999999999999\": the port is not a number from 1 to 65535");
    EXPECT_EQ(parsed("::1"), "error \"::1\": more than one colon (IPv6 addresses need brackets)");
    EXPECT_EQ(parsed("[::1"), "error \"[::1\": the bracket is not closed");
    EXPECT_EQ(parsed("[::1]5"), "error \"[::1]5\": only a port may follow the bracket");
    EXPECT_EQ(parsed("[]:5"), "error \"[]:5\": no name");
    EXPECT_EQ(parsed(":5"), "error \":5\": no name");
    EXPECT_EQ(parsed("a b:5"), "error \"a b:5\": a blank inside of the name");
    EXPECT_EQ(parsed("a:1/app/").substr(0, 15), "error \"/app/\": ");
    EXPECT_EQ(parsed("a:1//app").substr(0, 15), "error \"//app\": ");
}

std::vector<host> numbered(std::size_t first, std::size_t count) {
    std::vector<host> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back({"h" + std::to_string(first + i), 2181});
    }
    return all;
}

TEST(host_list, goes_round) {
    random_sequence random(1);
    host_list list(numbered(0, 3));
    std::vector<std::size_t> order;
    for (int i = 0; i < 7; ++i) {
        order.push_back(list.next(random));
    }
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 0, 1, 2, 0}));
    list.prefer(2);
    EXPECT_EQ(list.next(random), 2U);
    EXPECT_EQ(list.next(random), 0U);
}

TEST(host_list, shuffles_evenly_and_by_seed) {
    std::map<std::string, int> first;
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        random_sequence one(seed);
        random_sequence same(seed);
        host_list a(numbered(0, 3));
        host_list b(numbered(0, 3));
        a.shuffle(one);
        b.shuffle(same);
        for (std::size_t i = 0; i < 3; ++i) {
            ASSERT_EQ(a[i], b[i]);
        }
        ++first[a[0].name];
    }
    for (const auto& [name, count] : first) {
        EXPECT_NEAR(count, 1000, 120) << name; // more than four standard deviations
    }
}

// Lets many clients, evenly spread over `before`, take over `after`; returns how many end up at each server.
std::map<std::string, int> spread(const std::vector<host>& before, const std::vector<host>& after, int clients) {
    std::map<std::string, int> share;
    for (int i = 0; i < clients; ++i) {
        random_sequence random(static_cast<std::uint64_t>(i));
        host_list list(before);
        list.shuffle(random);
        const std::size_t current = list.next(random);
        const host here = list[current];
        if (list.replace(host_list(after), current, true, random)) {
            ++share[list[list.next(random)].name];
        } else {
            EXPECT_NE(list.find(here), host_list::nowhere);
            ++share[here.name];
        }
    }
    return share;
}

void expect_even(const std::map<std::string, int>& share, std::size_t servers, int clients) {
    const double fair = static_cast<double>(clients) / static_cast<double>(servers);
    EXPECT_EQ(share.size(), servers);
    for (const auto& [name, count] : share) {
        EXPECT_NEAR(count, fair, fair * 0.1) << name;
    }
}

TEST(host_list, a_grown_list_is_balanced) { expect_even(spread(numbered(0, 3), numbered(0, 5), 12'000), 5, 12'000); }

TEST(host_list, a_shrunk_list_is_balanced) { expect_even(spread(numbered(0, 5), numbered(0, 3), 12'000), 3, 12'000); }

TEST(host_list, a_replaced_list_is_balanced) { expect_even(spread(numbered(0, 3), numbered(3, 3), 12'000), 3, 12'000); }

TEST(host_list, a_partly_replaced_list_is_balanced) {
    expect_even(spread(numbered(0, 6), numbered(4, 4), 24'000), 4, 24'000);
}

TEST(host_list, an_equal_list_moves_nobody) {
    random_sequence random(5);
    host_list list(numbered(0, 4));
    const std::size_t current = list.next(random);
    EXPECT_FALSE(list.replace(host_list(numbered(0, 4)), current, true, random));
}

TEST(host_list, all_hosts_are_tried_while_balancing) {
    random_sequence random(9);
    host_list list(numbered(0, 3));
    ASSERT_TRUE(list.replace(host_list(numbered(2, 4)), 0, true, random));
    std::set<std::string> tried;
    for (std::size_t i = 0; i < list.size(); ++i) {
        tried.insert(list[list.next(random)].name);
    }
    EXPECT_EQ(tried.size(), 4U);
}

TEST(host_list, after_balancing_it_goes_on_behind_the_server_it_has_found) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        random_sequence random(seed);
        host_list list(numbered(0, 2));
        ASSERT_TRUE(list.replace(host_list(numbered(2, 3)), 0, true, random));
        const std::size_t skipped = list.next(random);
        const std::size_t found = list.next(random);
        ASSERT_NE(skipped, found);
        list.settled();
        EXPECT_EQ(list.next(random), (found + 1) % 3);
    }
}

TEST(backoff, grows_from_no_pause_at_all) {
    random_sequence random(1);
    backoff pauses(std::chrono::milliseconds{0}, std::chrono::milliseconds{100});
    std::chrono::microseconds last{0};
    for (int i = 0; i < 10; ++i) {
        last = pauses.next(random);
        EXPECT_GT(last.count(), 0);
    }
    EXPECT_GE(last, std::chrono::milliseconds{50});
}

TEST(backoff, doubles_up_to_the_limit_with_jitter) {
    random_sequence random(3);
    backoff pauses(std::chrono::milliseconds{50}, std::chrono::milliseconds{300});
    const std::array<int, 5> whole{50, 100, 200, 300, 300};
    for (const int ms : whole) {
        const auto pause = pauses.next(random);
        EXPECT_LE(pause, std::chrono::milliseconds{ms});
        EXPECT_GE(pause, std::chrono::milliseconds{ms} / 2);
    }
    pauses.reset();
    EXPECT_LE(pauses.next(random), std::chrono::milliseconds{50});
    std::set<std::int64_t> different;
    for (int i = 0; i < 20; ++i) {
        pauses.reset();
        different.insert(pauses.next(random).count());
    }
    EXPECT_GT(different.size(), 10U);
}

} // namespace
} // namespace zooid::session
