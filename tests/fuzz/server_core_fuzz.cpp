// Several connections that say anything to the server's core, in any order and at any time, while one well-behaved client
// watches that nobody harms it. The input is a list of steps: a byte that says what to do, and what that needs.

#include "fuzz_target.hpp"
#include "server/data_tree.hpp"
#include "server/server_core.hpp"
#include "server/session_table.hpp"
#include "wire/frame.hpp"
#include "wire/multi.hpp"
#include "wire/requests.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

using server::connection_id;
using server::moment;
using namespace std::chrono_literals;

enum class step : unsigned char {
    open,    // a connection in the next place
    choose,  // one byte: the place that later steps are about
    greet,   // asks for a session
    request, // length (2 bytes), then a request without its length
    bytes,   // length (2 bytes), then anything
    wait,    // one byte: that many times 100 ms
    take,    // reads what the server has
    lose,    // the connection breaks
    freeze,  // or thaws
    end_input,
    last = end_input,
};

constexpr std::size_t places = 4;
constexpr moment server_start{steady_time{1'000s}, server_time{1'700'000'000s}};
constexpr std::string_view secret = "a secret that is always the same";

server::server_config small_server() {
    server::server_config config;
    config.max_backlog = 4'096; // so that connections have to wait now and then
    config.max_notifications = 16'384;
    config.max_frame = 8'192;
    config.max_session_timeout = 4s;
    config.reap_interval = 500ms;
    config.enforce_quota = true;
    return config;
}

class run {
public:
    explicit run(std::string_view input) : in_(input) { connect_good_client(); }

    /// Tells whether every request was understood by somebody.
    bool all() {
        bool understood = true;
        while (const char* const next = in_.take(1)) {
            understood =
                one(static_cast<step>(static_cast<unsigned char>(*next) % (static_cast<unsigned>(step::last) + 1))) &&
                understood;
            drive();
            ask_good_client();
        }
        finish();
        return understood;
    }

private:
    bool one(step what) {
        connection_id& here = connections_.at(place_);
        switch (what) {
        case step::open:
            core_.closed(here, at_);
            here = core_.open("10.0.0.2", 2, at_);
            return true;
        case step::choose:
            place_ = next_byte() % places;
            return true;
        case step::greet:
            frame_.clear();
            put_connect_request(frame_, {0, 0, 4'000, 0, std::string_view{}, false});
            core_.received(here, frame_.view(), at_);
            return true;
        case step::request: {
            const std::string_view body = next_bytes();
            frame_.clear();
            put_frame(frame_, encoded_body{body});
            core_.received(here, frame_.view(), at_);
            return body.size() >= 8;
        }
        case step::bytes:
            core_.received(here, next_bytes(), at_);
            return true;
        case step::wait:
            pass(next_byte() * 100ms);
            return true;
        case step::take:
            core_.take_output(here, out_, at_);
            check_frames(out_.view());
            return true;
        case step::lose:
            core_.closed(here, at_);
            return true;
        case step::freeze:
            frozen_ = !frozen_;
            core_.freeze(here, frozen_, at_);
            return true;
        case step::end_input:
            core_.input_ended(here, at_);
            return true;
        }
        return false;
    }

    void pass(std::chrono::milliseconds time) {
        const steady_time until = at_.now + time;
        for (int turns = 0; at_.now < until; ++turns) {
            require(turns < 10'000, "time passes");
            core_.touch(good_, at_);
            const steady_time next = std::max(at_.now, std::min({until, core_.next_deadline(), at_.now + 1s}));
            at_.wall += std::chrono::ceil<std::chrono::milliseconds>(next - at_.now);
            at_.now = next;
            core_.tick(at_);
            require(core_.next_deadline() > at_.now, "what is due is done");
        }
    }

    void drive() {
        while (core_.take_ready(ready_)) {
            for (const connection_id id : ready_) {
                if (core_.ending_of(id) == server::ending::at_once) {
                    core_.closed(id, at_);
                }
            }
        }
        require(!core_.tree().in_transaction(), "no transaction is left open");
    }

    /// Output may begin with the answer to a handshake or a word; then frames follow, and the last may not be cut.
    static void check_frames(std::string_view output) {
        const frame_scan first = next_frame(output);
        if (first.state != frame_state::complete) {
            return; // a word's answer
        }
        while (!output.empty()) {
            const frame_scan found = next_frame(output);
            require(found.state == frame_state::complete, "frames are whole");
            output.remove_prefix(found.consumed);
        }
    }

    void connect_good_client() {
        good_ = core_.open("10.0.0.1", 1, at_);
        frame_.clear();
        put_connect_request(frame_, {0, 0, 1'000'000, good_session_, std::string_view{good_password_}, false});
        core_.received(good_, frame_.view(), at_);
        require(core_.take_output(good_, out_, at_) && out_.size() == 41, "the good client has its session");
        connect_response answer;
        require(decode(next_frame(out_.view()).payload, answer) && answer.session_id != 0 &&
                    (good_session_ == 0 || answer.session_id == good_session_),
                "the one it had before");
        good_session_ = answer.session_id;
        good_password_ = answer.password.value_or("");
    }

    void ask_good_client() {
        // Whoever names a session, with whatever password, ends the connection it has, as at ZooKeeper.
        if (core_.ending_of(good_) != server::ending::none) {
            connect_good_client();
        }
        frame_.clear();
        put_request(frame_, ++xid_, opcode::exists, path_watch_request{"/zookeeper", false});
        core_.received(good_, frame_.view(), at_);
        require(core_.take_output(good_, out_, at_), "the good client is answered");
        const frame_scan found = next_frame(out_.view());
        reply_header header;
        require(found.state == frame_state::complete && found.consumed == out_.size(), "with one frame");
        require(decode(found.payload, header) && header.xid == xid_ && header.err == 0, "which is the right one");
    }

    void finish() {
        for (const connection_id id : connections_) {
            core_.closed(id, at_);
        }
        require(core_.watch_count() == 0, "watches go with their connections");
        require(core_.connections().size() == 1, "connections go when they are closed");
        const std::size_t sessions = core_.sessions().size();
        pass(10s); // longer than any of their sessions
        require(core_.sessions().size() == 1 && sessions >= 1, "sessions expire without a client");
        require(core_.tree().ephemeral_count() == 0, "and take their ephemerals along");
    }

    unsigned char next_byte() noexcept {
        const char* const at = in_.take(1);
        return at == nullptr ? 0 : static_cast<unsigned char>(*at);
    }

    std::string_view next_bytes() noexcept {
        const std::size_t high = next_byte();
        const std::size_t n = std::min(high * 256U + next_byte(), in_.remaining());
        return n == 0 ? std::string_view{} : std::string_view{in_.take(n), n};
    }

    moment at_ = server_start;
    server::server_core core_{small_server(), secret, at_};
    reader in_;
    std::array<connection_id, places> connections_{};
    std::size_t place_ = 0;
    bool frozen_ = false;
    connection_id good_ = 0;
    std::int64_t good_session_ = 0;
    std::string good_password_;
    std::int32_t xid_ = 0;
    buffer frame_;
    buffer out_;
    std::vector<connection_id> ready_;
};

/// A list of steps that is being put together.
class script {
public:
    script& then(step what) {
        text_.push_back(static_cast<char>(what));
        return *this;
    }
    script& then(step what, unsigned char argument) {
        then(what).text_.push_back(static_cast<char>(argument));
        return *this;
    }
    template <class Record>
    script& ask(opcode op, const Record& record) {
        return with_length(step::request, encoded(request_header{1, op}) + encoded(record));
    }
    script& ask(opcode op) { return with_length(step::request, encoded(request_header{1, op})); }
    script& say(std::string_view bytes) { return with_length(step::bytes, bytes); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    script& with_length(step what, std::string_view bytes) {
        then(what);
        text_.push_back(static_cast<char>(bytes.size() / 256));
        text_.push_back(static_cast<char>(bytes.size() % 256));
        text_.append(bytes);
        return *this;
    }

    std::string text_;
};

script session() {
    script s;
    s.then(step::open).then(step::greet).then(step::take);
    return s;
}

std::string transactions() {
    buffer body;
    multi_encoder parts{body};
    parts.create({"/m", "x", open_acl(), 0});
    parts.set({"/m", "y", 0});
    parts.create({"/m/s-", "", open_acl(), 2});
    parts.check({"/m", 1});
    parts.remove({"/m", -1});
    parts.finish();
    buffer reading;
    multi_encoder reads{reading};
    reads.get({"/m", false});
    reads.get_children({"/", false});
    reads.finish();
    return session()
        .ask(opcode::multi, encoded_body{body.view()})
        .ask(opcode::multi_read, encoded_body{reading.view()})
        .then(step::take)
        .text();
}

std::string watches() {
    return session()
        .ask(opcode::add_watch, add_watch_request{"/", 1})
        .ask(opcode::create, create_request{"/e", "x", open_acl(), 1})
        .ask(opcode::get, path_watch_request{"/e", true})
        .ask(opcode::get_children, path_watch_request{"/", true})
        .ask(opcode::set_watches2, set_watches2_request{.exist = std::vector<path_ref>{"/e", "/f"}})
        .ask(opcode::remove_watches, remove_watches_request{"/e", 3})
        .then(step::choose, 1)
        .then(step::open)
        .then(step::greet)
        .ask(opcode::set, set_data_request{"/e", "y", -1})
        .then(step::choose, 0)
        .then(step::take)
        .ask(opcode::close_session)
        .then(step::take)
        .text();
}

std::string permissions() {
    const acl mine{{perms::all, "auth", ""}, {perms::read, "ip", "10.0.0.0/8"}};
    return session()
        .ask(opcode::auth, auth_packet{0, "digest", "bob:secret"})
        .ask(opcode::create2, create_request{"/a", std::nullopt, mine, 0})
        .ask(opcode::get_acls, path_request{"/a"})
        .ask(opcode::set_acls, set_acl_request{"/a", open_acl(), 0})
        .ask(opcode::who_am_i)
        .then(step::take)
        .text();
}

std::string lifetimes() {
    return session()
        .ask(opcode::create_container, create_request{"/c", "", open_acl(), 4})
        .ask(opcode::create_ttl, create_ttl_request{"/c/t", "", open_acl(), 5, 300})
        .ask(opcode::create, create_request{"/c/e-", "", open_acl(), 3})
        .ask(opcode::get_ephemerals, get_ephemerals_request{"/"})
        .ask(opcode::get_all_children_number, path_request{"/"})
        .then(step::wait, 10)
        .then(step::freeze)
        .ask(opcode::ping)
        .then(step::freeze)
        .then(step::wait, 70)
        .text();
}

/// A client that comes back to its session, which is the second that the server gives out.
std::string resumption() {
    server::session_table sessions{2s, secret, server_start.wall};
    sessions.create(4s, server_start.now);
    const std::int64_t id = sessions.create(4s, server_start.now).id;
    const server::session_password password = sessions.password_of(id);
    buffer again;
    put_connect_request(again, {0, 0, 4'000, id, std::string_view{password.data(), password.size()}, false});
    return session()
        .ask(opcode::create, create_request{"/e", "x", open_acl(), 1})
        .then(step::choose, 1)
        .then(step::open)
        .say(again.view())
        .ask(opcode::get_ephemerals, get_ephemerals_request{"/"})
        .then(step::take)
        .text();
}

} // namespace

bool examine(std::string_view input) { return run{input}.all(); }

/// Names the session of the good client, the first one there is.
std::string impostor() {
    constexpr std::int64_t first_session = 0x18bcfe568000000;
    buffer greeting;
    put_connect_request(greeting, {0, 0, 4'000, first_session, std::string_view{"not its password"}, false});
    return script{}.then(step::open).say(greeting.view()).then(step::take).text();
}

std::vector<std::string> seeds() {
    return {
        transactions(),
        watches(),
        permissions(),
        lifetimes(),
        resumption(),
        impostor(),
        script{}.then(step::open).say("mntr").then(step::take).text(),
        script{}.then(step::open).say("dump").then(step::end_input).then(step::take).then(step::lose).text(),
    };
}

} // namespace zooid::wire::fuzz
