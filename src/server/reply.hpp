#pragma once

#include "server/server_state.hpp"
#include "wire/frame.hpp"

#include <cstddef>
#include <cstdint>

namespace zooid::server {

/// Notes that a reply has been appended to the output of `to`, which had `before` bytes.
inline void finish_reply(server_state& state, peer& to, std::size_t before) {
    state.count_response(to, to.output.size() - before);
    state.mark_ready(to);
}

/// Answers a request with a record. None of the record's views may lie in the connection's output.
template <class Record>
void reply(server_state& state, const request& to, const Record& record) {
    wire::buffer& out = to.from.output;
    const std::size_t before = out.size();
    wire::put_reply(out, to.xid, state.zxid, 0, record);
    finish_reply(state, to.from, before);
}

/// Answers a request without a body; `zxid` where it is not that of the last transaction.
inline void reply_header(server_state& state, const request& to, std::int32_t xid, std::int64_t zxid,
                         std::int32_t err) {
    wire::buffer& out = to.from.output;
    const std::size_t before = out.size();
    wire::put_reply(out, xid, zxid, err);
    finish_reply(state, to.from, before);
}

inline void reply(server_state& state, const request& to) { reply_header(state, to, to.xid, state.zxid, 0); }

inline void reply_error(server_state& state, const request& to, std::int32_t err) {
    reply_header(state, to, to.xid, state.zxid, err);
}

} // namespace zooid::server
