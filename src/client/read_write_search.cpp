#include "client/read_write_search.hpp"

#include "client/errand.hpp"
#include "client/four_letter.hpp"

#include <algorithm>

namespace zooid::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause = 100ms;
constexpr std::chrono::milliseconds longest_pause = 60s;
constexpr std::chrono::milliseconds patience = 1s; // with one host

/// The hosts but the one connected to, the one tried next first.
std::vector<session::host> other_hosts(client_core& core) {
    return core.inspect([](session::session& s) {
        std::vector<session::host> others;
        const std::size_t here = s.current_host();
        const bool listed = here < s.hosts().size();
        for (std::size_t i = listed ? 1 : 0; i < s.hosts().size(); ++i) {
            others.push_back(s.hosts()[listed ? (here + i) % s.hosts().size() : i]);
        }
        return others;
    });
}

asio::awaitable<bool> takes_writes(errand& work, const session::host& server) {
    const std::string name = to_string(server);
    const command_options options{.host = name, .timeout = patience};
    launched<std::string> asked = start_command(work.site(), "isro", options);
    const auto [ec, answer] = co_await work.finish(std::move(asked));
    co_return !ec && answer == "rw";
}

asio::awaitable<error_code> search(errand& work, std::chrono::milliseconds& pause) {
    for (;;) {
        const auto delay = pause;
        pause = std::min(pause * 2, longest_pause);
        if (const error_code ec = co_await work.pause(delay)) {
            co_return ec;
        }
        for (const session::host& server : other_hosts(work.core())) {
            const bool found = co_await takes_writes(work, server);
            if (work.aborted()) {
                co_return work.aborted();
            }
            if (found) {
                work.core().move_to(server);
                co_return error_code{};
            }
        }
    }
}

} // namespace

void read_write_search::follow(client_core& core, keeper_state now) {
    if (ticket_ != 0) {
        core.cancel(std::exchange(ticket_, 0));
    }
    if (now == keeper_state::connected_read_only) {
        begin(core);
    } else if (now == keeper_state::connected) {
        pause_ = {};
    }
}

void read_write_search::begin(client_core& core) {
    pause_ = std::max(pause_, first_pause);
    const auto owner = core.shared_from_this();
    const call_site everywhere{owner, {}};
    // This object lives in the core, which the errand keeps.
    const launched<nothing> begun =
        run_errand<nothing>(everywhere, opcode::error, std::chrono::milliseconds::max(),
                            [this](errand& work, nothing&) { return search(work, pause_); });
    ticket_ = begun.op().ticket_;
}

} // namespace zooid::detail
