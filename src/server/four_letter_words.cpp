#include "server/four_letter_words.hpp"

#include "server/server_state.hpp"
#include "wire/reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

namespace zooid::server {
namespace {

void tell_ruok(server_state&, std::string& out) { out += "imok"; }

void tell_isro(server_state& state, std::string& out) { out += state.read_only ? "ro" : "rw"; }

void tell_envi(server_state& state, std::string& out) {
    out.append("Environment:\nzookeeper.version=").append(state.config.version).append("\n");
    for (const auto& [key, value] : state.config.environment) {
        out.append(key).append("=").append(value).append("\n");
    }
}

void tell_conf(server_state& state, std::string& out) {
    const auto line = [&out](std::string_view key, std::int64_t value) {
        out.append(key).append("=").append(std::to_string(value)).append("\n");
    };
    const server_config& config = state.config;
    line("clientPort", config.client_port);
    line("secureClientPort", -1);
    out += "dataDir=\n"; // it keeps nothing on disk
    line("dataDirSize", 0);
    out += "dataLogDir=\n";
    line("dataLogSize", 0);
    line("tickTime", config.tick_time.count());
    line("maxClientCnxns", static_cast<std::int64_t>(config.max_connections_per_address));
    line("minSessionTimeout", config.min_session_timeout.count());
    line("maxSessionTimeout", config.max_session_timeout.count());
    line("clientPortListenBacklog", -1);
    line("serverId", 0);
}

void tell_dirs(server_state&, std::string& out) { out += "datadir_size: 0\nlogdir_size: 0\n"; }

void tell_crst(server_state& state, std::string& out) {
    for (auto& [id, one] : state.peers) {
        one->statistics = {};
    }
    out += "Connection stats reset.\n";
}

void tell_srst(server_state& state, std::string& out) {
    const server_statistics before = std::exchange(state.statistics, {});
    state.statistics.auth_failed = before.auth_failed; // no word resets that
    out += "Server stats reset.\n";
}

void tell_gtmk(server_state& state, std::string& out) { out += std::to_string(state.trace_mask); }

/// The digests of the tree after some of the transactions, which are not made here.
void tell_hash(server_state&, std::string&) {}

/// Behind the word come eight bytes. A client that has not sent them all by now gets no answer, as from ZooKeeper.
void set_trace_mask(server_state& state, std::string_view mask, std::string& out) {
    wire::reader in{mask};
    std::int64_t wanted = 0;
    if (in.i64(wanted)) {
        state.trace_mask = wanted;
        tell_gtmk(state, out);
    }
}

template <void (*Tell)(const server_state&, std::string&)>
void only_look(server_state& state, std::string& out) {
    Tell(state, out);
}

struct word {
    std::string_view name;
    void (*tell)(server_state& state, std::string& out);
};

constexpr std::array words{
    word{"conf", tell_conf},
    word{"cons", only_look<tell_cons>},
    word{"crst", tell_crst},
    word{"dirs", tell_dirs},
    word{"dump", only_look<tell_dump>},
    word{"envi", tell_envi},
    word{"gtmk", tell_gtmk},
    word{"hash", tell_hash},
    word{"isro", tell_isro},
    word{"mntr", only_look<tell_mntr>},
    word{"ruok", tell_ruok},
    word{"srst", tell_srst},
    word{"srvr", only_look<tell_srvr>},
    word{"stat", only_look<tell_stat>},
    word{"wchc", only_look<tell_wchc>},
    word{"wchp", only_look<tell_wchp>},
    word{"wchs", only_look<tell_wchs>},
};

} // namespace

bool answer_word(server_state& state, peer& from, std::string_view input, std::string& answer) {
    const std::string_view name = input.substr(0, 4);
    const auto* const one = std::ranges::find(words, name, &word::name);
    if (one == words.end() && name != "stmk") {
        return false;
    }
    ++state.statistics.received;
    ++from.statistics.received;
    if (one != words.end()) {
        one->tell(state, answer);
    } else {
        set_trace_mask(state, input.substr(name.size()), answer);
    }
    state.count_sent(from);
    return true;
}

std::string socket_of(const peer& of) {
    const bool is_v6 = of.address.find(':') != std::string::npos;
    return (is_v6 ? "/[" + of.address + "]" : "/" + of.address) + ":" + std::to_string(of.port);
}

std::string hexadecimal(std::int64_t number) {
    std::array<char, 16> digits{};
    const auto [end, failed] =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint64_t>(number), 16);
    return "0x" + std::string(digits.data(), failed == std::errc{} ? end : digits.data());
}

} // namespace zooid::server
