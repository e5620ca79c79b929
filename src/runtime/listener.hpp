#pragma once

#include "runtime/stream.hpp"

#include <memory>

namespace zooid::runtime {

using accept_handler = asio::any_completion_handler<void(error_code, std::unique_ptr<stream>)>;

/// Accepts connections at one endpoint. Used on the executor it was made with, which its streams get as well.
class listener {
public:
    listener() = default;
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    /// Closes without waiting.
    virtual ~listener() = default;

    /// Waits for the next connection. The handler runs on the executor, never inside this call; one may be outstanding.
    /// An error other than `operation_aborted` (out of descriptors, say) leaves the listener usable.
    virtual void async_accept(accept_handler handler) = 0;

    /// Stops listening at once; an outstanding accept completes with `operation_aborted`. Idempotent.
    virtual void close() noexcept = 0;

    /// Where it listens, with the port the system chose if 0 was asked for.
    [[nodiscard]] virtual endpoint local() const = 0;
};

} // namespace zooid::runtime
