#include "unit/server/core_fixture.hpp"

#include <algorithm>

namespace zooid::server {

test_peer::test_peer(test_world& world, std::string_view address)
    : world_(&world), id_(world.core.open(address, 40'000, world.at)) {}

void test_peer::send(std::string_view bytes) {
    world_->core.received(id_, bytes, world_->at);
    world_->settle();
}

void test_peer::end_input() {
    world_->core.input_ended(id_, world_->at);
    world_->settle();
}

void test_peer::read() {
    reading = true;
    static_cast<void>(world_->drain(*this));
    world_->settle();
}

seen_reply test_peer::take() {
    if (replies_.empty()) {
        ADD_FAILURE() << "there is no reply";
        return {{0, 0, 1}, {}};
    }
    seen_reply first = std::move(replies_.front());
    replies_.pop_front();
    return first;
}

wire::connect_response test_peer::connect(wire::connect_request asked) {
    static const std::string zeroes(16, '\0');
    if (!asked.password) {
        asked.password = zeroes;
    }
    wire::buffer frame;
    wire::put_connect_request(frame, asked);
    raw = true;
    send(frame.view());
    raw = false;
    wire::connect_response answer{.timeout = -1};
    const wire::frame_scan found = wire::next_frame(inbox_);
    if (found.state != wire::frame_state::complete) {
        return answer;
    }
    EXPECT_TRUE(wire::decode(found.payload, answer));
    session_ = answer.session_id;
    password_ = answer.password.value_or("");
    answer.password.reset();
    inbox_.erase(0, found.consumed);
    parse();
    return answer;
}

wire::connect_response test_peer::resume(std::int64_t session, std::string_view password, std::int64_t seen) {
    return connect({0, seen, 10'000, session, password, false});
}

std::int32_t test_peer::create(std::string_view path, std::string_view data, create_mode mode, const acl& list) {
    return ask(opcode::create, wire::create_request{path, data, list, static_cast<std::int32_t>(mode)}).header.err;
}

std::int32_t test_peer::remove(std::string_view path, std::int32_t version) {
    return ask(opcode::remove, wire::delete_request{path, version}).header.err;
}

std::int32_t test_peer::set(std::string_view path, std::string_view data, std::int32_t version) {
    return ask(opcode::set, wire::set_data_request{path, data, version}).header.err;
}

std::int32_t test_peer::exists(std::string_view path, bool watch) {
    return ask(opcode::exists, wire::path_watch_request{path, watch}).header.err;
}

std::int32_t test_peer::get(std::string_view path, bool watch) {
    return ask(opcode::get, wire::path_watch_request{path, watch}).header.err;
}

std::int32_t test_peer::children(std::string_view path, bool watch) {
    return ask(opcode::get_children, wire::path_watch_request{path, watch}).header.err;
}

std::int32_t test_peer::add_watch(std::string_view path, std::int32_t mode) {
    return ask(opcode::add_watch, wire::add_watch_request{path, mode}).header.err;
}

std::int32_t test_peer::authenticate(std::string_view scheme, std::string_view proof) {
    return ask(opcode::auth, wire::auth_packet{0, scheme, proof}).header.err;
}

zooid::stat test_peer::stat_of(std::string_view path) {
    return ask(opcode::exists, wire::path_watch_request{path, false}).as<wire::stat_response>().stat;
}

void test_peer::arrived(std::string_view bytes) {
    inbox_.append(bytes);
    if (!raw) {
        parse();
    }
}

void test_peer::parse() {
    for (;;) {
        const wire::frame_scan found = wire::next_frame(inbox_);
        if (found.state != wire::frame_state::complete) {
            return;
        }
        wire::reader in{found.payload};
        seen_reply one;
        ASSERT_TRUE(wire::decode(in, one.header));
        one.body = in.rest();
        if (one.header.xid == wire::xids::notification) {
            wire::watcher_event event;
            ASSERT_TRUE(wire::decode(in, event));
            EXPECT_EQ(event.state, 3);
            story_.push_back("event " + std::to_string(event.type) + " " + std::string{event.path});
            events_.push_back({event.type, std::string{event.path}});
        } else {
            story_.push_back("reply " + std::to_string(one.header.xid) + " " + std::to_string(one.header.err));
            replies_.push_back(std::move(one));
        }
        inbox_.erase(0, found.consumed);
    }
}

namespace {

server_config with_log(server_config config, std::vector<std::string>& log) {
    config.log = [&log](log_level, std::string_view message) { log.emplace_back(message); };
    return config;
}

constexpr steady_time boot{1'000'000s};

} // namespace

test_world::test_world(server_config config, server_time start)
    : at{boot, start}, core(with_log(std::move(config), log), "a secret that is always the same", {boot, start}) {}

test_peer& test_world::open(std::string_view address) {
    auto made = std::make_unique<test_peer>(*this, address);
    test_peer& one = *made;
    peers_.emplace(one.id(), std::move(made));
    settle();
    return one;
}

test_peer& test_world::client(std::chrono::milliseconds timeout) {
    test_peer& one = open();
    const wire::connect_response granted = one.connect({.timeout = static_cast<std::int32_t>(timeout.count())});
    EXPECT_NE(granted.session_id, 0);
    return one;
}

void test_world::pass(std::chrono::milliseconds time) {
    const steady_time until = at.now + time;
    for (;;) {
        const steady_time next = std::max(at.now, std::min(until, core.next_deadline()));
        at.wall += std::chrono::ceil<std::chrono::milliseconds>(next - at.now);
        at.now = next;
        core.tick(at);
        settle();
        if (next == until) {
            break;
        }
        ASSERT_GT(core.next_deadline(), at.now) << "a deadline that is not dealt with";
    }
}

bool test_world::drain(test_peer& of) {
    if (!of.reading) {
        return false;
    }
    bool moved = false;
    wire::buffer out;
    while (core.take_output(of.id(), out, at)) {
        moved = true;
        of.arrived(out.view());
    }
    return moved;
}

void test_world::settle() {
    std::vector<connection_id> ready;
    while (core.take_ready(ready)) {
        for (const connection_id id : ready) {
            const auto found = peers_.find(id);
            if (found == peers_.end() || found->second->closed_) {
                continue;
            }
            test_peer& one = *found->second;
            if (core.ending_of(id) != ending::at_once) {
                drain(one);
            }
            const ending end = core.ending_of(id);
            if (end == ending::at_once || (end == ending::after_flush && one.reading)) {
                one.closed_ = true;
                core.closed(id, at);
            }
        }
    }
}

void test_world::lose(test_peer& of) {
    of.closed_ = true;
    core.closed(of.id(), at);
    settle();
}

} // namespace zooid::server
