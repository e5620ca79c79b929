// The few ZooKeeper records the benchmarks speak by hand, written independently of the library under test.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::bench {

using bytes = std::vector<char>;

/// The node that every get and set addresses; 12 bytes.
inline constexpr std::string_view node_path = "/zooid-bench";

/// Paths that start like this never exist at the stub server, so that an exists watch waits for their creation.
inline constexpr std::string_view watch_prefix = "/w";

/// A setData on this path makes the stub server fire every watch it holds.
inline constexpr std::string_view fire_path = "/fire";

/// What the benchmark node holds: 100 bytes.
inline constexpr std::string_view node_data =
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

/// The opcodes the benchmarks use, as numbered on the wire.
enum class opcode : std::int32_t {
    create = 1,
    remove = 2,
    exists = 3,
    get_data = 4,
    set_data = 5,
    sync = 9,
    ping = 11,
    get_children2 = 12,
    multi = 14,
    create2 = 15,
    check_watches = 17,
    remove_watches = 18,
    auth = 100,
    set_watches = 101,
    set_watches2 = 105,
    close_session = -11,
};

inline constexpr std::int32_t ping_xid = -2;
inline constexpr std::int32_t notification_xid = -1;
inline constexpr std::int32_t no_node = -101;
inline constexpr std::int32_t unimplemented = -6;

inline constexpr std::size_t length_prefix_size = 4;
inline constexpr std::size_t reply_header_size = 16;
inline constexpr std::size_t stat_size = 68;

/// A node path fixed at 12 bytes plus a terminating zero, for watch number `index`.
inline std::array<char, 13> watch_path(std::size_t index) {
    std::array<char, 13> path{"/w0000000000"};
    for (std::size_t digit = path.size() - 2; index != 0 && digit >= watch_prefix.size(); --digit) {
        path[digit] = static_cast<char>('0' + index % 10);
        index /= 10;
    }
    return path;
}

/// Reads a big-endian 32-bit integer.
inline std::int32_t load_i32(const char* from) {
    std::uint32_t value;
    std::memcpy(&value, from, sizeof value);
    return static_cast<std::int32_t>(__builtin_bswap32(value));
}

/// Writes a big-endian 32-bit integer.
inline void store_i32(char* to, std::int32_t value) {
    const std::uint32_t swapped = __builtin_bswap32(static_cast<std::uint32_t>(value));
    std::memcpy(to, &swapped, sizeof swapped);
}

/// Appends one length-prefixed frame to `out`; the length is filled in by finish().
class frame_writer {
public:
    explicit frame_writer(bytes& out) : out_{out}, start_{out.size()} { i32(0); }

    frame_writer& i32(std::int32_t value) {
        const std::size_t at = out_.size();
        out_.resize(at + sizeof value);
        store_i32(out_.data() + at, value);
        return *this;
    }
    frame_writer& i64(std::int64_t value) {
        return i32(static_cast<std::int32_t>(value >> 32)).i32(static_cast<std::int32_t>(value & 0xffffffff));
    }
    frame_writer& boolean(bool value) {
        out_.push_back(value ? 1 : 0);
        return *this;
    }
    frame_writer& raw(std::string_view value) {
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }
    frame_writer& string(std::string_view value) { return i32(static_cast<std::int32_t>(value.size())).raw(value); }
    frame_writer& code(opcode value) { return i32(static_cast<std::int32_t>(value)); }

    /// The world:anyone list with every permission.
    frame_writer& open_acl() { return i32(1).i32(31).string("world").string("anyone"); }

    void finish() {
        store_i32(out_.data() + start_, static_cast<std::int32_t>(out_.size() - start_ - length_prefix_size));
    }

private:
    bytes& out_;
    std::size_t start_;
};

/// A ConnectRequest for a new session; the timeout is in milliseconds.
inline bytes connect_request(std::int32_t timeout_ms) {
    bytes out;
    frame_writer frame{out};
    frame.i32(0).i64(0).i32(timeout_ms).i64(0).string(std::string_view{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16});
    frame.boolean(false).finish();
    return out;
}

/// A getData or exists request.
inline bytes read_request(opcode code, std::int32_t xid, std::string_view path, bool watch) {
    bytes out;
    frame_writer frame{out};
    frame.i32(xid).code(code).string(path).boolean(watch).finish();
    return out;
}

/// A setData request that accepts any version.
inline bytes set_request(std::int32_t xid, std::string_view path, std::string_view data) {
    bytes out;
    frame_writer frame{out};
    frame.i32(xid).code(opcode::set_data).string(path).string(data).i32(-1).finish();
    return out;
}

/// A create request for a persistent node that anyone may use.
inline bytes create_request(std::int32_t xid, std::string_view path, std::string_view data) {
    bytes out;
    frame_writer frame{out};
    frame.i32(xid).code(opcode::create).string(path).string(data).open_acl().i32(0).finish();
    return out;
}

/// A multi that creates and at once deletes the watch paths `first` … `last` - 1: each fires once, none remains.
inline bytes touch_request(std::int32_t xid, std::size_t first, std::size_t last) {
    bytes out;
    frame_writer frame{out};
    frame.i32(xid).code(opcode::multi);
    for (std::size_t i = first; i < last; ++i) {
        const auto path = watch_path(i);
        const std::string_view name{path.data(), path.size() - 1};
        frame.code(opcode::create).boolean(false).i32(-1).string(name).string("").open_acl().i32(0);
        frame.code(opcode::remove).boolean(false).i32(-1).string(name).i32(-1);
    }
    frame.i32(-1).boolean(true).i32(-1).finish();
    return out;
}

} // namespace zooid::bench
