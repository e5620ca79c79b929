#pragma once

#include "simulation/client_world.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace zooid::testing {

/// One call of a conversation and how it ended.
struct call {
    std::string name;
    opcode type;
    std::string path;
    steady_time began;
    steady_time ended{};
    int completions = 0;
    error_code ec;
    std::string result; ///< as text

    [[nodiscard]] bool ok() const noexcept { return completions != 0 && !ec; }
};

/// What a client says to a server from `start` on: every kind of request once, each on a path of its own, so that one
/// call's fate does not depend on another's. Made for tests that break the connection somewhere in it.
class conversation {
public:
    /// Every call has to be over after this time.
    static constexpr std::chrono::milliseconds limit{60'000};

    /// Prepares the nodes it needs.
    conversation(client_world& world, client zk);
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;

    /// Makes all calls at once, with callbacks.
    void call_all_at_once();
    /// Makes one call after the other, in a coroutine.
    void call_in_turn();

    /// True when every call has completed.
    [[nodiscard]] bool finished() const;
    /// Lets somebody else change everything that is watched.
    void nudge();

    [[nodiscard]] const call& at(const std::string& name) const;
    [[nodiscard]] const std::deque<call>& calls() const noexcept { return calls_; }
    /// What watchers of a call were told, in order.
    [[nodiscard]] const std::vector<event_type>& events(const std::string& name) const { return events_.at(name); }
    /// The events, the session's end left out.
    [[nodiscard]] std::vector<event_type> changes(const std::string& name) const;

    /// Checks that each call ended once, in time and with the truth, after connections were cut, the first at
    /// `cut` (never: `steady_time::max()`).
    void check_calls(steady_time cut) const;
    /// Checks that no watch event was lost or made up; `last_seen`: the last `nudge` came while there was a connection,
    /// which lasted.
    void check_watches(bool last_seen) const;
    /// Checks that each call ended once and with the truth when the client was closed with calls in line.
    void check_closing() const;
    /// Checks what the server made of it.
    void check_server() const;

private:
    call& begin(std::string name, opcode type, std::string path);
    template <class... Results>
    void end(call& c, std::tuple<error_code, Results...> outcome);
    [[nodiscard]] auto ends(call& c);
    [[nodiscard]] watch_callback watcher(const std::string& name);
    [[nodiscard]] asio::awaitable<void> talk();
    [[nodiscard]] asio::awaitable<void> talk_about_watches();
    void check_error(const call& c) const;
    [[nodiscard]] std::size_t times_sent(const call& c) const;

    client_world& world_;
    client zk_;
    std::deque<call> calls_;
    std::map<std::string, std::vector<event_type>> events_;
    bool all_made_ = false;
};

} // namespace zooid::testing
