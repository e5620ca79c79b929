#pragma once

#include "runtime/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace zooid::runtime {

[[nodiscard]] inline asio::ip::tcp::endpoint to_tcp(const endpoint& e) { return {e.address, e.port}; }
[[nodiscard]] inline endpoint from_tcp(const asio::ip::tcp::endpoint& e) { return {e.address(), e.port()}; }

/// A TCP connection: no delay, closed on exec, no keep-alive (the protocol above has heartbeats of its own).
class tcp_stream final : public stream {
public:
    /// Not connected yet.
    explicit tcp_stream(const asio::any_io_executor& executor);
    ~tcp_stream() override;

    void async_connect(const endpoint& to, connect_handler handler) override;
    void async_read_some(std::span<std::byte> into, transfer_handler handler) override;
    void async_write(std::span<const std::byte> from, transfer_handler handler) override;
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) noexcept override;
    void close() noexcept override;
    [[nodiscard]] endpoint peer() const override;

private:
    void take(int descriptor, const asio::ip::tcp& protocol, error_code& ec);

    asio::ip::tcp::socket socket_;
    endpoint peer_;
    std::shared_ptr<bool> closed_; // shared with handlers under way, which may outlive the stream
};

} // namespace zooid::runtime
