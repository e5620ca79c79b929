// A frame cut short anywhere must be refused, never half understood.

#include "exchanges.hpp"
#include "received.hpp"
#include "wire/frame.hpp"
#include "wire/multi.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace zooid::wire {
namespace {

using testing::hex;

/// A copy that ends where the heap block ends, so that reading on is caught by AddressSanitizer.
class exact_copy {
public:
    explicit exact_copy(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
        store_bytes(bytes_.get(), bytes.data(), bytes.size());
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

template <class Record>
bool takes(reader& in) {
    Record taken{};
    return decode(in, taken);
}

template <class... Records>
bool decodes(std::string_view payload) {
    reader in{payload};
    return (takes<Records>(in) && ...);
}

/// Expects that the whole payload decodes and no shorter one does, but for the one of `also_valid` bytes.
template <class... Records>
void expect_only_whole(const char* text, std::size_t also_valid = 0) {
    const std::string payload = hex(text).substr(frame_prefix_size);
    EXPECT_TRUE((decodes<Records...>(payload)));
    for (std::size_t n = 0; n < payload.size(); ++n) {
        const exact_copy cut{std::string_view{payload}.substr(0, n)};
        EXPECT_EQ((decodes<Records...>(cut.view())), n != 0 && n == also_valid) << n << " bytes of " << text;
    }
}

template <class Reader, class Part>
multi_step last_step(std::string_view body) {
    Reader in{body};
    Part part;
    for (;;) {
        if (const multi_step step = in.next(part); step != multi_step::part) {
            return step;
        }
    }
}

template <class Header, class Reader, class Part>
void expect_only_whole_multi(const char* text) {
    const std::string body = hex(text).substr(frame_prefix_size + codec<Header>::min_size);
    EXPECT_EQ((last_step<Reader, Part>(body)), multi_step::end);
    for (std::size_t n = 0; n < body.size(); ++n) {
        const exact_copy cut{std::string_view{body}.substr(0, n)};
        EXPECT_EQ((last_step<Reader, Part>(cut.view())), multi_step::malformed) << n << " bytes of " << text;
    }
}

TEST(truncated, handshake) {
    expect_only_whole<connect_request>(exchanges::connect, 44);
    expect_only_whole<connect_request>(exchanges::connect_without_flag);
    expect_only_whole<connect_request>(exchanges::resume, 44);
    expect_only_whole<connect_response>(exchanges::connected, 36);
    expect_only_whole<connect_response>(exchanges::connected_without_flag);
    expect_only_whole<connect_response>(exchanges::refused, 36);
}

TEST(truncated, requests) {
    expect_only_whole<request_header>(exchanges::ping);
    expect_only_whole<request_header>(exchanges::close);
    expect_only_whole<request_header, auth_packet>(exchanges::auth);
    expect_only_whole<request_header, sasl_request>(exchanges::sasl_start);
    expect_only_whole<request_header, create_request>(exchanges::create);
    expect_only_whole<request_header, path_watch_request>(exchanges::get);
    expect_only_whole<request_header, set_data_request>(exchanges::set);
    expect_only_whole<request_header, path_watch_request>(exchanges::get_children2);
    expect_only_whole<request_header, set_watches_request>(exchanges::set_watches);
    expect_only_whole<request_header, add_watch_request>(exchanges::add_watch);
}

TEST(truncated, replies) {
    expect_only_whole<reply_header>(exchanges::ping_reply);
    expect_only_whole<reply_header>(exchanges::create_again_reply);
    expect_only_whole<reply_header, create_response>(exchanges::create_reply);
    expect_only_whole<reply_header, get_data_response>(exchanges::get_reply);
    expect_only_whole<reply_header, stat_response>(exchanges::set_reply);
    expect_only_whole<reply_header, get_children2_response>(exchanges::get_children2_reply);
    expect_only_whole<reply_header, error_response>(exchanges::add_watch_reply);
    expect_only_whole<reply_header, sasl_response>(exchanges::sasl_failure);
    expect_only_whole<reply_header, watcher_event>(exchanges::data_changed);
}

TEST(truncated, multi) {
    expect_only_whole_multi<request_header, multi_request_reader, multi_part>(exchanges::multi);
    expect_only_whole_multi<reply_header, multi_reply_reader, multi_result>(exchanges::multi_failed);
    expect_only_whole_multi<reply_header, multi_reply_reader, multi_result>(exchanges::multi_done);
}

TEST(truncated, frames_ask_for_exactly_what_is_missing) {
    for (const char* text : {exchanges::connect, exchanges::get_reply, exchanges::ping}) {
        const std::string whole = hex(text);
        for (std::size_t n = 0; n < whole.size(); ++n) {
            const exact_copy cut{std::string_view{whole}.substr(0, n)};
            const frame_scan found = next_frame(cut.view());
            EXPECT_EQ(found.state, n < frame_prefix_size ? frame_state::no_length : frame_state::no_body);
            EXPECT_EQ(found.missing, (n < frame_prefix_size ? frame_prefix_size : whole.size()) - n);
            EXPECT_EQ(found.consumed, 0U);
        }
    }
}

} // namespace
} // namespace zooid::wire
