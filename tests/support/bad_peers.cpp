#include "support/bad_peers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

namespace zooid::test {

silent_peer::silent_peer() : listener_(listen_on_loopback(0, 128)), address_(loopback_address(local_port(listener_))) {}

unreachable_host::unreachable_host()
    : listener_(listen_on_loopback(0, 0)), address_(loopback_address(local_port(listener_))) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(local_port(listener_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // More than the queue takes; those beyond hang, as will everybody who comes later.
    for (int i = 0; i < 8; ++i) {
        descriptor filler(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)::connect(filler.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        fillers_.push_back(std::move(filler));
    }
}

std::string refusing_address() {
    const auto listener = listen_on_loopback(0, 1);
    return loopback_address(local_port(listener));
}

} // namespace zooid::test
