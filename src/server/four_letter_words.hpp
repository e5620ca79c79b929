#pragma once

#include "server/server_core.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid::server {

struct peer;
struct server_state;

/// Answers a connection whose first bytes are a four-letter word; false, with `answer` untouched, when they are none. Some
/// words change something (`crst`, `srst`).
[[nodiscard]] bool answer_word(server_state& state, peer& from, std::string_view input, std::string& answer);

// The words, by what they tell. All append, in the format of ZooKeeper 3.8.

// status_words.cpp
void tell_srvr(const server_state& state, std::string& out);
void tell_stat(const server_state& state, std::string& out);
void tell_mntr(const server_state& state, std::string& out);
void tell_cons(const server_state& state, std::string& out);

// watch_words.cpp
void tell_wchs(const server_state& state, std::string& out);
void tell_wchc(const server_state& state, std::string& out);
void tell_wchp(const server_state& state, std::string& out);

// dump_word.cpp
void tell_dump(const server_state& state, std::string& out);

/// The address and port of a connection, as words show them.
[[nodiscard]] std::string socket_of(const peer& of);

/// "0x" and the number in hexadecimal, as words show ids.
[[nodiscard]] std::string hexadecimal(std::int64_t number);

} // namespace zooid::server
