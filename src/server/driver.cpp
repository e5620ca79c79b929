#include "server/driver.hpp"

#include "server/sparse_table.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

namespace zooid::server {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_linger = 10s;                            // for the last bytes of a connection
constexpr std::size_t worth_giving_back = std::size_t{1} << 20; // bytes
constexpr auto memory_pause = 2s;                               // what comes soon may use them
constexpr std::chrono::milliseconds shortest_accept_pause{10};
constexpr std::chrono::milliseconds longest_accept_pause{1'000};

std::string new_secret(runtime::environment& environment) {
    std::string secret;
    for (int i = 0; i < 4; ++i) {
        for (std::uint64_t left = environment.random(), n = 0; n < sizeof left; ++n, left >>= 8U) {
            secret += static_cast<char>(left & 0xffU);
        }
    }
    return secret;
}

/// As Java writes it: eight numbers, without a "::" for zeros.
std::string text_of(const asio::ip::address_v6& address) {
    std::string text;
    const auto bytes = address.to_bytes();
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        std::array<char, 4> digits{};
        const auto number = static_cast<unsigned>(bytes.at(i) << 8U | bytes.at(i + 1));
        const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
        text.append(i == 0 ? "" : ":").append(digits.data(), failed == std::errc{} ? end : digits.data());
    }
    return address.scope_id() == 0 ? text : text + '%' + std::to_string(address.scope_id());
}

/// The peer's bare address, for ids of scheme "ip"; an IPv4 one is itself on a socket for both kinds.
std::string address_text(const asio::ip::address& address) {
    if (address.is_v4()) {
        return address.to_string();
    }
    const asio::ip::address_v6 wide = address.to_v6();
    return wide.is_v4_mapped() ? asio::ip::make_address_v4(asio::ip::v4_mapped, wide).to_string() : text_of(wide);
}

} // namespace

driver::driver(asio::any_io_executor io, std::shared_ptr<runtime::environment> environment, server_config config,
               bool virtual_time)
    : io_(std::move(io)),
      environment_(std::move(environment)),
      config_(std::move(config)),
      clock_(environment_, virtual_time),
      accept_timer_(environment_->make_timer(io_)),
      timer_(environment_->make_timer(io_)),
      memory_timer_(environment_->make_timer(io_)),
      linger_timer_(environment_->make_timer(io_)) {}

driver::~driver() = default;

// ---- Starting and stopping ----

void driver::make_core() {
    const moment at = clock_.start();
    auto made = std::make_unique<server_core>(config_, new_secret(*environment_), at);
    if (fill_) {
        fill_(*made, at);
    }
    if (core_ != nullptr) {
        made->succeed(*core_);
    }
    core_ = std::move(made);
}

void driver::start(const runtime::endpoint& at, bool with_new_core, error_code& ec) {
    if (core_ == nullptr || with_new_core) {
        make_core();
    }
    listener_ = environment_->listen(io_, at, ec);
    if (ec) {
        return;
    }
    local_ = listener_->local();
    core_->set_client_port(local_.port);
    core_->restart(clock_.now());
    running_ = true;
    holding_ = false;
    log(log_level::info, "listening at " + local_.address.to_string() + " port " + std::to_string(local_.port));
    accept();
    settle();
}

void driver::stop() {
    if (!running_) {
        return;
    }
    running_ = false;
    listener_->close();
    listener_.reset();
    held_.reset();
    accept_timer_->disarm();
    linger_timer_->disarm();
    lingering_.clear();
    const moment at = clock_.now();
    for (const auto& [id, each] : std::exchange(connections_, {})) {
        each->close();
        core_->closed(id, at);
    }
    settle();
    memory_timer_->disarm();
    will_give_back_ = false;
    log(log_level::info, "stopped");
}

// ---- Accepting ----

void driver::accept() {
    listener_->async_accept([self = shared_from_this()](error_code ec, std::unique_ptr<runtime::stream> accepted) {
        self->on_accepted(ec, std::move(accepted));
    });
}

void driver::on_accepted(error_code ec, std::unique_ptr<runtime::stream> accepted) {
    if (ec == asio::error::operation_aborted || !running_) {
        return;
    }
    if (ec) {
        accept_later(ec);
        return;
    }
    accept_pause_ = 0ms;
    if (holding_) {
        held_ = std::move(accepted);
        return;
    }
    adopt(std::move(accepted));
    accept();
}

// Out of descriptors or memory: the connection still waits, so that trying again at once would only burn time.
void driver::accept_later(const error_code& why) {
    if (accept_pause_ == 0ms) {
        log(log_level::warning, "cannot accept connections: " + why.message());
    }
    accept_pause_ = std::clamp(accept_pause_ * 2, shortest_accept_pause, longest_accept_pause);
    accept_timer_->arm(environment_->now() + accept_pause_, [weak = weak_from_this()] {
        if (const auto self = weak.lock(); self != nullptr && self->running_) {
            self->accept();
        }
    });
}

void driver::adopt(std::unique_ptr<runtime::stream> accepted) {
    const runtime::endpoint peer = accepted->peer();
    const moment at = clock_.now();
    const connection_id id = core_->open(address_text(peer.address), peer.port, at);
    const auto made = std::make_shared<connection_pump>(shared_from_this(), id, std::move(accepted));
    connections_.emplace(id, made);
    made->proceed(at);
    settle();
}

void driver::hold_accepts(bool hold) {
    holding_ = hold;
    if (!hold && held_ != nullptr) {
        adopt(std::move(held_));
        accept();
    }
}

// ---- Doing what the core wants ----

void driver::settle() {
    if (core_ == nullptr || std::exchange(settling_, true)) {
        return; // the one that is settling goes on until nothing is left
    }
    const struct end_of_settling {
        bool& settling;
        ~end_of_settling() { settling = false; }
    } end{settling_};
    proceed_where_ready();
    rearm();
    give_back_memory();
}

void driver::proceed_where_ready() {
    while (core_->take_ready(ready_)) {
        const moment at = clock_.now();
        for (const connection_id id : ready_) {
            if (const auto found = connections_.find(id); found != connections_.end()) {
                const std::shared_ptr<connection_pump> each = found->second;
                each->proceed(at);
            }
        }
    }
}

void driver::closed(connection_id id) {
    connections_.erase(id);
    shrink_if_sparse(connections_);
    freed(sizeof(connection_pump));
    core_->closed(id, clock_.now());
}

void driver::linger(connection_id id) {
    lingering_.emplace_back(environment_->now() + longest_linger, id);
    if (lingering_.size() == 1) {
        end_lingering();
    }
}

void driver::end_lingering() {
    const steady_time at = environment_->now();
    while (!lingering_.empty() && lingering_.front().first <= at) {
        const connection_id id = lingering_.front().second;
        lingering_.pop_front();
        if (const auto found = connections_.find(id); found != connections_.end()) {
            found->second->close();
            closed(id);
        }
    }
    if (!lingering_.empty()) {
        linger_timer_->arm(lingering_.front().first, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->end_lingering();
                self->settle();
            }
        });
    }
}

// What a crowd, a large tree or long messages have left behind would otherwise stay with this process.
void driver::give_back_memory() {
    freed_ += core_->take_freed();
    if (freed_ < worth_giving_back || will_give_back_ || !running_ || !config_.give_back_memory) {
        return;
    }
    will_give_back_ = true;
    memory_timer_->arm(environment_->now() + memory_pause, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->will_give_back_ = false;
            self->freed_ = 0;
            self->buffers_ = {};
            self->config_.give_back_memory();
        }
    });
}

// ---- Time ----

void driver::rearm() {
    const steady_time next = running_ ? core_->next_deadline() : steady_time::max();
    if (next == steady_time::max()) {
        armed_for_ = next;
        timer_->disarm();
        return;
    }
    if (clock_.stands_still() && next > clock_.now().now) {
        return; // `advance_towards` comes to it
    }
    if (next >= armed_for_) {
        return; // it will wake early, look again and arm anew: cheaper than arming at every message
    }
    armed_for_ = next;
    timer_->arm(clock_.stands_still() ? environment_->now() : next, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->on_timer();
        }
    });
}

void driver::on_timer() {
    armed_for_ = steady_time::max();
    core_->tick(clock_.now());
    settle();
}

// Time moves faster than clients can send heartbeats; those that are there would have.
void driver::hear_from_all() {
    for (const auto& each : core_->connections()) {
        if (!each.frozen) {
            core_->touch(each.id, clock_.now());
        }
    }
}

bool driver::advance_towards(steady_time end) {
    constexpr int stops_at_once = 1000;
    if (!running_) { // its clock goes on, as a real one would; what has become due is done when it starts again
        clock_.move_to(end);
        return true;
    }
    for (int stops = 0; now().now < end; ++stops) {
        if (stops == stops_at_once) {
            return false;
        }
        // At least a little each time: a core that is never satisfied must not keep us here.
        const steady_time next = std::max(core_->next_deadline(), now().now + 1ms);
        clock_.move_to(std::min(next, end));
        hear_from_all();
        core_->tick(clock_.now());
        settle();
    }
    return true;
}

void driver::log(log_level level, const std::string& message) const {
    if (config_.log) {
        config_.log(level, message);
    }
}

} // namespace zooid::server
