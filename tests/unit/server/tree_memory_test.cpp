// A tree must cost little more than the names and data in it. The figures are those of slabs and of glibc's malloc on a
// 64-bit system; with AddressSanitizer, of malloc alone.

#include "server/data_tree.hpp"
#include "server/events.hpp"
#include "server/server_core.hpp"
#include "wire/frame.hpp"
#include "wire/handshake.hpp"
#include "wire/multi.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Bytes in use, each block rounded as malloc does it; of this thread, which is the one that changes the tree.
thread_local std::size_t in_use = 0;

struct alignas(std::max_align_t) header {
    std::size_t cost;
};

void* counted(std::size_t n) {
    const std::size_t cost = std::max<std::size_t>(32, (n + 8 + 15) / 16 * 16);
    auto* const block = static_cast<header*>(std::malloc(sizeof(header) + n));
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    block->cost = cost;
    in_use += cost;
    return block + 1;
}

void uncounted(void* memory) noexcept {
    if (memory != nullptr) {
        header* const block = static_cast<header*>(memory) - 1;
        in_use -= block->cost;
        std::free(block);
    }
}

} // namespace

void* operator new(std::size_t n) { return counted(n); }
void* operator new[](std::size_t n) { return counted(n); }
void operator delete(void* memory) noexcept { uncounted(memory); }
void operator delete[](void* memory) noexcept { uncounted(memory); }
void operator delete(void* memory, std::size_t) noexcept { uncounted(memory); }
void operator delete[](void* memory, std::size_t) noexcept { uncounted(memory); }

namespace zooid::server {
namespace {

/// What a tree's nodes, and all else there is, take.
std::size_t held(const data_tree& tree) { return in_use + tree.slab_size(); }

constexpr std::size_t slab = std::size_t{64} << 10; // which a tree may keep although it is empty

/// Fills a tree with `parents` x `children` nodes whose names have twelve bytes; returns the bytes each takes beyond name
/// and data.
double overhead(std::size_t parents, std::size_t children, std::string_view data, lifetime life = {}) {
    const std::size_t before = in_use;
    data_tree tree;
    const auto name = [](std::size_t number) {
        std::string text = std::to_string(number);
        return "node" + text.insert(0, 8 - text.size(), '0');
    };
    znode& root = *tree.find("/");
    const std::size_t empty = held(tree);
    for (std::size_t i = 0; i < parents; ++i) {
        znode& parent = tree.create(root, name(i), "", open_acl(), {}, {1, {}});
        for (std::size_t j = 0; j < children; ++j) {
            tree.create(parent, name(j), data, open_acl(), life, {1, {}});
        }
    }
    EXPECT_LT(empty - before, 5'000U + 2 * slab);
    const double nodes = static_cast<double>(parents * (children + 1));
    const double payload = 12 * nodes + static_cast<double>(parents * children * data.size());
    return (static_cast<double>(held(tree) - empty) - payload) / nodes;
}

TEST(tree_memory, is_counted_by_this_test) {
    const std::size_t before = in_use;
    const std::string longer_than_inline(100, 'x');
    EXPECT_GT(in_use, before + 100) << longer_than_inline;
}

TEST(tree_memory, is_little_more_than_names_and_data) {
    const std::string bytes(100, 'x');
    const auto expect_less = [](double most, double bytes_per_node, const char* what) {
        std::printf("%.1f bytes per node beyond name and data: %s\n", bytes_per_node, what);
        EXPECT_LT(bytes_per_node, most) << what;
    };
    expect_less(55, overhead(1, 50'000, ""), "50,000 children of one node, no data");
    expect_less(60, overhead(1, 50'000, bytes), "50,000 children of one node, 100 bytes of data");
    expect_less(55, overhead(500, 100, ""), "100 children each, no data");
    expect_less(60, overhead(500, 100, bytes), "100 children each, 100 bytes of data");
    expect_less(70, overhead(10'000, 5, ""), "5 children each, no data");
    expect_less(100, overhead(25'000, 1, ""), "1 child each, no data");
    expect_less(80, overhead(1, 50'000, "", lifetime::container()), "50,000 containers");
    expect_less(55, overhead(1, 50'000, "12345678"), "50,000 children of one node, 8 bytes of data");
}

TEST(tree_memory, is_given_back) {
    const std::size_t before = in_use;
    {
        data_tree tree;
        znode& root = *tree.find("/");
        znode& parent = tree.create(root, "parent", "", open_acl(), {}, {});
        const acl list{{perms::all, "digest", "somebody:with a hash that is longer than a string holds inline"}};
        const std::size_t empty = held(tree);
        for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < 10'000; ++i) {
                tree.create(parent, std::to_string(i), "0123456789", list, lifetime::of_session(7), {});
            }
            for (std::size_t i = 0; i < 10'000; ++i) {
                tree.remove(*tree.find("/parent/" + std::to_string(i)), 1);
            }
            EXPECT_LT(held(tree), empty + 2'000 + slab);
        }
    }
    EXPECT_EQ(in_use, before);
}

const std::string first_data = "as much as takes a larger block than the name alone";

/// Nodes "/0", "/1"... with that data, as a start.
void fill(data_tree& tree, std::size_t nodes) {
    for (std::size_t i = 0; i < nodes; ++i) {
        tree.create(*tree.find("/"), std::to_string(i), first_data, open_acl(), {}, {1, {}});
    }
}

TEST(tree_memory, is_not_held_by_what_was_rolled_back) {
    data_tree tree;
    fill(tree, 100);
    const acl list{{perms::all, "digest", "somebody:with a hash that is longer than a string holds inline"}};
    const std::size_t before = in_use;
    tree.begin();
    for (std::size_t i = 0; i < 100; ++i) {
        znode& node = *tree.find("/" + std::to_string(i));
        tree.set_data(node, std::string(100, 'x'), {2, {}});
        tree.set_acl(node, list);
        tree.create(node, "child", "", list, {}, {2, {}});
    }
    tree.rollback();
    EXPECT_LE(in_use, before + 500); // what the table of ACLs has grown by
}

TEST(tree_memory, does_not_grow_while_data_fit_where_they_were) {
    data_tree tree;
    fill(tree, 100);
    for (std::size_t i = 0; i < 100; ++i) {
        tree.set_data(*tree.find("/" + std::to_string(i)), "", {2, {}});
    }
    const std::size_t before = in_use;
    for (std::size_t i = 0; i < 100; ++i) {
        tree.set_data(*tree.find("/" + std::to_string(i)), first_data, {3, {}});
    }
    EXPECT_EQ(in_use, before);
}

TEST(tree_memory, shrinks_with_the_number_of_children) {
    data_tree tree;
    const auto cost_of_leaving = [&tree](std::size_t children, std::size_t left) {
        znode& parent = tree.create(*tree.find("/"), "parent", "", open_acl(), {}, {});
        const std::size_t before = in_use;
        for (std::size_t i = 0; i < children; ++i) {
            tree.create(parent, std::to_string(i), "", open_acl(), {}, {});
        }
        for (std::size_t i = left; i < children; ++i) {
            tree.remove(*tree.find_child(parent, std::to_string(i)), 1);
        }
        const std::size_t cost = in_use - before;
        for (std::size_t i = 0; i < left; ++i) {
            tree.remove(*tree.find_child(parent, std::to_string(i)), 1);
        }
        tree.remove(parent, 1);
        return cost;
    };
    EXPECT_LE(cost_of_leaving(1, 0), 112U); // what it remembers of having had some
    EXPECT_LE(cost_of_leaving(7, 0), 112U);
    EXPECT_LE(cost_of_leaving(100, 0), 112U);
    EXPECT_LE(cost_of_leaving(100, 2), 300U);
    EXPECT_LE(cost_of_leaving(10'000, 100), 30'000U);
}

TEST(tree_memory, does_not_grow_by_acls_that_come_and_go) {
    data_tree tree;
    fill(tree, 1);
    const auto churn = [&tree] {
        for (int i = 0; i < 1'000; ++i) {
            tree.set_acl(*tree.find("/0"), acl{{perms::all, "digest", std::to_string(i)}});
        }
    };
    churn();
    const std::size_t before = in_use;
    churn();
    EXPECT_EQ(in_use, before);
    EXPECT_EQ(tree.acls().size(), 3U);
}

TEST(tree_memory, of_a_crowd_of_acls_goes_with_it) {
    acl_table table;
    std::vector<acl_id> ids;
    ids.reserve(50'000);
    const std::size_t before = in_use;
    for (std::size_t i = 0; i < ids.capacity(); ++i) {
        ids.push_back(table.acquire(acl{{perms::all, "ip", std::to_string(i)}}));
    }
    for (const acl_id id : ids) {
        table.release(id);
    }
    EXPECT_LT(in_use, before + 10'000);
}

TEST(tree_memory, of_a_crowd_of_sessions_with_ephemerals_goes_with_them) {
    data_tree tree;
    znode& root = *tree.find("/");
    const auto come_and_go = [&](std::int64_t sessions) {
        for (std::int64_t i = 0; i < sessions; ++i) {
            tree.create(root, std::to_string(i), "", open_acl(), lifetime::of_session(i + 1), {1, {}});
        }
        for (std::int64_t i = 0; i < sessions; ++i) {
            tree.remove(*tree.first_ephemeral(i + 1), 2);
        }
    };
    come_and_go(10);
    const std::size_t before = held(tree);
    come_and_go(50'000);
    EXPECT_LT(held(tree), before + 20'000 + 2 * slab);
}

TEST(tree_memory, of_the_events_of_a_large_transaction_goes_with_it) {
    constexpr std::size_t parts = 20'000;
    server_config config;
    config.max_frame = std::size_t{64} << 20;
    server_core core{config, "a secret", {}};
    const connection_id id = core.open("127.0.0.1", 1, {});
    wire::buffer out;
    const auto send = [&](const wire::buffer& bytes) {
        core.received(id, bytes.view(), {});
        while (core.take_output(id, out, {})) {}
    };
    wire::buffer bytes;
    wire::put_connect_request(bytes, {.timeout = 10'000});
    wire::put_request(bytes, 1, opcode::exists, wire::path_watch_request{"/a", true});
    send(bytes);
    const auto send_transaction = [&](std::size_t count) {
        wire::buffer body;
        wire::multi_encoder all{body};
        for (std::size_t i = 0; i < count; ++i) {
            all.set({"/", "", -1});
        }
        all.finish();
        bytes.clear();
        wire::put_request(bytes, 2, opcode::multi, wire::encoded_body{body.view()});
        send(bytes);
    };
    send_transaction(10);
    bytes = {};
    out = {};
    const std::size_t before = in_use;
    send_transaction(parts);
    bytes = {};
    out = {};
    EXPECT_LT(in_use, before + parts * sizeof(pending_event) / 2);
}

} // namespace
} // namespace zooid::server
