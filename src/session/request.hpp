#pragma once

#include "session/watch_registry.hpp"
#include "session/watcher.hpp"

#include <zooid/detail/request.hpp>
#include <zooid/opcode.hpp>
#include <zooid/types.hpp>

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::session {

/// The watch a request leaves behind if it succeeds (or, for `exists`, if the node is missing); with a remove_watches
/// request, the watches that end if it succeeds.
struct watch_request {
    watcher_ptr interested;             ///< null with remove_watches, and when the watcher was stopped meanwhile
    std::string path;                   ///< the server's path
    watch_kind kind = watch_kind::data; ///< for `exists` it follows from the reply
    watch_kinds ends = 0;               ///< with remove_watches only: which local watchers end
    bool asked = true;                  ///< false: the server is not asked for it, a lasting watch brings its events
    bool displaced = false;             ///< another watch on the path has been set again since it was sent
};

/// One thing the session hands out. Plain data: what it points to is kept by the `output_batch` it stands in, or lies
/// in the bytes last given to `received`.
struct output {
    enum class kind : std::uint8_t {
        completion, ///< `completed` is done
        watch,      ///< tell `interested`
        state,      ///< the session's state changed; `err` says why (0: nothing is wrong)
        log,        ///< `text` is worth a line in the log
    };

    output() = default;
    /// A completion.
    output(request* done, opcode operation, std::int32_t result) : op(operation), err(result), completed(done) {}
    /// A completion by a reply.
    output(request* done, opcode operation, std::int32_t result, std::int64_t at, steady_time sent_at,
           std::string_view body)
        : op(operation), err(result), zxid(at), sent(sent_at), completed(done), text(body) {}

    kind what = kind::completion;
    session_state state = session_state::suspended;
    keeper_state keeper = keeper_state::closed;
    event_type event = event_type::session;
    opcode op = opcode::error;
    std::int32_t err = 0; ///< 0 or an `errc` value
    std::int64_t zxid = -1;
    steady_time sent{}; ///< completion by a reply: when the request was handed to a writer
    request* completed = nullptr;
    watcher* interested = nullptr;
    std::string_view text; ///< completion: the body after the reply header; watch: the server's path; log: the line
};

/// Outputs in the order in which they must be seen, with what they refer to.
struct output_batch {
    std::vector<output> items;
    std::vector<watcher_ptr> watchers; ///< keeps `output::interested` alive
    std::list<std::string> strings;    ///< keeps `output::text` alive where it isn't in the received bytes

    [[nodiscard]] bool empty() const noexcept { return items.empty(); }
    /// Forgets everything, keeping capacity.
    void clear() noexcept;
};

} // namespace zooid::session
