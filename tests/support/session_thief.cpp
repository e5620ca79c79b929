#include "support/session_thief.hpp"

#include "support/loopback.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace zooid::test {

namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xff));
    }
}

} // namespace

bool end_session(std::uint16_t server_port, const session_credentials& session) {
    std::string bytes;
    put(bytes, 45, 4);
    put(bytes, 0, 4);      // protocol version
    put(bytes, 0, 8);      // last zxid seen
    put(bytes, 10'000, 4); // timeout in milliseconds
    put(bytes, static_cast<std::uint64_t>(session.id), 8);
    put(bytes, session.password.size(), 4);
    bytes += session.password;
    put(bytes, 0, 1); // read-only: no
    put(bytes, 8, 4);
    put(bytes, 1, 4);                               // xid
    put(bytes, static_cast<std::uint32_t>(-11), 4); // close the session

    std::string own_id;
    put(own_id, static_cast<std::uint64_t>(session.id), 8);
    // The session's client may win its session back before the server has read the closing: then once more.
    for (int i = 0; i < 1000; ++i) {
        const auto socket = connect_to_loopback(server_port);
        if (!socket || !write_all(socket, bytes)) {
            return false;
        }
        // The answer to the handshake (41 bytes with its length), with the session's id, or zeros if that is gone; then
        // that to the closing (20 bytes).
        const std::string answer = read_to_end(socket);
        const bool accepted = answer.size() >= 41 && std::string_view(answer).substr(12, 8) == own_id;
        if (answer.size() >= 41 && (!accepted || answer.size() >= 41 + 20)) {
            return accepted || i > 0;
        }
    }
    return false;
}

} // namespace zooid::test
