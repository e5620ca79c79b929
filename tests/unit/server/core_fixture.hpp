#pragma once

#include "server/data_tree.hpp"
#include "server/server_core.hpp"
#include "wire/frame.hpp"
#include "wire/multi.hpp"
#include "wire/replies.hpp"
#include "wire/requests.hpp"

#include <zooid/error.hpp>
#include <zooid/types.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::server {

using namespace std::chrono_literals;

/// An event as a client sees it.
struct seen_event {
    std::int32_t type = 0;
    std::string path;
    friend bool operator==(const seen_event&, const seen_event&) = default;
    friend std::ostream& operator<<(std::ostream& out, const seen_event& e) {
        return out << "{" << e.type << " " << e.path << "}";
    }
};

/// A reply as a client sees it.
struct seen_reply {
    wire::reply_header header;
    std::string body;

    template <class Record>
    [[nodiscard]] Record as() const {
        Record record{};
        EXPECT_EQ(header.err, 0);
        EXPECT_TRUE(wire::decode(std::string_view{body}, record)) << "undecodable body of " << body.size() << " bytes";
        return record;
    }
};

class test_world;

/// One connection that speaks frames. Replies and events are kept apart, and in one common order as well.
class test_peer {
public:
    test_peer(test_world& world, std::string_view address);

    /// Gives bytes to the server.
    void send(std::string_view bytes);
    /// The server will get nothing more.
    void end_input();

    /// Sends a request without looking for the reply.
    template <class Record>
    void post(opcode op, const Record& record) {
        wire::buffer frame;
        wire::put_request(frame, ++xid_, op, record);
        send(frame.view());
    }
    void post(opcode op) {
        wire::buffer frame;
        wire::put_request(frame, ++xid_, op);
        send(frame.view());
    }

    /// Sends a request and takes its reply.
    template <class Record>
    seen_reply ask(opcode op, const Record& record) {
        post(op, record);
        return take();
    }
    seen_reply ask(opcode op) {
        post(op);
        return take();
    }

    /// The oldest reply that nobody has taken; a test without one has failed.
    seen_reply take();
    /// The events since the last call.
    std::vector<seen_event> events() { return std::exchange(events_, {}); }
    /// Everything that came since the last call, as one line: "event 3 /a", "reply 4 0".
    std::vector<std::string> story() { return std::exchange(story_, {}); }
    [[nodiscard]] std::size_t replies() const noexcept { return replies_.size(); }

    /// Asks for a session; takes the answer. A silent close gives an answer with timeout -1.
    wire::connect_response connect(wire::connect_request asked = {.timeout = 10'000});
    /// Resumes a session.
    wire::connect_response resume(std::int64_t session, std::string_view password, std::int64_t seen = 0);

    // Shorthands; they return the error number.
    std::int32_t create(std::string_view path, std::string_view data = "", create_mode mode = create_mode::persistent,
                        const acl& list = open_acl());
    std::int32_t remove(std::string_view path, std::int32_t version = -1);
    std::int32_t set(std::string_view path, std::string_view data, std::int32_t version = -1);
    std::int32_t exists(std::string_view path, bool watch = false);
    std::int32_t get(std::string_view path, bool watch = false);
    std::int32_t children(std::string_view path, bool watch = false);
    std::int32_t add_watch(std::string_view path, std::int32_t mode);
    std::int32_t authenticate(std::string_view scheme, std::string_view proof);
    std::int32_t close_session() { return ask(opcode::close_session).header.err; }
    /// The node's metadata; it must exist.
    zooid::stat stat_of(std::string_view path);

    [[nodiscard]] connection_id id() const noexcept { return id_; }
    [[nodiscard]] std::int64_t session() const noexcept { return session_; }
    [[nodiscard]] const std::string& password() const noexcept { return password_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Bytes that are no frame of a session: four-letter words' answers, or everything with `raw`.
    [[nodiscard]] const std::string& bytes() const noexcept { return inbox_; }
    std::string take_bytes() { return std::exchange(inbox_, {}); }

    /// Takes what the server has, and goes on doing so.
    void read();

    bool raw = false;    ///< leaves what comes in `bytes`
    bool reading = true; ///< false: takes nothing from the server

private:
    friend class test_world;

    void arrived(std::string_view bytes);
    void parse();

    test_world* world_;
    connection_id id_ = 0;
    std::int32_t xid_ = 0;
    bool closed_ = false;
    std::int64_t session_ = 0;
    std::string password_;
    std::string inbox_;
    std::deque<seen_reply> replies_;
    std::vector<seen_event> events_;
    std::vector<std::string> story_;
};

/// A server core, its driver, and time that moves only when told.
class test_world {
public:
    explicit test_world(server_config config = {}, server_time start = server_time{1'700'000'000s});

    /// A connection.
    test_peer& open(std::string_view address = "127.0.0.1");
    /// A connection with a session.
    test_peer& client(std::chrono::milliseconds timeout = 10s);

    /// Lets time pass, with ticks whenever the core wants one.
    void pass(std::chrono::milliseconds time);
    /// Moves bytes until nothing moves any more.
    void settle();
    /// The socket of a connection is gone.
    void lose(test_peer& of);

    moment at;
    std::vector<std::string> log;
    server_core core;

private:
    friend class test_peer;

    bool drain(test_peer& of);

    std::map<connection_id, std::unique_ptr<test_peer>> peers_;
};

inline std::int32_t err(errc e) { return static_cast<std::int32_t>(e); }

} // namespace zooid::server
