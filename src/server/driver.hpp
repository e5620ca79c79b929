#pragma once

#include "runtime/environment.hpp"
#include "server/connection_pump.hpp"
#include "server/read_buffer.hpp"
#include "server/server_clock.hpp"
#include "server/server_core.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace zooid::server {

/// Gives a server's core its sockets and its time: accepts, passes bytes in and out, wakes it when something is due. All on
/// one executor that runs one thing at a time.
class driver : public std::enable_shared_from_this<driver> {
public:
    driver(asio::any_io_executor io, std::shared_ptr<runtime::environment> environment, server_config config,
           bool virtual_time);
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver();

    /// Fills the tree of a new core; called with it before anybody can connect.
    void on_new_core(std::function<void(server_core&, moment)> fill) { fill_ = std::move(fill); }

    /// Listens at `at`, with a new core if that is wanted or there is none. Only while stopped, which it stays if that
    /// fails; what `on_new_core` throws comes out, and the old core stays as well.
    void start(const runtime::endpoint& at, bool with_new_core, error_code& ec);
    /// Stops listening and closes all connections; the core stays.
    void stop();
    [[nodiscard]] bool running() const noexcept { return running_; }
    /// Where it listens, or last did.
    [[nodiscard]] const runtime::endpoint& local() const noexcept { return local_; }

    /// Serves a connection that was accepted.
    void adopt(std::unique_ptr<runtime::stream> accepted);
    /// Accepts nobody, or goes on.
    void hold_accepts(bool hold);

    /// Calls `f(core, now)` and then does what the core wants done. There is a core once `start` has succeeded.
    template <class F>
    auto control(F&& f) {
        const settling after{*this};
        return std::forward<F>(f)(*core_, clock_.now());
    }
    [[nodiscard]] const server_core& core() const noexcept { return *core_; }
    /// Moves a clock that stands still on towards `end`, with all that is due on the way. False if there is more to do than
    /// should be done at once: clients whose time is real wait meanwhile.
    [[nodiscard]] bool advance_towards(steady_time end);

private:
    friend class connection_pump;

    struct settling {
        driver& self;
        ~settling() { self.settle(); }
    };

    void make_core();
    void accept();
    void on_accepted(error_code ec, std::unique_ptr<runtime::stream> accepted);
    void accept_later(const error_code& why);
    void settle();
    void proceed_where_ready();
    void rearm();
    void give_back_memory();
    void on_timer();
    void hear_from_all();
    void log(log_level level, const std::string& message) const;

    // What connections call.
    /// A connection's bytes are all that is left to send: it ends after a while even if nobody takes them.
    void linger(connection_id id);
    void end_lingering();
    /// Its socket is closed.
    void closed(connection_id id);
    [[nodiscard]] moment now() noexcept { return clock_.now(); }
    /// It has freed a buffer of that size.
    void freed(std::size_t bytes) noexcept { freed_ += bytes; }

    const asio::any_io_executor io_;
    const std::shared_ptr<runtime::environment> environment_;
    const server_config config_;
    server_clock clock_;
    std::function<void(server_core&, moment)> fill_;
    std::unique_ptr<server_core> core_;

    bool running_ = false;
    runtime::endpoint local_;
    std::unique_ptr<runtime::listener> listener_;
    bool holding_ = false;
    std::unique_ptr<runtime::stream> held_; // accepted while holding
    std::unique_ptr<runtime::timer> accept_timer_;
    std::chrono::milliseconds accept_pause_{0};

    boost::unordered_flat_map<connection_id, std::shared_ptr<connection_pump>> connections_;
    std::vector<connection_id> ready_;
    bool settling_ = false;
    buffer_pool buffers_;

    std::unique_ptr<runtime::timer> timer_;
    steady_time armed_for_ = steady_time::max();
    std::unique_ptr<runtime::timer> memory_timer_;
    bool will_give_back_ = false;
    std::size_t freed_ = 0; // bytes, since memory was last given back
    std::unique_ptr<runtime::timer> linger_timer_;
    std::deque<std::pair<steady_time, connection_id>> lingering_; // soonest first
};

} // namespace zooid::server
