#pragma once

#include "testing/simulation/virtual_network.hpp"

#include <deque>

namespace zooid::testing {

/// A `runtime::stream` at one end of a virtual link.
class virtual_stream final : public runtime::stream {
public:
    /// Not connected yet; it will connect from `local`.
    virtual_stream(std::shared_ptr<virtual_network> network, std::shared_ptr<timeline::place> from,
                   const asio::any_io_executor& executor, const runtime::endpoint& local);
    /// The server's end of a link.
    explicit virtual_stream(std::shared_ptr<virtual_link> accepted);
    ~virtual_stream() override;

    void async_connect(const runtime::endpoint& to, runtime::connect_handler handler) override;
    void async_read_some(std::span<std::byte> into, runtime::transfer_handler handler) override;
    void async_write(std::span<const std::byte> from, runtime::transfer_handler handler) override;
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) noexcept override;
    void close() noexcept override;
    [[nodiscard]] runtime::endpoint peer() const override;

private:
    [[nodiscard]] virtual_link* link() const noexcept { return attempt_ ? attempt_->link.get() : accepted_.get(); }
    [[nodiscard]] side here() const noexcept { return attempt_ ? side::client : side::server; }

    std::shared_ptr<virtual_network> network_;
    std::shared_ptr<connection_attempt> attempt_; // at the client's end
    std::shared_ptr<virtual_link> accepted_;      // at the server's end
};

/// A `runtime::listener` of the virtual network, with an unbounded backlog.
class virtual_listener final : public runtime::listener {
public:
    /// Sets `ec` to `address_in_use` if somebody listens there.
    virtual_listener(std::shared_ptr<virtual_network> network, const asio::any_io_executor& executor,
                     const runtime::endpoint& at, error_code& ec);
    ~virtual_listener() override;

    void async_accept(runtime::accept_handler handler) override;
    void close() noexcept override;
    [[nodiscard]] runtime::endpoint local() const override { return local_; }

    [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }
    /// Takes a new connection in.
    void take(std::shared_ptr<virtual_link> link);
    /// Drops what waits here.
    void shut_down();

private:
    void hand_over();

    std::shared_ptr<virtual_network> network_;
    asio::any_io_executor executor_;
    runtime::endpoint local_;
    std::deque<std::unique_ptr<virtual_stream>> backlog_;
    std::optional<runtime::accept_handler> accepting_;
    std::shared_ptr<bool> closed_;
};

} // namespace zooid::testing
