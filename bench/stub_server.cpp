// A server that answers from fixed bytes, so that what a benchmark measures is the client and not the server.
//
// One epoll thread; all replies to what one read brought leave in one write. Prints "listening PORT" once ready and
// serves until it is killed or its standard input closes.
#include "protocol.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace zooid::bench {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

bytes make_stat() {
    bytes out;
    frame_writer frame{out};
    frame.i64(2).i64(2).i64(1'600'000'000'000).i64(1'600'000'000'000).i32(0).i32(0).i32(0).i64(0);
    frame.i32(static_cast<std::int32_t>(node_data.size())).i32(0).i64(2).finish();
    return {out.begin() + length_prefix_size, out.end()};
}

/// A reply with everything after the header fixed: only xid and zxid are filled in.
class canned_reply {
public:
    explicit canned_reply(std::string_view body) {
        frame_writer frame{bytes_};
        frame.i32(0).i64(0).i32(0).raw(body).finish();
    }
    void append_to(bytes& out, std::int32_t xid, std::int64_t zxid) const {
        const std::size_t at = out.size();
        out.insert(out.end(), bytes_.begin(), bytes_.end());
        store_i32(out.data() + at + 4, xid);
        store_i32(out.data() + at + 8, static_cast<std::int32_t>(zxid >> 32));
        store_i32(out.data() + at + 12, static_cast<std::int32_t>(zxid & 0xffffffff));
    }

private:
    bytes bytes_;
};

struct connection {
    explicit connection(int descriptor) : socket{descriptor} {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { ::close(socket); }

    int socket;
    bool greeted = false;
    bool closing = false;
    bool blocked = false; ///< output waits for the socket to drain; nothing is read meanwhile
    bytes input;
    bytes output;
    std::size_t written = 0;
    std::vector<std::string> watches;
};

class stub_server {
public:
    stub_server() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (listener_ < 0) fail("socket");
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof local;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&local), size) != 0) fail("bind");
        if (::listen(listener_, 64) != 0) fail("listen");
        if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &size) != 0) fail("getsockname");
        port_ = ::ntohs(local.sin_port);
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        if (epoll_ < 0) fail("epoll_create1");
        subscribe(EPOLL_CTL_ADD, listener_, EPOLLIN);
        // A file as standard input cannot be polled; then nobody is there to close it either.
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = STDIN_FILENO;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    }

    [[nodiscard]] int port() const { return port_; }

    void serve() {
        for (std::vector<epoll_event> events(64);;) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            if (count < 0 && errno != EINTR) fail("epoll_wait");
            for (int i = 0; i < count; ++i) {
                const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
                if (descriptor == STDIN_FILENO) {
                    char ignored[64];
                    if (::read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return;
                } else if (descriptor == listener_) {
                    accept_one();
                } else if (const auto found = connections_.find(descriptor); found != connections_.end()) {
                    if (!serve_connection(*found->second)) connections_.erase(found);
                }
            }
        }
    }

private:
    void subscribe(int action, int descriptor, std::uint32_t interest) {
        epoll_event event{};
        event.events = interest;
        event.data.fd = descriptor;
        if (::epoll_ctl(epoll_, action, descriptor, &event) != 0) fail("epoll_ctl");
    }

    void accept_one() {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections_.emplace(socket, std::make_unique<connection>(socket));
        subscribe(EPOLL_CTL_ADD, socket, EPOLLIN);
    }

    /// One read, all its answers, one write. False: the connection is over.
    bool serve_connection(connection& peer) {
        if (!peer.blocked) {
            const ssize_t got = ::recv(peer.socket, scratch_.data(), scratch_.size(), 0);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
            if (got > 0) peer.input.insert(peer.input.end(), scratch_.begin(), scratch_.begin() + got);
            if (!answer_frames(peer)) return false;
        }
        return flush(peer) && !(peer.closing && peer.output.empty());
    }

    static bool complete(const bytes& input, std::size_t at) {
        if (input.size() - at < length_prefix_size) return false;
        return input.size() - at - length_prefix_size >= static_cast<std::size_t>(load_i32(input.data() + at));
    }

    bool answer_frames(connection& peer) {
        std::size_t at = 0;
        while (!peer.closing && complete(peer.input, at)) {
            const auto size = load_i32(peer.input.data() + at);
            if (size < 8) return false;
            answer(peer, {peer.input.data() + at + length_prefix_size, static_cast<std::size_t>(size)});
            at += length_prefix_size + static_cast<std::size_t>(size);
        }
        peer.input.erase(peer.input.begin(), peer.input.begin() + static_cast<std::ptrdiff_t>(at));
        return true;
    }

    bool flush(connection& peer) {
        while (peer.written < peer.output.size()) {
            const ssize_t sent =
                ::send(peer.socket, peer.output.data() + peer.written, peer.output.size() - peer.written, MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) {
                block(peer, true);
                return true;
            }
            if (sent < 0 && errno != EINTR) return false;
            if (sent > 0) peer.written += static_cast<std::size_t>(sent);
        }
        peer.output.clear();
        peer.written = 0;
        block(peer, false);
        return true;
    }

    void block(connection& peer, bool blocked) {
        if (peer.blocked == blocked) return;
        peer.blocked = blocked;
        subscribe(EPOLL_CTL_MOD, peer.socket, blocked ? EPOLLOUT : EPOLLIN);
    }

    void greet(connection& peer, std::string_view request) {
        peer.greeted = true;
        frame_writer frame{peer.output};
        const std::int32_t timeout = request.size() >= 16 ? load_i32(request.data() + 12) : 30'000;
        frame.i32(0).i32(timeout).i64(++last_session_).string("stub server pass").boolean(false).finish();
    }

    void answer(connection& peer, std::string_view request) {
        if (!peer.greeted) return greet(peer, request);
        const std::int32_t xid = load_i32(request.data());
        const auto code = static_cast<opcode>(load_i32(request.data() + 4));
        bytes& out = peer.output;
        switch (code) {
        case opcode::get_data:
            return data_reply_.append_to(out, xid, zxid_);
        case opcode::set_data:
            stat_reply_.append_to(out, xid, ++zxid_);
            if (path_of(request) == fire_path) fire_all();
            return;
        case opcode::exists:
            return answer_exists(peer, xid, request);
        case opcode::create2:
            return answer_create(out, xid, request, true);
        case opcode::create:
            return answer_create(out, xid, request, false);
        case opcode::sync:
            return answer_create(out, xid, request, false);
        case opcode::get_children2:
            return children_reply_.append_to(out, xid, zxid_);
        case opcode::ping:
            return empty_reply_.append_to(out, ping_xid, zxid_);
        case opcode::close_session:
            peer.closing = true;
            return empty_reply_.append_to(out, xid, ++zxid_);
        case opcode::remove:
        case opcode::check_watches:
        case opcode::remove_watches:
        case opcode::auth:
        case opcode::set_watches:
        case opcode::set_watches2:
            return empty_reply_.append_to(out, xid, zxid_);
        case opcode::multi:
            break;
        }
        answer_error(out, xid, unimplemented);
    }

    void answer_error(bytes& out, std::int32_t xid, std::int32_t error) const {
        frame_writer frame{out};
        frame.i32(xid).i64(zxid_).i32(error).finish();
    }

    void answer_exists(connection& peer, std::int32_t xid, std::string_view request) {
        const std::string_view path = path_of(request);
        if (!path.starts_with(watch_prefix)) return stat_reply_.append_to(peer.output, xid, zxid_);
        if (request.back() != 0) peer.watches.emplace_back(path);
        answer_error(peer.output, xid, no_node);
    }

    void answer_create(bytes& out, std::int32_t xid, std::string_view request, bool with_stat) {
        frame_writer frame{out};
        frame.i32(xid).i64(++zxid_).i32(0).string(path_of(request));
        if (with_stat) frame.raw({stat_.data(), stat_.size()});
        frame.finish();
    }

    void fire_all() {
        for (auto& [descriptor, peer] : connections_) {
            for (const std::string& path : peer->watches) {
                constexpr std::int32_t node_created = 1;
                constexpr std::int32_t sync_connected = 3;
                frame_writer frame{peer->output};
                frame.i32(notification_xid).i64(-1).i32(0).i32(node_created).i32(sync_connected).string(path).finish();
            }
            peer->watches = {};
            flush(*peer);
        }
    }

    static std::string_view path_of(std::string_view request) {
        if (request.size() < 12) return {};
        const auto size = static_cast<std::size_t>(load_i32(request.data() + 8));
        return size <= request.size() - 12 ? request.substr(12, size) : std::string_view{};
    }

    static std::string data_body(const bytes& stat) {
        bytes out;
        frame_writer{out}.string(node_data).raw({stat.data(), stat.size()}).finish();
        return {out.begin() + length_prefix_size, out.end()};
    }
    static std::string children_body(const bytes& stat) {
        bytes out;
        frame_writer{out}.i32(2).string("one").string("two").raw({stat.data(), stat.size()}).finish();
        return {out.begin() + length_prefix_size, out.end()};
    }

    const bytes stat_ = make_stat();
    const canned_reply empty_reply_{""};
    const canned_reply stat_reply_{{stat_.data(), stat_.size()}};
    const canned_reply data_reply_{data_body(stat_)};
    const canned_reply children_reply_{children_body(stat_)};
    std::unordered_map<int, std::unique_ptr<connection>> connections_;
    bytes scratch_ = bytes(std::size_t{256} * 1024);
    std::int64_t zxid_ = 2;
    std::int64_t last_session_ = 0x0100'0000'0000'0000;
    int listener_ = -1;
    int epoll_ = -1;
    int port_ = 0;
};

} // namespace
} // namespace zooid::bench

int main() {
    try {
        zooid::bench::stub_server server;
        std::printf("listening %d\n", server.port());
        std::fflush(stdout);
        server.serve();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "stub_server: %s\n", error.what());
        return 1;
    }
}
