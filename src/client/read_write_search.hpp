#pragma once

#include <zooid/types.hpp>
#include <zooid/watch_event.hpp>

#include <chrono>
#include <cstdint>

namespace zooid::detail {

class client_core;

/// While the client is on a read-only server: asks the other hosts, more and more rarely, until one takes writes, and
/// moves the session there. On the I/O executor.
class read_write_search {
public:
    /// Begins or ends the search as the client's new state demands.
    void follow(client_core& core, keeper_state now);

private:
    void begin(client_core& core);

    std::uint64_t ticket_ = 0;          // of the search that was begun last; 0: it has been told to end
    std::chrono::milliseconds pause_{}; // before the next round; grows until a server that takes writes is reached
};

} // namespace zooid::detail
