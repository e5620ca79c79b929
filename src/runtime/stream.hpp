#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace zooid::runtime {

namespace asio = boost::asio;
using boost::system::error_code;

/// An address a stream can connect to.
struct endpoint {
    asio::ip::address address;
    std::uint16_t port = 0;

    friend bool operator==(const endpoint&, const endpoint&) = default;
};

using connect_handler = asio::any_completion_handler<void(error_code)>;
using transfer_handler = asio::any_completion_handler<void(error_code, std::size_t)>;

/// A connected byte stream: TCP in production, a virtual link in the simulator, TLS on top of either later.
///
/// All members but `try_write` are called on the executor the stream was made with (or before anything runs there).
/// Handlers run on that executor (not on one associated with the handler), never inside the initiating call, and take
/// no part in per-operation cancellation: `close()` is the way to end an operation. At most one read and one write are
/// outstanding. A stream connects once; another attempt takes another stream.
class stream {
public:
    stream() = default;
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    /// Closes without waiting; outstanding operations complete with `operation_aborted`. Once closed, a stream may be
    /// destroyed on any thread.
    virtual ~stream() = default;

    /// Connects to `to`; the caller bounds the time with `close()`.
    virtual void async_connect(const endpoint& to, connect_handler handler) = 0;

    /// Reads at least one byte; end of stream is `asio::error::eof`. `into` lives until the handler runs.
    virtual void async_read_some(std::span<std::byte> into, transfer_handler handler) = 0;

    /// Writes all of `from`, or fails. `from` lives until the handler runs.
    virtual void async_write(std::span<const std::byte> from, transfer_handler handler) = 0;

    /// Writes what the system takes at once, without waiting; from any thread, but only once connected, not while a
    /// write is outstanding and not concurrently with `close()`. Returns 0 with no error when nothing can be taken now,
    /// and always on streams that cannot be written to from another thread.
    virtual std::size_t try_write(std::span<const std::byte> from, error_code& ec) noexcept = 0;

    /// Closes at once; operations whose handlers have not run yet complete with `operation_aborted`. Idempotent.
    virtual void close() noexcept = 0;

    /// The peer; valid once connected and after `close()`.
    [[nodiscard]] virtual endpoint peer() const = 0;
};

} // namespace zooid::runtime
