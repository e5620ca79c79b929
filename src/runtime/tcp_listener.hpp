#pragma once

#include "runtime/listener.hpp"
#include "runtime/readiness.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace zooid::runtime {

/// A listening TCP socket (closed on exec, address reusable at once after a restart).
class tcp_listener final : public listener {
public:
    /// Binds and listens; sets `ec` if that fails.
    tcp_listener(const asio::any_io_executor& executor, const endpoint& at, error_code& ec);
    ~tcp_listener() override;

    void async_accept(accept_handler handler) override;
    void close() noexcept override;
    [[nodiscard]] endpoint local() const override;

private:
    struct waiting;

    void open(const asio::ip::tcp::endpoint& at, error_code& ec);
    [[nodiscard]] std::unique_ptr<stream> accept_now(error_code& ec);

    asio::ip::tcp::acceptor acceptor_;
    std::shared_ptr<readiness> events_; // of the streams
    endpoint local_;
    std::shared_ptr<bool> closed_; // shared with the accept under way, which may outlive the listener
};

} // namespace zooid::runtime
