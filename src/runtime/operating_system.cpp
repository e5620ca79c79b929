#include "runtime/environment.hpp"
#include "runtime/name_lookup.hpp"
#include "runtime/system_timer.hpp"
#include "runtime/tcp_listener.hpp"
#include "runtime/tcp_stream.hpp"

#include <boost/asio/query.hpp>

#include <sys/random.h>

#include <random>
#include <utility>

namespace zooid::runtime {

namespace {

class system_environment final : public environment {
public:
    [[nodiscard]] steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }

    [[nodiscard]] wall_time wall_now() const noexcept override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    // Straight from the kernel: needs no lock, and a forked child does not repeat its parent's numbers, which name
    // nodes.
    [[nodiscard]] std::uint64_t random() override {
        std::uint64_t value = 0;
        if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
            std::random_device device;
            value = std::uniform_int_distribution<std::uint64_t>{}(device);
        }
        return value;
    }

    [[nodiscard]] std::unique_ptr<timer> make_timer(asio::any_io_executor executor) override {
        return std::make_unique<system_timer>(executor);
    }

    [[nodiscard]] std::unique_ptr<stream> make_stream(asio::any_io_executor executor) override {
        return std::make_unique<tcp_stream>(executor);
    }

    [[nodiscard]] std::unique_ptr<listener> listen(asio::any_io_executor executor, const endpoint& at,
                                                   error_code& ec) override {
        ec = {};
        auto made = std::make_unique<tcp_listener>(executor, at, ec);
        if (ec) {
            return nullptr;
        }
        return made;
    }

    void async_resolve(asio::any_io_executor executor, std::string host, std::uint16_t port,
                       resolve_handler handler) override {
        auto& context = asio::query(executor, asio::execution::context);
        asio::use_service<name_lookup>(context).start(executor, std::move(host), port, std::move(handler));
    }
};

} // namespace

const std::shared_ptr<environment>& operating_system() {
    // Never destroyed: threads that nobody waits for may still use it while the process ends.
    static const auto* const system = new std::shared_ptr<environment>{std::make_shared<system_environment>()};
    return *system;
}

} // namespace zooid::runtime
