#include "session/session.hpp"

#include <algorithm>

// A request's way: in line → handed to a writer → answered; or taken out before it was handed to a writer.

namespace zooid::session {

std::int32_t session::submit_encoded(opcode op, std::string_view body, request* r, steady_time deadline,
                                     watch_request* watch, steady_time now) {
    return submit(op, wire::encoded_body{body}, r, deadline, watch, now);
}

void session::add_deadline(std::uint64_t line, steady_time deadline) {
    const auto waits = [this](std::uint64_t other) {
        const pending_request* p = pending_.find(other);
        return p != nullptr && p->owner != nullptr;
    };
    deadlines_.add(deadline, line, pending_.size(), waits);
}

void session::remember_watch(watch_request& w) noexcept {
    ++watches_in_line_;
    if (is_lasting(w.kind) || w.ends != 0) {
        try {
            by_path_.emplace(w.path, &w);
        } catch (...) { // NOLINT(bugprone-empty-catch): it is in line already; others will not reckon with it
        }
    }
}

void session::forget_watch(pending_request& p) {
    if (p.watch) {
        --watches_in_line_;
        for (auto [at, end] = by_path_.equal_range(p.watch->path); at != end; ++at) {
            if (at->second == p.watch.get()) {
                by_path_.erase(at);
                break;
            }
        }
        if (p.watch->interested) { // may be the last to hold a user's callback, whose end needs to be without the mutex
            outputs_.watchers.push_back(std::move(p.watch->interested));
        }
        p.watch.reset();
    }
}

void session::complete(request* r, opcode op, std::int32_t err) {
    if (r != nullptr) {
        outputs_.items.emplace_back(r, op, err);
    }
}

// Ends the first request in line without an answer.
void session::finish_front(std::int32_t err) {
    pending_request& p = pending_.front();
    complete(p.owner, p.op, err);
    forget_watch(p);
    pending_.pop();
}

bool session::cancel(std::uint64_t line, std::int32_t err) {
    if ((line & credential_line) != 0) {
        const auto given_up = std::find_if(auths_.begin(), auths_.end(), [line](const credential& c) {
            return c.done != nullptr && c.done->line_ == line;
        });
        if (given_up == auths_.end()) {
            return false;
        }
        complete(std::exchange(given_up->done, nullptr), opcode::auth, err);
        if (!auths_sent_) {
            auths_.erase(given_up);
        }
        return true;
    }
    pending_request* const p = pending_.find(line);
    if (p == nullptr || p->owner == nullptr) {
        return false;
    }
    complete(std::exchange(p->owner, nullptr), p->op, err);
    const bool sent = p->offset < outbox_.handed_out();
    if (sent && p->watch && (is_lasting(p->watch->kind) || p->watch->ends != 0)) {
        // What the server has done by then must be followed, or undone, when its reply is there.
        if (p->watch->interested) {
            outputs_.watchers.push_back(std::move(p->watch->interested));
        }
    } else {
        forget_watch(*p);
    }
    if (!sent) {
        outbox_.remove(p->offset);
        pending_.remove(*p);
        compact();
    }
    return true;
}

// Frees what removed requests take up, once that is more than what the others do.
void session::compact() {
    if (pending_.wants_compaction()) {
        pending_.compact();
    }
    if (outbox_.wants_compaction()) {
        pending_.compact(); // without a link all that is in line is in the outbox as well, in the same order
        std::size_t index = 0;
        outbox_.compact([&](std::uint64_t offset) { pending_.at(index++).offset = offset; });
    }
}

} // namespace zooid::session
