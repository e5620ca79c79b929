#pragma once

#include "runtime/readiness.hpp"
#include "runtime/stream.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace zooid::runtime {

/// A TCP connection that was accepted: one of many, most of which do nothing, so it costs little while it waits.
class accepted_stream final : public stream, private readiness::socket {
public:
    /// Takes over `descriptor`, a connected non-blocking socket. Sets `ec` if that fails; the descriptor is closed then.
    accepted_stream(std::shared_ptr<readiness> events, int descriptor, const endpoint& peer, error_code& ec);
    ~accepted_stream() override;

    void async_connect(const endpoint& to, connect_handler handler) override;
    void async_read_some(std::span<std::byte> into, transfer_handler handler) override;
    void async_write(std::span<const std::byte> from, transfer_handler handler) override;
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) noexcept override;
    void close() noexcept override;
    [[nodiscard]] endpoint peer() const override { return peer_; }

private:
    void on_ready(std::uint32_t events) override;
    void abandon(std::vector<transfer_handler>& pending) override;
    void read_now();
    void write_now();

    const std::shared_ptr<readiness> events_;
    const endpoint peer_;
    int descriptor_;
    bool readable_ = false;        // there may be input
    bool ended_ = false;           // the peer sends no more: there always is
    std::shared_ptr<bool> closed_; // shared with what is posted, which may outlive the stream
    std::span<std::byte> into_;
    std::optional<transfer_handler> reader_;
    std::span<const std::byte> from_; // what is left of it
    std::size_t written_ = 0;
    std::optional<transfer_handler> writer_;
};

} // namespace zooid::runtime
