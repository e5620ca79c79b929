#include "simulation/client_tap.hpp"

#include "wire/frame.hpp"
#include "wire/reader.hpp"

#include <span>
#include <utility>

namespace zooid::testing {

/// Passes everything on and keeps what is written.
class client_tap::tapped_stream final : public runtime::stream {
public:
    tapped_stream(std::unique_ptr<runtime::stream> inner, std::shared_ptr<std::string> written)
        : inner_(std::move(inner)), written_(std::move(written)) {}

    void async_connect(const runtime::endpoint& to, runtime::connect_handler handler) override {
        inner_->async_connect(to, std::move(handler));
    }
    void async_read_some(std::span<std::byte> into, runtime::transfer_handler handler) override {
        inner_->async_read_some(into, std::move(handler));
    }
    void async_write(std::span<const std::byte> from, runtime::transfer_handler handler) override {
        keep(from);
        inner_->async_write(from, std::move(handler));
    }
    std::size_t try_write(std::span<const std::byte> from, boost::system::error_code& ec) noexcept override {
        const std::size_t taken = inner_->try_write(from, ec);
        keep(from.first(taken));
        return taken;
    }
    void close() noexcept override { inner_->close(); }
    [[nodiscard]] runtime::endpoint peer() const override { return inner_->peer(); }

private:
    void keep(std::span<const std::byte> bytes) {
        written_->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    std::unique_ptr<runtime::stream> inner_;
    std::shared_ptr<std::string> written_;
};

client_tap::client_tap(std::shared_ptr<runtime::environment> world) : world_(std::move(world)) {}

client_tap::~client_tap() = default;

std::vector<sent_request> client_tap::sent() const {
    std::vector<sent_request> all;
    std::size_t connection = 0;
    for (const auto& written : written_) {
        std::string_view rest = *written;
        if (rest.empty()) {
            continue;
        }
        ++connection;
        bool handshake = true;
        for (auto f = wire::next_frame(rest); f.state == wire::frame_state::complete; f = wire::next_frame(rest)) {
            rest.remove_prefix(f.consumed);
            wire::reader in{f.payload};
            wire::request_header header;
            if (!std::exchange(handshake, false) && wire::decode(in, header) && header.type != opcode::ping) {
                wire::path_ref path;
                all.push_back({connection, header.xid, header.type, {}});
                if (in.path(path)) {
                    all.back().path = path.path;
                }
            }
        }
    }
    return all;
}

std::unique_ptr<runtime::timer> client_tap::make_timer(boost::asio::any_io_executor executor) {
    return world_->make_timer(std::move(executor));
}

std::unique_ptr<runtime::stream> client_tap::make_stream(boost::asio::any_io_executor executor) {
    written_.push_back(std::make_shared<std::string>());
    return std::make_unique<tapped_stream>(world_->make_stream(std::move(executor)), written_.back());
}

std::unique_ptr<runtime::listener> client_tap::listen(boost::asio::any_io_executor executor,
                                                      const runtime::endpoint& at, boost::system::error_code& ec) {
    return world_->listen(std::move(executor), at, ec);
}

void client_tap::async_resolve(boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
                               runtime::resolve_handler handler) {
    world_->async_resolve(std::move(executor), std::move(host), port, std::move(handler));
}

} // namespace zooid::testing
