#include "session/session.hpp"

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

void session::forget_watch(pending_request& p) noexcept {
    if (p.watch) {
        lasting_in_line_ -= p.op == opcode::add_watch ? 1 : 0;
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
        for (credential& c : auths_) {
            if (c.done != nullptr && c.done->line_ == line) {
                complete(std::exchange(c.done, nullptr), opcode::auth, err);
                return true;
            }
        }
        return false;
    }
    pending_request* const p = pending_.find(line);
    if (p == nullptr || p->owner == nullptr) {
        return false;
    }
    complete(std::exchange(p->owner, nullptr), p->op, err);
    forget_watch(*p);
    if (p->offset >= outbox_.handed_out()) {
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

watch_kinds session::kinds_in_line(std::string_view path) {
    watch_kinds kinds = 0;
    pending_.for_each([&](const pending_request& p) {
        if (p.watch && p.watch->interested && p.watch->path == path) {
            kinds |= only(p.watch->kind);
        }
    });
    return kinds;
}

watch_removal session::stop_watching(watcher& w) {
    watch_removal told;
    watch_kind gone = w.kind();
    if (w.registered()) {
        told = watches_.remove(w);
    } else {
        pending_request* asking = nullptr;
        pending_.for_each([&](pending_request& p) {
            if (p.watch && p.watch->interested == &w) {
                asking = &p;
            }
        });
        if (asking == nullptr) {
            return {};
        }
        gone = asking->watch->kind;
        told.path = std::move(asking->watch->path);
        forget_watch(*asking);
        told.type = 3; // decided below
    }
    if (told.type == 0 || phase_ != phase::established) {
        told.type = 0; // a new connection is not told of it in the first place
        return told;
    }
    const auto left = static_cast<watch_kinds>(watches_.kinds_at(told.path) | kinds_in_line(told.path));
    told.type = removal_type(gone, left);
    return told;
}

bool session::wants_wire_flag(std::string_view path, watch_kind kind) {
    if (!watches_.wants_wire_flag(path, kind)) {
        return false;
    }
    if (lasting_in_line_ == 0) {
        return true;
    }
    return (kinds_in_line(path) & covering_kinds(kind)) == 0;
}

} // namespace zooid::session
