#pragma once

#include "session/session.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::session {

using namespace std::chrono_literals;

constexpr std::int32_t code(errc e) noexcept { return static_cast<std::int32_t>(e); }

/// A request that remembers how it ended.
class test_request final : public request {
public:
    std::vector<std::int32_t> results; ///< one is right, more are a defect
    std::string body;
    std::int64_t zxid = 0;
    opcode op = opcode::error;

    [[nodiscard]] bool waits() const noexcept { return results.empty(); }
    /// The result, or a number no error has while there is not exactly one.
    [[nodiscard]] std::int32_t result() const noexcept { return results.size() == 1 ? results.front() : 99'999; }
};

class test_watcher final : public watcher {
public:
    explicit test_watcher(std::string id = {}, std::uint32_t chroot_length = 0)
        : watcher(chroot_length), name(std::move(id)) {}

    std::string name;
};

inline boost::intrusive_ptr<test_watcher> make_watcher(std::string name = {}, std::uint32_t chroot_length = 0) {
    return boost::intrusive_ptr<test_watcher>(new test_watcher(std::move(name), chroot_length));
}

inline host_list hosts(std::string_view text) {
    std::string problem;
    auto parsed = parse_connect_string(text, problem);
    EXPECT_TRUE(parsed) << problem;
    return host_list{parsed ? std::move(parsed->hosts) : std::vector<host>{}};
}

/// A request as the server sees it.
struct seen_request {
    std::int32_t xid = 0;
    opcode op = opcode::error;
    std::string body;

    template <class Record>
    [[nodiscard]] Record as() const {
        Record r;
        EXPECT_TRUE(wire::decode(body, r));
        return r;
    }
    [[nodiscard]] std::string path() const { return std::string{as<wire::path_watch_request>().path.path}; }
};

/// Drives a session by hand: carries its bytes to a server that the test plays, and writes down what comes out.
class script {
public:
    explicit script(session_config config = {}, std::string_view host_names = "alpha:1", std::uint64_t seed = 1)
        : core(std::move(config), hosts(host_names), seed) {}

    // The driver.

    /// Does what a driver does after each call.
    void settle() {
        for (const output& o : core.outputs().items) {
            note(o);
        }
        core.outputs().clear();
        if (core.take_close()) {
            ++closes;
            wire_bytes.clear();
            finish_write(0);
        }
        if (auto open = core.take_open()) {
            opened.push_back(to_string(open->to));
        }
        while (!stuck_writer && take_limit != 0) {
            const std::string_view bytes = core.outbox().begin_write();
            if (bytes.empty()) {
                break;
            }
            const std::size_t n = std::min(take_limit, bytes.size());
            wire_bytes.append(bytes.substr(0, n));
            take_limit -= n;
            core.wrote(n, now);
        }
    }
    /// Lets a writer take bytes without coming back; `finish_write` ends that.
    std::string_view begin_stuck_write() {
        stuck_writer = true;
        return core.outbox().begin_write();
    }
    void finish_write(std::size_t n) {
        if (std::exchange(stuck_writer, false)) {
            core.wrote(n, now);
        }
    }
    void start() {
        core.start(now);
        settle();
    }
    void advance(std::chrono::nanoseconds by) {
        now += by;
        core.tick(now);
        settle();
    }
    /// Lets time pass until `next_deadline` and acts; returns how long that was.
    std::chrono::nanoseconds advance_to_deadline() {
        const auto by = core.next_deadline() - now;
        advance(by);
        return by;
    }
    void link_down() {
        core.link_down(errc::connection_loss, now);
        wire_bytes.clear();
        settle();
    }
    /// The same after a while, so that the next attempt follows at once.
    void lose_link() {
        advance(1s);
        link_down();
    }
    void deliver(std::string_view bytes) {
        received_copy.assign(bytes); // so that sanitizers see use of bytes that are gone
        core.received(received_copy, now);
        settle();
    }
    void deliver(const wire::buffer& bytes) { deliver(bytes.view()); }

    // The server.

    /// The next whole frame the session has written.
    std::optional<std::string> take_frame() {
        const auto found = wire::next_frame(wire_bytes);
        if (found.state != wire::frame_state::complete) {
            return std::nullopt;
        }
        std::string payload{found.payload};
        wire_bytes.erase(0, found.consumed);
        return payload;
    }
    std::optional<seen_request> take_request() {
        const auto frame = take_frame();
        if (!frame) {
            return std::nullopt;
        }
        wire::reader in{*frame};
        wire::request_header header;
        EXPECT_TRUE(wire::decode(in, header));
        return seen_request{header.xid, header.type, std::string{in.rest()}};
    }
    std::vector<seen_request> take_requests() {
        std::vector<seen_request> all;
        while (auto one = take_request()) {
            all.push_back(std::move(*one));
        }
        return all;
    }
    /// Brings the link up and returns the connect request.
    wire::connect_request link_up() {
        core.link_up(now);
        settle();
        connect_frame = take_frame().value_or("");
        wire::connect_request asked;
        EXPECT_TRUE(wire::decode(connect_frame, asked));
        return asked;
    }
    void grant(std::int64_t id, std::int32_t timeout = 9000, std::optional<bool> read_only = false) {
        wire::buffer out;
        const std::string password(16, id == 0 ? '\0' : 'p');
        wire::put_connect_response(out, {0, timeout, id, password, read_only});
        deliver(out);
    }
    void refuse() { grant(0, 0); }
    /// The whole way to `connected`.
    void connect(std::int64_t id = 77, std::int32_t timeout = 9000, std::optional<bool> read_only = false) {
        if (opened.empty()) {
            start();
        }
        link_up();
        grant(id, timeout, read_only);
    }
    void reply(std::int32_t xid, std::int64_t zxid, std::int32_t err = 0, std::string_view body = {}) {
        wire::buffer out;
        if (body.empty()) {
            wire::put_reply(out, xid, zxid, err);
        } else {
            wire::put_reply(out, xid, zxid, err, wire::encoded_body{body});
        }
        deliver(out);
    }
    void event(event_type type, std::string_view path, std::int64_t zxid = -1) {
        wire::buffer out;
        wire::put_notification(out, zxid, {static_cast<std::int32_t>(type), 3, path});
        deliver(out);
    }

    // The user.

    test_request& make_request() { return requests.emplace_back(); }
    /// Submits a get and carries it as far as it goes.
    test_request& get(std::string_view path, std::optional<watch_request> watch = {},
                      steady_time deadline = steady_time::max()) {
        test_request& r = make_request();
        const wire::path_watch_request record{path, watch.has_value()};
        const std::int32_t err = core.submit(opcode::get, record, &r, deadline, watch ? &*watch : nullptr, now);
        if (err != 0) {
            r.results.push_back(err);
        }
        settle();
        return r;
    }
    /// Submits a request about a watch: a read, add_watch or remove_watches.
    test_request& submit(opcode op, watch_request watch) {
        test_request& r = make_request();
        const std::string path = watch.path;
        if (op == opcode::add_watch) {
            const std::int32_t mode = watch.kind == watch_kind::recursive ? 1 : 0;
            submit(op, wire::add_watch_request{path, mode}, r, watch);
        } else if (op == opcode::remove_watches) {
            const std::int32_t type =
                watch.ends == kinds_of_removal(1) ? 1 : (watch.ends == kinds_of_removal(2) ? 2 : 3);
            submit(op, wire::remove_watches_request{path, type}, r, watch);
        } else {
            submit(op, wire::path_watch_request{path, true}, r, watch);
        }
        settle();
        return r;
    }
    void stop_watching(watcher& w) {
        core.stop_watching(w);
        settle();
    }
    /// Submits a request that sets a watch, and answers it.
    void set_watch(opcode op, watcher_ptr w, std::string_view path, watch_kind kind, std::int32_t err = 0) {
        submit(op, {std::move(w), std::string{path}, kind});
        const auto sent = take_requests();
        ASSERT_FALSE(sent.empty());
        reply(sent.back().xid, 1, err);
    }

    /// What has been seen since the last call: "connected", "suspended connection_loss", "event /a deleted w1",
    /// "done 3 no_node".
    std::vector<std::string> take_seen() { return std::exchange(seen, {}); }

    session core;
    steady_time now{1000h};
    std::size_t take_limit = std::string::npos; ///< bytes the link still takes
    bool stuck_writer = false;
    std::string wire_bytes; ///< written and not taken by the server
    std::string connect_frame;
    std::vector<std::string> opened;
    std::vector<std::string> seen;
    std::vector<std::string> logs;
    std::size_t closes = 0;
    std::deque<test_request> requests;

private:
    template <class Record>
    void submit(opcode op, const Record& record, test_request& r, watch_request& watch) {
        EXPECT_EQ(core.submit(op, record, &r, steady_time::max(), &watch, now), 0);
    }
    void note(const output& o) {
        const std::string result = o.err == 0 ? "" : " " + std::string{to_string(static_cast<errc>(o.err))};
        switch (o.what) {
        case output::kind::completion: {
            auto& r = static_cast<test_request&>(*o.completed);
            r.results.push_back(o.err);
            r.body = o.text;
            r.zxid = o.zxid;
            r.op = o.op;
            seen.push_back("done " + std::to_string(r.line() & 0xffff) + result);
            break;
        }
        case output::kind::watch: {
            const auto& w = static_cast<const test_watcher&>(*o.interested);
            seen.push_back("event " + std::string{w.client_path(o.text)} + " " + std::string{to_string(o.event)} +
                           (w.name.empty() ? "" : " " + w.name));
            break;
        }
        case output::kind::state:
            seen.push_back(std::string{to_string(o.state)} + " " + std::string{to_string(o.keeper)} + result);
            break;
        case output::kind::log:
            logs.emplace_back(o.text);
            break;
        }
    }

    std::string received_copy;
};

} // namespace zooid::session
