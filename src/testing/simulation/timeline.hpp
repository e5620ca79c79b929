#pragma once

#include "runtime/environment.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::testing {

using runtime::steady_time;

/// The virtual clock and everything that will happen on it, in order of time, and of scheduling where times are equal.
class timeline {
public:
    struct event;
    /// Names a scheduled event; it costs nothing to keep one whose event is over.
    using handle = std::weak_ptr<event>;
    using duration = steady_time::duration;

    /// Where events happen. While a place is paused its events wait, and happen in order when it goes on.
    struct place {
        std::string name;
        bool paused = false;
        std::vector<std::shared_ptr<event>> waiting;
    };

    /// Schedules `run` at `at` (now, if that has passed). `what` outlives the event and names it in reports, together
    /// with `subject` (a link, say; may be null).
    handle add(steady_time at, std::shared_ptr<place> where, std::string_view what,
               std::shared_ptr<const std::string> subject, std::function<void()> run);
    /// Takes an event out; does nothing if it is over.
    void cancel(const handle& which);
    /// True while the event is still to come.
    [[nodiscard]] static bool pending(const handle& which) { return !which.expired(); }

    void pause(place& where);
    void resume(place& where);

    /// Advances to the earliest event not later than `limit` and runs it; false if there is none.
    bool run_next(steady_time limit);
    /// Advances without running anything; never backwards.
    void advance_to(steady_time at);

    [[nodiscard]] steady_time now() const noexcept { return now_; }
    /// Time since the beginning of the simulation.
    [[nodiscard]] duration elapsed() const noexcept { return now_ - beginning; }
    /// True when nothing is scheduled; events of paused places do not count.
    [[nodiscard]] bool empty() const noexcept { return events_.empty(); }
    /// What is scheduled, a line each, earliest first.
    [[nodiscard]] std::string describe() const;

    /// Drops everything and accepts nothing any more.
    void shut_down();

    /// Where virtual time begins: not at zero, so that "long ago" can be expressed.
    static constexpr steady_time beginning{std::chrono::hours{24 * 365}};

private:
    using key = std::pair<steady_time, std::uint64_t>;

    std::map<key, std::shared_ptr<event>> events_;
    steady_time now_ = beginning;
    std::uint64_t last_number_ = 0;
    bool shut_down_ = false;
};

/// A duration as text, in milliseconds: `12.345`.
[[nodiscard]] std::string milliseconds_text(timeline::duration d);

} // namespace zooid::testing
