#include "wire/writer.hpp"

#include "support/hex.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string_view>

namespace zooid::wire {
namespace {

using testing::hex;

TEST(writer, appends_fields_in_network_order) {
    buffer out;
    writer w{out};
    w.i32(-2);
    w.i64(0x0102030405060708);
    w.boolean(true);
    w.boolean(false);
    w.string("ab");
    w.bytes(std::nullopt);
    w.bytes("");
    w.path({"/app", "/x"});
    w.path({"/app", "/"});
    w.path("/");
    EXPECT_EQ(out.view(), hex(R"(ff ff ff fe  01 02 03 04 05 06 07 08  01 00  00 00 00 02 61 62  ff ff ff ff
        00 00 00 00  00 00 00 06 2f 61 70 70 2f 78  00 00 00 04 2f 61 70 70  00 00 00 01 2f)"));
}

TEST(writer, what_a_length_cannot_say_is_refused_before_it_is_written) {
    buffer out;
    writer w{out};
    w.i32(1);
    const std::string_view too_long{"", max_encoded_size + 1}; // never read
    EXPECT_THROW(w.string(too_long), std::length_error);
    EXPECT_THROW(w.path({"/app", too_long}), std::length_error);
    EXPECT_EQ(out.size(), 4U);
}

TEST(path_ref, joins_chroot_and_path) {
    EXPECT_EQ((path_ref{"/app", "/x"}.to_string()), "/app/x");
    EXPECT_EQ((path_ref{"/app", "/"}.to_string()), "/app");
    EXPECT_EQ((path_ref{"", "/"}.to_string()), "/");
    EXPECT_EQ(path_ref{"/x"}.to_string(), "/x");
    EXPECT_EQ(path_ref{}.to_string(), "");
    EXPECT_EQ((path_ref{"/app", "/"}.size()), 4U);
    EXPECT_EQ((path_ref{"/app", "/x"}.size()), 6U);
}

} // namespace
} // namespace zooid::wire
