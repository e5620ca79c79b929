#include "server/four_letter_words.hpp"
#include "server/requests.hpp"
#include "wire/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

// From the bytes of a connection to requests. Whole frames are executed where the driver has put them; only what must
// wait is copied.

namespace zooid::server {
namespace {

bool may_execute(const server_state& state, const peer& from) noexcept {
    return from.end == ending::none && !from.frozen && from.output.size() < state.config.max_backlog;
}

void process(server_state& state, peer& from, std::string_view frame, moment at) {
    if (from.greeted) {
        execute(state, from, frame, at);
        return;
    }
    from.greeted = true;
    from.unlink(); // no stranger any more
    greet(state, from, frame, at);
}

/// The first four bytes of a connection may be a word instead of a length.
bool is_word(server_state& state, peer& from, std::string_view input) {
    if (from.greeted || input.size() < wire::frame_prefix_size) {
        return false;
    }
    std::string text;
    if (!answer_word(state, from, input, text)) {
        return false;
    }
    from.greeted = true;
    from.unlink();
    from.output.append(text);
    state.mark_ready(from);
    state.close(from, ending::after_flush);
    return true;
}

bool is_too_long(const server_state& state, const wire::frame_scan& found) noexcept {
    return found.state == wire::frame_state::malformed ||
           (found.state != wire::frame_state::no_length &&
            static_cast<std::size_t>(found.length) > state.config.max_frame);
}

/// Executes the frames at the front of `input`; returns how many bytes are dealt with.
std::size_t consume(server_state& state, peer& from, std::string_view input, moment at) {
    std::size_t done = 0;
    while (may_execute(state, from)) {
        const std::string_view rest = input.substr(done);
        if (is_word(state, from, rest)) {
            return input.size();
        }
        const wire::frame_scan found = wire::next_frame(rest);
        if (is_too_long(state, found)) {
            state.log(log_level::info, "closing a connection from " + from.address + ", which sent a frame of " +
                                           std::to_string(found.length) + " bytes");
            state.close(from, ending::after_flush);
            return input.size();
        }
        if (found.state != wire::frame_state::complete) {
            break;
        }
        process(state, from, found.payload, at);
        done += found.consumed;
    }
    return from.end == ending::none ? done : input.size();
}

/// Completes a frame that began in an earlier read, so that what follows it need not be copied. Returns the rest of `bytes`.
std::string_view complete_frame(server_state& state, peer& from, std::string_view bytes, moment at) {
    while (!from.intake.empty() && !bytes.empty() && may_execute(state, from)) {
        const wire::frame_scan found = wire::next_frame(from.intake.view());
        const std::size_t wanted = std::min(found.missing, bytes.size());
        from.intake.append(bytes.substr(0, wanted));
        bytes.remove_prefix(wanted);
        from.intake.erase_front(consume(state, from, from.intake.view(), at));
    }
    return bytes;
}

void give_back(server_state& state, wire::buffer& memory) noexcept {
    if (memory.empty()) {
        state.freed += memory.capacity();
        memory = {};
    }
}

void settle(server_state& state, peer& from) {
    if (from.end == ending::none && from.input_ended && may_execute(state, from)) {
        state.close(from, ending::after_flush);
    }
}

/// Runs `work` unless the connection's requests are running already; what it throws ends this connection alone.
template <class Work>
void guarded(server_state& state, peer& from, Work work) {
    if (from.executing) {
        return;
    }
    from.executing = true;
    try {
        work();
    } catch (const std::exception& problem) {
        state.abandon_transaction();
        state.log(log_level::error, "closing a connection from " + from.address + ": " + problem.what());
        state.close(from, ending::at_once);
    }
    from.executing = false;
    settle(state, from);
}

} // namespace

void take_bytes(server_state& state, peer& from, std::string_view bytes, moment at) {
    guarded(state, from, [&] {
        from.arrived = at.now; // also of what has to wait: nothing more is read meanwhile
        bytes = complete_frame(state, from, bytes, at);
        if (from.intake.empty()) {
            bytes.remove_prefix(consume(state, from, bytes, at));
            give_back(state, from.intake);
        }
        if (from.end == ending::none) {
            from.intake.append(bytes);
        }
    });
}

void resume(server_state& state, peer& of, moment at) {
    guarded(state, of, [&] {
        if (!of.intake.empty()) {
            of.intake.erase_front(consume(state, of, of.intake.view(), at));
            give_back(state, of.intake);
        }
    });
}

bool has_to_wait(const server_state& state, const peer& of) noexcept {
    return of.end == ending::none && !of.frozen && of.output.size() >= state.config.max_backlog;
}

bool wants_bytes(const server_state& state, const peer& from) noexcept {
    return may_execute(state, from) && !from.input_ended;
}

} // namespace zooid::server
