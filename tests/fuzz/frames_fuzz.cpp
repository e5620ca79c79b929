// A stream of frames, scanned whole and byte by byte: both ways must find the same frames, and what they hold as
// notifications must survive.

#include "fuzz_target.hpp"
#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

void examine_payload(std::string_view payload) {
    reader in{payload};
    if (survives<reply_header>(in)) {
        static_cast<void>(survives<watcher_event>(in));
    }
}

/// Payloads found when all of the input is there.
std::vector<std::string> found_at_once(std::string_view input, frame_state& last) {
    std::vector<std::string> payloads;
    for (;;) {
        const frame_scan found = next_frame(input);
        last = found.state;
        if (found.state != frame_state::complete) {
            require(found.consumed == 0 && found.payload.empty(), "an incomplete frame has no payload");
            return payloads;
        }
        require(found.missing == 0 && found.consumed == frame_prefix_size + found.payload.size(), "sizes agree");
        payloads.emplace_back(found.payload);
        input.remove_prefix(found.consumed);
    }
}

/// Payloads found when exactly as many bytes as are said to be missing are added each time.
std::vector<std::string> found_step_by_step(std::string_view input) {
    std::vector<std::string> payloads;
    buffer arrived;
    for (;;) {
        const frame_scan found = next_frame(arrived.view());
        if (found.state == frame_state::complete) {
            require(found.consumed == arrived.size(), "no more was asked for than the frame needs");
            payloads.emplace_back(found.payload);
            arrived.erase_front(found.consumed);
            continue;
        }
        if (found.state == frame_state::malformed) {
            return payloads;
        }
        require(found.missing > 0, "an incomplete frame says how much is missing");
        if (found.missing > input.size()) {
            return payloads;
        }
        arrived.append(input.substr(0, found.missing));
        input.remove_prefix(found.missing);
    }
}

} // namespace

bool examine(std::string_view input) {
    frame_state last = frame_state::no_length;
    const std::vector<std::string> payloads = found_at_once(input, last);
    require(found_step_by_step(input) == payloads, "frames do not depend on how bytes arrive");
    for (const std::string& payload : payloads) {
        examine_payload(payload);
    }
    return last != frame_state::malformed;
}

std::vector<std::string> seeds() {
    buffer requests;
    put_request(requests, 1, opcode::get, path_watch_request{.path = "/a", .watch = true});
    put_request(requests, xids::ping, opcode::ping);
    buffer events;
    put_notification(events, -1, {.type = 3, .path = "/a"});
    put_notification(events, 7, {.type = 4, .path = "/"});
    put_reply(events, 1, 2, -101);
    return {std::string{requests.view()}, std::string{events.view()}, std::string{events.view().substr(0, 40)}};
}

} // namespace zooid::wire::fuzz
