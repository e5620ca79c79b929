#include "server/children_body.hpp"
#include "server/error_number.hpp"
#include "server/events.hpp"
#include "server/reply.hpp"
#include "server/requests.hpp"
#include "server/write_operations.hpp"
#include "wire/multi.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

namespace zooid::server {
namespace {

/// Whether a body is a whole multi made of parts that `admits` lets in; how many.
template <class Admits>
bool count_parts(std::string_view body, Admits admits, std::size_t& count) noexcept {
    wire::multi_request_reader in{body};
    wire::multi_part part;
    for (count = 0;; ++count) {
        const wire::multi_step step = in.next(part);
        if (step != wire::multi_step::part) {
            return step == wire::multi_step::end;
        }
        if (!admits(part.type)) {
            return false;
        }
    }
}

/// Bytes of the results of one multi_read: a small request can ask for any number of large nodes.
constexpr std::size_t max_results = std::size_t{64} << 20;

bool is_writing(opcode op) noexcept { return op != opcode::get && op != opcode::get_children; }

/// Executes one part of a multi and notes its result.
class part_execution {
public:
    part_execution(const change_author& author, wire::multi_reply_encoder results)
        : author_(author), results_(results) {}

    /// In a multi the flags alone decide about containers, and the answer to all but containers and TTL nodes is create's
    /// (before 3.8.2). Flags of a TTL node without a time make ZooKeeper stumble.
    std::int32_t operator()(const wire::create_request& asked) {
        if (has_ttl(static_cast<create_mode>(asked.flags))) {
            return number_of(errc::marshalling_error);
        }
        return create({op_of(asked.flags), asked.path.path, asked.data, &asked.acl, asked.flags, -1});
    }
    std::int32_t operator()(const wire::create_ttl_request& asked) {
        const bool ttl = has_ttl(static_cast<create_mode>(asked.flags));
        return create({ttl ? opcode::create_ttl : op_of(asked.flags), asked.path.path, asked.data, &asked.acl,
                       asked.flags, asked.ttl});
    }
    std::int32_t operator()(const wire::delete_request& asked) {
        const std::int32_t err = delete_node(author_, asked.path.path, asked.version);
        if (err == 0) {
            results_.remove();
        }
        return err;
    }
    std::int32_t operator()(const wire::set_data_request& asked) {
        const znode* node = nullptr;
        const std::int32_t err = set_node_data(author_, asked, node);
        if (err == 0) {
            results_.set({node->stat()});
        }
        return err;
    }
    std::int32_t operator()(const wire::check_version_request& asked) {
        const std::int32_t err = check_version(author_, asked.path.path, asked.version);
        if (err == 0) {
            results_.check();
        }
        return err;
    }
    std::int32_t operator()(const wire::path_watch_request&) { return number_of(errc::marshalling_error); }

private:
    static opcode op_of(std::int32_t flags) noexcept {
        return static_cast<create_mode>(flags) == create_mode::container ? opcode::create_container : opcode::create;
    }

    std::int32_t create(const creation& what) {
        created_place made;
        if (const std::int32_t err = create_node(author_, what, made)) {
            return err;
        }
        if (what.op == opcode::create) {
            results_.create({made.path});
        } else {
            results_.create2({made.path, made.stat});
        }
        return 0;
    }

    change_author author_;
    wire::multi_reply_encoder results_;
};

/// What every part is told when one has failed: undone, the failure, not attempted.
void put_failure(wire::buffer& out, std::size_t count, std::size_t failed, std::int32_t err) {
    wire::multi_reply_encoder results{out};
    for (std::size_t i = 0; i < count; ++i) {
        results.error(i < failed ? 0 : i == failed ? err : number_of(errc::runtime_inconsistency));
    }
}

/// Executes the parts one after the other, all or none; `out` gets the results. Returns 0, or the error that stands for
/// the whole: ZooKeeper has no results for a multi with a part that it cannot make sense of.
std::int32_t execute_parts(const change_author& author, std::string_view body, std::size_t count, wire::buffer& out) {
    server_state& state = author.state;
    state.tree.begin();
    wire::multi_request_reader in{body};
    wire::multi_part part;
    for (std::size_t done = 0; in.next(part) == wire::multi_step::part; ++done) {
        const std::int32_t err = std::visit(part_execution{author, wire::multi_reply_encoder{out}}, part.request);
        if (err == 0) {
            continue;
        }
        state.abandon_transaction();
        out.clear();
        if (err == number_of(errc::marshalling_error)) {
            return err;
        }
        put_failure(out, count, done, err);
        return 0;
    }
    state.tree.commit();
    return 0;
}

void read_part(server_state& state, const request& r, const wire::multi_part& part, wire::buffer& out) {
    const auto& asked = std::get<wire::path_watch_request>(part.request); // its watch flag is ignored
    wire::multi_reply_encoder results{out};
    const znode* const node = std::as_const(state.tree).find(asked.path.path);
    if (node == nullptr) {
        results.error(number_of(errc::no_node));
    } else if (!may(state, r.from, perms::read, *node)) {
        results.error(number_of(errc::no_auth));
    } else if (part.type == opcode::get) {
        results.get({node->data(), node->stat()});
    } else {
        wire::encode(out, wire::multi_header{opcode::get_children, false, 0});
        wire::encode(out, children_body{node});
    }
}

/// Replies with results that were put together apart, since events of the multi's own changes go before them.
void finish(server_state& state, const request& r, wire::buffer& results) {
    wire::multi_reply_encoder{results}.finish();
    reply(state, r, wire::encoded_body{results.view()});
    if (results.capacity() > state.config.max_backlog) {
        results = {};
    }
}

} // namespace

std::int32_t handle_multi(server_state& state, const request& r) {
    const change_author author{state, &r.from, state.next_change(r.at)};
    std::size_t count = 0;
    if (!count_parts(r.body, is_writing, count)) {
        return number_of(errc::marshalling_error);
    }
    wire::buffer& results = state.results;
    results.clear();
    if (const std::int32_t err = execute_parts(author, r.body, count, results)) {
        return err;
    }
    announce_pending(state);
    finish(state, r, results);
    return 0;
}

std::int32_t handle_multi_read(server_state& state, const request& r) {
    std::size_t count = 0;
    if (!count_parts(
            r.body, [](opcode op) noexcept { return !is_writing(op); }, count)) {
        return number_of(errc::marshalling_error);
    }
    wire::buffer& results = state.results;
    results.clear();
    wire::multi_request_reader in{r.body};
    wire::multi_part part;
    while (results.size() <= max_results && in.next(part) == wire::multi_step::part) {
        read_part(state, r, part, results);
    }
    if (results.size() > max_results) {
        state.log(log_level::warning, "closing a connection from " + r.from.address + ", which reads too much at once");
        results = {};
        state.close(r.from, ending::after_flush);
        return 0;
    }
    finish(state, r, results);
    return 0;
}

} // namespace zooid::server
