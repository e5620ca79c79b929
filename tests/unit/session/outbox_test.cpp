#include "session/outbox.hpp"

#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace zooid::session {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{1h};

// Appends a request whose frame is `size` bytes, recognisable by its xid; returns its place.
std::uint64_t add(outbox& out, std::int32_t xid, std::size_t size = 30) {
    const std::uint64_t at = out.end();
    const std::string body(size - 12, 'x');
    wire::put_request(out.requests(), xid, opcode::get, wire::encoded_body{body});
    return at;
}

void add_control(outbox& out, std::int32_t xid) { wire::put_request(out.control(true), xid, opcode::auth); }

std::vector<std::int32_t> xids_of(std::string_view bytes) {
    std::vector<std::int32_t> found;
    for (;;) {
        const auto frame = wire::next_frame(bytes);
        if (frame.state != wire::frame_state::complete) {
            EXPECT_TRUE(bytes.empty()) << "half a frame at the end";
            return found;
        }
        found.push_back(wire::load_i32(frame.payload.data()));
        bytes.remove_prefix(frame.consumed);
    }
}

// Writes all there is, `piece` bytes at a time.
std::string drain(outbox& out, std::size_t piece = std::string::npos) {
    std::string all;
    for (;;) {
        const std::string_view bytes = out.begin_write();
        if (bytes.empty()) {
            return all;
        }
        const std::string_view taken = bytes.substr(0, piece);
        all += taken;
        out.end_write(taken.size());
    }
}

outbox opened() {
    outbox out;
    out.set_time(start);
    out.link_up();
    out.open_gate();
    return out;
}

using xid_list = std::vector<std::int32_t>;

TEST(outbox, requests_wait_for_link_and_gate) {
    outbox out;
    add(out, 1);
    add_control(out, -4);
    EXPECT_FALSE(out.has_pending());
    EXPECT_TRUE(out.begin_write().empty());
    out.link_up();
    EXPECT_TRUE(out.has_pending());
    EXPECT_EQ(xids_of(drain(out)), (xid_list{-4}));
    EXPECT_FALSE(out.has_pending());
    out.open_gate();
    EXPECT_TRUE(out.has_pending());
    EXPECT_EQ(xids_of(drain(out)), (xid_list{1}));
    EXPECT_FALSE(out.has_pending());
}

TEST(outbox, one_writer_at_a_time_with_stable_bytes) {
    outbox out = opened();
    add(out, 1);
    const std::string_view writing = out.begin_write();
    const std::string before{writing};
    for (std::int32_t xid = 2; xid < 5000; ++xid) {
        add(out, xid); // the other buffer grows and moves
    }
    EXPECT_TRUE(out.is_writing());
    EXPECT_TRUE(out.begin_write().empty());
    EXPECT_EQ(writing, before);
    out.end_write(writing.size());
    EXPECT_EQ(xids_of(drain(out)).size(), 4998U);
}

TEST(outbox, control_frames_overtake_at_a_frame_boundary_only) {
    for (std::size_t cut = 0; cut <= 60; ++cut) {
        outbox out = opened();
        add(out, 1);
        add(out, 2);
        std::string written;
        const std::string_view both = out.begin_write();
        written += both.substr(0, cut);
        out.end_write(cut);
        add(out, 3);
        add_control(out, -2);
        written += drain(out, 7);
        const xid_list expected = cut == 0    ? xid_list{-2, 1, 2, 3}
                                  : cut <= 30 ? xid_list{1, -2, 2, 3}
                                              : xid_list{1, 2, -2, 3};
        EXPECT_EQ(xids_of(written), expected) << "cut at " << cut;
    }
}

TEST(outbox, control_frames_do_not_wait_behind_a_long_queue) {
    outbox out = opened();
    for (std::int32_t xid = 1; xid <= 1000; ++xid) {
        add(out, xid, 1000);
    }
    std::string written{out.begin_write()};
    out.end_write(written.size());
    EXPECT_LT(written.size(), 100'000U);
    add_control(out, -2);
    const std::string_view next = out.begin_write();
    EXPECT_EQ(xids_of(next), (xid_list{-2}));
}

TEST(outbox, removed_requests_are_never_written) {
    const unsigned seed = 4711;
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (int round = 0; round < 300; ++round) {
        outbox out = opened();
        xid_list expected;
        xid_list written;
        std::vector<std::pair<std::int32_t, std::uint64_t>> unsent;
        std::int32_t xid = 0;
        std::string bytes;
        for (int step = 0; step < 60; ++step) {
            switch (random() % 4) {
            case 0:
            case 1:
                ++xid;
                unsent.emplace_back(xid, add(out, xid, 12 + random() % 40'000));
                expected.push_back(xid);
                break;
            case 2:
                if (!unsent.empty()) {
                    const auto victim = unsent.begin() + static_cast<std::ptrdiff_t>(random() % unsent.size());
                    if (victim->second >= out.handed_out()) {
                        out.remove(victim->second);
                        std::erase(expected, victim->first);
                    }
                    unsent.erase(victim);
                }
                break;
            case 3: {
                const std::string_view now = out.begin_write();
                const std::size_t n = now.empty() ? 0 : random() % (now.size() + 1);
                bytes += now.substr(0, n);
                out.end_write(n);
                break;
            }
            }
        }
        bytes += drain(out, 10'000);
        ASSERT_EQ(xids_of(bytes), expected);
        ASSERT_FALSE(out.has_pending());
    }
}

TEST(outbox, a_new_link_gets_what_no_writer_had) {
    for (std::size_t written = 0; written <= 60; ++written) {
        outbox out = opened();
        add(out, 1);
        const std::uint64_t second = add(out, 2);
        std::ignore = out.begin_write();
        out.end_write(written);
        const std::uint64_t third = add(out, 3);
        add_control(out, -2);
        // The first request that the server cannot have seen a byte of.
        const std::uint64_t keep = written == 0 ? 0 : (written <= 30 ? second : third);
        EXPECT_EQ(out.handed_out() <= keep, true);
        out.link_down(keep);
        EXPECT_FALSE(out.has_pending());
        out.link_up();
        out.open_gate();
        const xid_list expected = written == 0 ? xid_list{1, 2, 3} : written <= 30 ? xid_list{2, 3} : xid_list{3};
        EXPECT_EQ(xids_of(drain(out)), expected) << written << " bytes written";
    }
}

TEST(outbox, a_writer_may_outlive_the_link) {
    outbox out = opened();
    add(out, 1);
    const std::string_view writing = out.begin_write();
    const std::string before{writing};
    add(out, 2);
    EXPECT_EQ(out.handed_out(), 30U);
    out.link_down(30);
    out.link_up();
    out.open_gate();
    EXPECT_TRUE(out.begin_write().empty());
    EXPECT_EQ(writing, before);
    out.end_write(5);
    EXPECT_EQ(xids_of(drain(out)), (xid_list{2}));
}

TEST(outbox, compaction_tells_the_new_places) {
    outbox out;
    std::vector<std::uint64_t> places;
    for (std::int32_t xid = 1; xid <= 5000; ++xid) {
        places.push_back(add(out, xid, 60));
    }
    EXPECT_FALSE(out.wants_compaction());
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i % 4 != 0) {
            out.remove(places[i]);
        }
    }
    ASSERT_TRUE(out.wants_compaction());
    std::vector<std::uint64_t> moved;
    out.compact([&](std::uint64_t at) { moved.push_back(at); });
    ASSERT_EQ(moved.size(), 1250U);
    EXPECT_EQ(out.end(), 1250U * 60U);
    out.remove(moved[1]); // which is the fifth
    out.link_up();
    out.open_gate();
    const auto left = xids_of(drain(out));
    ASSERT_EQ(left.size(), 1249U);
    EXPECT_EQ(left[0], 1);
    EXPECT_EQ(left[1], 9);
}

TEST(outbox, knows_when_things_went_out) {
    outbox out = opened();
    const std::uint64_t first = add(out, 1);
    const std::uint64_t second = add(out, 2);
    std::ignore = out.begin_write();
    EXPECT_EQ(out.last_sent(), start);
    out.end_write(30); // the second one goes with the next write
    out.set_time(start + 1s);
    EXPECT_EQ(out.last_sent(), start);
    const std::uint64_t third = add(out, 3);
    std::ignore = drain(out);
    EXPECT_EQ(out.last_sent(), start + 1s);
    EXPECT_EQ(out.request_answered(first), start);
    EXPECT_EQ(out.request_answered(second), start + 1s);
    EXPECT_EQ(out.request_answered(third), start + 1s);

    out.set_time(start + 2s);
    out.add_ping();
    EXPECT_TRUE(out.ping_is_queued());
    out.add_ping();
    out.set_time(start + 3s);
    EXPECT_EQ(xids_of(drain(out)), (xid_list{-2}));
    EXPECT_FALSE(out.ping_is_queued());
    EXPECT_EQ(out.unanswered_pings(), 1U);
    EXPECT_EQ(out.ping_answered(), start + 3s);
    EXPECT_EQ(out.unanswered_pings(), 0U);

    out.set_time(start + 4s);
    wire::put_request(out.control(false), -4, opcode::auth); // credentials don't keep a session alive
    std::ignore = drain(out);
    EXPECT_EQ(out.last_sent(), start + 3s);
}

} // namespace
} // namespace zooid::session
