#include "server/four_letter_words.hpp"
#include "server/server_state.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::server {
namespace {

/// ZooKeeper's short names; operations that create, and those that list, share one.
std::string_view short_name(opcode op) noexcept {
    switch (op) {
    case opcode::create:
    case opcode::create2:
    case opcode::create_container:
    case opcode::create_ttl:
        return "CREA";
    case opcode::remove:
        return "DELE";
    case opcode::exists:
        return "EXIS";
    case opcode::get:
        return "GETD";
    case opcode::set:
        return "SETD";
    case opcode::get_acls:
        return "GETA";
    case opcode::set_acls:
        return "SETA";
    case opcode::get_children:
    case opcode::get_children2:
        return "GETC";
    case opcode::sync:
        return "SYNC";
    case opcode::ping:
        return "PING";
    case opcode::multi:
        return "MULT";
    case opcode::multi_read:
        return "MLTR";
    case opcode::reconfig:
        return "RECO";
    case opcode::check_watches:
        return "CHKW";
    case opcode::remove_watches:
        return "REMW";
    case opcode::set_watches:
        return "SETW";
    case opcode::set_watches2:
        return "STW2";
    case opcode::get_ephemerals:
        return "GETE";
    case opcode::get_all_children_number:
        return "GETACN";
    case opcode::add_watch:
        return "ADDW";
    case opcode::who_am_i:
        return "HOMI";
    case opcode::create_session:
        return "SESS";
    case opcode::close_session:
        return "CLOS";
    default:
        return "NA";
    }
}

std::string_view mode_of(const server_state& state) noexcept { return state.read_only ? "read-only" : "standalone"; }

void put_version(const server_state& state, std::string& out) {
    out.append("Zookeeper version: ").append(state.config.version).append("\n");
    if (state.read_only) {
        out += "READ-ONLY mode; serving only read-only clients\n";
    }
}

latency_figures latency_of(const server_state& state) {
    latency_figures all = state.statistics.read_latency;
    all.add(state.statistics.update_latency);
    return all;
}

void put_figures(const server_state& state, std::string& out) {
    const latency_figures latency = latency_of(state);
    out.append("Latency min/avg/max: ").append(std::to_string(latency.least)).append("/");
    out.append(latency.average()).append("/").append(std::to_string(latency.most)).append("\n");
    out.append("Received: ").append(std::to_string(state.statistics.received)).append("\n");
    out.append("Sent: ").append(std::to_string(state.statistics.sent)).append("\n");
    out.append("Connections: ").append(std::to_string(state.peers.size())).append("\n");
    out += "Outstanding: 0\n";
    out.append("Zxid: ").append(hexadecimal(state.zxid)).append("\n");
    out.append("Mode: ").append(mode_of(state)).append("\n");
    out.append("Node count: ").append(std::to_string(state.tree.node_count())).append("\n");
}

std::vector<const peer*> peers_in_order(const server_state& state) {
    std::vector<const peer*> all;
    all.reserve(state.peers.size());
    for (const auto& [id, one] : state.peers) {
        all.push_back(one.get());
    }
    std::ranges::sort(all, {}, &peer::id);
    return all;
}

/// Begins the line of one connection. The number in brackets is what a Java server waits for; 0 = nothing more to read.
void put_peer(const peer& of, std::string& out) {
    out.append(" ").append(socket_of(of));
    out.append(of.end == ending::none && of.session != nullptr ? "[1]" : "[0]").append("(queued=0,recved=");
    out.append(std::to_string(of.statistics.received)).append(",sent=").append(std::to_string(of.statistics.sent));
}

void put_session(const peer& of, std::string& out) {
    const auto milliseconds = [](server_time time) { return std::to_string(time.time_since_epoch().count()); };
    const peer_statistics& statistics = of.statistics;
    out.append(",sid=").append(hexadecimal(of.session->id));
    out.append(",lop=").append(short_name(statistics.last_operation));
    out.append(",est=").append(milliseconds(of.established));
    out.append(",to=").append(std::to_string(of.session->timeout.count()));
    if (statistics.last_xid >= 0) {
        out.append(",lcxid=").append(hexadecimal(statistics.last_xid));
    }
    out.append(",lzxid=").append(hexadecimal(statistics.last_zxid));
    out.append(",lresp=").append(milliseconds(statistics.last_response));
    out.append(",llat=").append(std::to_string(statistics.latency.last));
    out.append(",minlat=").append(std::to_string(statistics.latency.least));
    out.append(",avglat=").append(std::to_string(statistics.latency.whole_average()));
    out.append(",maxlat=").append(std::to_string(statistics.latency.most));
}

/// The lines of `mntr` about some of the requests.
void put_latency(std::string_view key, const latency_figures& of, std::string& out) {
    const auto line = [&](std::string_view what, std::string_view value) {
        out.append("zk_").append(what).append("_").append(key).append("\t").append(value).append("\n");
    };
    line("avg", of.average());
    line("min", std::to_string(of.least));
    line("max", std::to_string(of.most));
    line("cnt", std::to_string(of.count));
    line("sum", std::to_string(of.total));
}

std::int64_t local_sessions(const server_state& state) {
    std::int64_t count = 0;
    state.sessions.for_each([&count](const session& one) { count += one.local ? 1 : 0; });
    return count;
}

} // namespace

void tell_srvr(const server_state& state, std::string& out) {
    put_version(state, out);
    put_figures(state, out);
}

void tell_stat(const server_state& state, std::string& out) {
    put_version(state, out);
    out += "Clients:\n";
    for (const peer* const one : peers_in_order(state)) {
        put_peer(*one, out);
        out += ")\n";
    }
    out += "\n";
    put_figures(state, out);
}

void tell_mntr(const server_state& state, std::string& out) {
    const auto line = [&out](std::string_view key, std::string_view value) {
        out.append("zk_").append(key).append("\t").append(value).append("\n");
    };
    const auto number = [&line](std::string_view key, auto value) { line(key, std::to_string(value)); };
    const server_statistics& statistics = state.statistics;
    const process_figures figures = state.config.figures ? state.config.figures() : process_figures{};
    const latency_figures latency = latency_of(state);
    const std::int64_t local = local_sessions(state);
    line("version", state.config.version);
    line("server_state", mode_of(state));
    number("uptime",
           std::chrono::duration_cast<std::chrono::milliseconds>(state.present.now - state.started.now).count());
    number("packets_received", statistics.received);
    number("packets_sent", statistics.sent);
    number("num_alive_connections", state.peers.size());
    number("outstanding_requests", 0);
    line("avg_latency", latency.average());
    number("max_latency", latency.most);
    number("min_latency", latency.least);
    number("znode_count", state.tree.node_count());
    number("watch_count", state.watches.size());
    number("ephemerals_count", state.tree.ephemeral_count());
    number("approximate_data_size", state.tree.data_size());
    number("open_file_descriptor_count", figures.open_file_descriptors);
    number("max_file_descriptor_count", figures.max_file_descriptors);
    number("global_sessions", static_cast<std::int64_t>(state.sessions.size()) - local);
    number("local_sessions", local);
    number("auth_failed_count", statistics.auth_failed);
    line("connection_drop_probability", "0.0");
    number("last_client_response_size", statistics.last_response_size);
    number("max_client_response_size", statistics.max_response_size);
    number("min_client_response_size", statistics.min_response_size);
    number("bytes_received_count", statistics.received_bytes);
    number("response_bytes", statistics.response_bytes);
    number("connection_request_count", statistics.connection_requests);
    number("connection_rejected", statistics.connections_rejected);
    number("sessionless_connections_expired", statistics.strangers_expired);
    number("stale_sessions_expired", statistics.sessions_expired);
    put_latency("readlatency", statistics.read_latency, out);
    put_latency("updatelatency", statistics.update_latency, out);
}

void tell_cons(const server_state& state, std::string& out) {
    for (const peer* const one : peers_in_order(state)) {
        put_peer(*one, out);
        if (one->session != nullptr) {
            put_session(*one, out);
        }
        out += ")\n";
    }
    out += "\n";
}

} // namespace zooid::server
