#pragma once

#include "runtime/environment.hpp"

#include <zooid/opcode.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::testing {

/// A request of which a client has handed at least one byte to the network.
struct sent_request {
    std::size_t connection; ///< counts the connections that came about from 1
    std::int32_t xid;
    opcode type;
    std::string path; ///< the first field of the body, if it is a string
};

/// The environment of a client, which also writes down what the client sends. One thread only.
class client_tap final : public runtime::environment {
public:
    explicit client_tap(std::shared_ptr<runtime::environment> world);
    ~client_tap() override;

    /// Every request sent so far but handshakes and pings, in order. Frames of which only a part was sent are left out.
    [[nodiscard]] std::vector<sent_request> sent() const;

    [[nodiscard]] runtime::steady_time now() const noexcept override { return world_->now(); }
    [[nodiscard]] runtime::wall_time wall_now() const noexcept override { return world_->wall_now(); }
    [[nodiscard]] std::uint64_t random() override { return world_->random(); }
    [[nodiscard]] std::unique_ptr<runtime::timer> make_timer(boost::asio::any_io_executor executor) override;
    [[nodiscard]] std::unique_ptr<runtime::stream> make_stream(boost::asio::any_io_executor executor) override;
    [[nodiscard]] std::unique_ptr<runtime::listener> listen(boost::asio::any_io_executor executor,
                                                            const runtime::endpoint& at,
                                                            boost::system::error_code& ec) override;
    void async_resolve(boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
                       runtime::resolve_handler handler) override;

private:
    class tapped_stream;

    std::shared_ptr<runtime::environment> world_;
    std::vector<std::shared_ptr<std::string>> written_; // of each connection
};

} // namespace zooid::testing
