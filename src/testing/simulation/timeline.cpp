#include "testing/simulation/timeline.hpp"

#include <algorithm>

namespace zooid::testing {

struct timeline::event {
    key when;
    std::shared_ptr<place> where;
    std::string_view what;
    std::shared_ptr<const std::string> subject;
    std::function<void()> run;
};

timeline::handle timeline::add(steady_time at, std::shared_ptr<place> where, std::string_view what,
                               std::shared_ptr<const std::string> subject, std::function<void()> run) {
    if (shut_down_) {
        return {};
    }
    auto made = std::make_shared<event>();
    made->when = {std::max(at, now_), ++last_number_};
    made->where = std::move(where);
    made->what = what;
    made->subject = std::move(subject);
    made->run = std::move(run);
    events_.emplace(made->when, made);
    return made;
}

void timeline::cancel(const handle& which) {
    // Held until the end: what the event owns may come back here when it is destroyed.
    const auto found = which.lock();
    if (found && events_.erase(found->when) == 0) {
        std::erase(found->where->waiting, found);
    }
}

void timeline::pause(place& where) { where.paused = true; }

void timeline::resume(place& where) {
    where.paused = false;
    for (auto& late : std::exchange(where.waiting, {})) {
        late->when = {std::max(late->when.first, now_), ++last_number_};
        events_.emplace(late->when, late);
    }
}

bool timeline::run_next(steady_time limit) {
    while (!events_.empty() && events_.begin()->first.first <= limit) {
        auto next = events_.extract(events_.begin()).mapped();
        now_ = std::max(now_, next->when.first);
        if (next->where->paused) {
            next->where->waiting.push_back(std::move(next));
            continue;
        }
        const auto run = std::move(next->run);
        next.reset(); // its handle shows that it is over
        run();
        return true;
    }
    return false;
}

void timeline::advance_to(steady_time at) { now_ = std::max(now_, at); }

std::string timeline::describe() const {
    std::string text;
    for (const auto& [when, e] : events_) {
        text += "  in " + milliseconds_text(when.first - now_) + " ms: ";
        text += e->what;
        text += " at " + e->where->name;
        if (e->subject) {
            text += ", " + *e->subject;
        }
        text += '\n';
    }
    return text;
}

void timeline::shut_down() {
    shut_down_ = true;
    const auto dropped = std::exchange(events_, {});
}

std::string milliseconds_text(timeline::duration d) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
    const auto fraction = std::to_string(1000 + us % 1000).substr(1);
    return std::to_string(us / 1000) + '.' + fraction;
}

} // namespace zooid::testing
