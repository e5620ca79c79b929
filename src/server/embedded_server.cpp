#include "runtime/environment.hpp"
#include "runtime/later.hpp"
#include "runtime/process.hpp"
#include "runtime/worker.hpp"
#include "server/data_tree.hpp"
#include "server/driver.hpp"

#include <zooid/embedded_server.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>

namespace zooid {

namespace {

constexpr std::string_view subject = "embedded_server";

[[noreturn]] void refuse(std::string_view option) { throw_error(errc::bad_arguments, subject, {}, option); }

/// A log sink that takes what is important enough and lets nothing out.
log_sink guarded(log_sink log, log_level least) {
    if (!log) {
        return {};
    }
    return [log = std::move(log), least](log_level level, std::string_view message) {
        if (level < least) {
            return;
        }
        try {
            log(level, message);
        } catch (...) { // a log that fails must not end the server
            return;
        }
    };
}

void check(const embedded_server_options& o) {
    using std::chrono::milliseconds;
    constexpr milliseconds longest{0x7fffffff}; // of what the protocol can say
    if (o.tick_time < milliseconds{1} || o.tick_time > longest / 20) {
        refuse("tick_time");
    }
    const milliseconds least = o.min_session_timeout == milliseconds{0} ? o.tick_time * 2 : o.min_session_timeout;
    const milliseconds most = o.max_session_timeout == milliseconds{0} ? o.tick_time * 20 : o.max_session_timeout;
    if (least < milliseconds{1} || most > longest || least > most) {
        refuse("min_session_timeout must not be above max_session_timeout");
    }
    if (o.reap_interval < milliseconds{0}) {
        refuse("reap_interval");
    }
    if (o.max_frame == 0 || o.max_frame > 0x7fffffff) {
        refuse("max_frame");
    }
}

server::server_config config_of(const embedded_server_options& o, bool is_simulated) {
    server::server_config c;
    c.tick_time = o.tick_time;
    c.min_session_timeout = o.min_session_timeout;
    c.max_session_timeout = o.max_session_timeout;
    c.reap_interval = o.reap_interval;
    c.max_frame = o.max_frame;
    c.max_backlog = o.max_backlog;
    c.max_notifications = o.max_notifications;
    c.max_connections_per_address = o.max_connections_per_address;
    c.read_only = o.read_only;
    c.enforce_quota = o.enforce_quota;
    c.ttl_nodes = o.ttl_nodes;
    c.super_digest = o.super_digest;
    c.log = guarded(o.log, o.level);
    if (!is_simulated) { // where the same seed must give the same bytes everywhere
        c.environment = runtime::process_environment();
        c.figures = [] { return server::process_figures{runtime::open_descriptors(), runtime::descriptor_limit()}; };
        if (o.give_back_memory) {
            c.give_back_memory = runtime::give_back_memory;
        }
    }
    return c;
}

std::string text_of(const runtime::endpoint& at) {
    asio::ip::address address = at.address;
    if (address.is_unspecified()) { // all addresses of this machine: a client takes the loopback one
        address = address.is_v6() ? asio::ip::address{asio::ip::address_v6::loopback()}
                                  : asio::ip::address{asio::ip::address_v4::loopback()};
    }
    const std::string text = address.to_string();
    return (address.is_v6() ? '[' + text + ']' : text) + ':' + std::to_string(at.port);
}

void load(server::server_core& core, server::moment at, const std::function<void(const node_sink&)>& fill) {
    const acl open;
    fill([&](std::string_view path, std::optional<std::string_view> data) {
        if (path.size() + data.value_or("").size() > core.config().max_frame) { // then no client could read it
            throw_error(errc::request_too_large, "load", path);
        }
        const std::int32_t failure = core.load_node(path, data, open, at);
        if (failure != 0) {
            throw_error(static_cast<errc>(failure), "load", path);
        }
    });
}

server::fault_action action_of(fault_kind kind) {
    switch (kind) {
    case fault_kind::delay_reply:
        return server::fault_action::delay_reply;
    case fault_kind::lose_reply:
        return server::fault_action::lose_reply;
    case fault_kind::drop:
        return server::fault_action::drop;
    case fault_kind::fail:
        break;
    }
    return server::fault_action::fail;
}

server::fault_rule rule_of(server_fault&& fault) {
    server::fault_rule rule;
    rule.action = action_of(fault.kind);
    rule.op = fault.op;
    rule.path = std::move(fault.path);
    rule.below = fault.below;
    rule.session = fault.session;
    rule.times = fault.times;
    rule.delay = fault.delay;
    rule.err = static_cast<std::int32_t>(fault.error);
    if (fault.matches) {
        rule.matches = [asked = std::move(fault.matches)](const server::faulted_request& r) {
            return asked({r.session, r.xid, r.op, r.path});
        };
    }
    return rule;
}

} // namespace

class embedded_server::implementation {
public:
    implementation(std::optional<asio::any_io_executor> executor, embedded_server_options options,
                   std::shared_ptr<runtime::environment> environment)
        : options_((check(options), std::move(options))) {
        error_code ec;
        at_.address = asio::ip::make_address(options_.address, ec);
        at_.port = options_.port;
        if (ec) {
            refuse("address: not an IP address");
        }
        if (!executor) {
            worker_.emplace("zooid-server");
            executor = worker_->executor();
        }
        const bool is_simulated = environment != runtime::operating_system();
        driver_ = std::make_shared<server::driver>(std::move(*executor), std::move(environment),
                                                   config_of(options_, is_simulated), options_.virtual_time);
        if (options_.load) {
            driver_->on_new_core(
                [this](server::server_core& core, server::moment at) { load(core, at, options_.load); });
        }
        try {
            run([this] { start(server_memory::lost); });
            local_ = driver_->local();
        } catch (...) {
            end();
            throw;
        }
    }
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;
    ~implementation() {
        run([this] { driver_->stop(); });
        end();
    }

    /// Does it on the server's thread and waits for it; what it throws comes out here.
    template <class F>
    auto run(F&& f) const -> std::invoke_result_t<F&> {
        if (!worker_) {
            return f();
        }
        if (worker_->is_current()) {
            throw_error(errc::would_deadlock, subject, {});
        }
        std::packaged_task<std::invoke_result_t<F&>()> task([&f] { return f(); });
        auto done = task.get_future();
        asio::post(worker_->executor(), [&task] { task(); });
        return done.get();
    }
    /// The same with the server's core and the time.
    template <class F>
    auto control(F&& f) const {
        return run([&] { return driver_->control(f); });
    }
    /// The same for the connection of a session; false if it has none.
    template <class F>
    bool control_connection(std::int64_t session, F&& f) const {
        return control([&](server::server_core& core, server::moment at) {
            const server::connection_id id = core.connection_of(session);
            if (id != 0) {
                f(core, id, at);
            }
            return id != 0;
        });
    }

    void start(server_memory memory) {
        error_code ec;
        driver_->start(at_, memory == server_memory::lost, ec);
        if (ec) {
            throw boost::system::system_error(ec, "cannot listen at " + text_of(at_));
        }
        at_.port = driver_->local().port;
    }

    [[nodiscard]] server::driver& driver() const noexcept { return *driver_; }
    [[nodiscard]] const runtime::endpoint& local() const noexcept { return local_; }
    [[nodiscard]] bool virtual_time() const noexcept { return options_.virtual_time; }

private:
    void end() {
        if (worker_) {
            worker_->stop();
        }
    }

    const embedded_server_options options_;
    runtime::endpoint at_;    // with the port it got first
    runtime::endpoint local_; // not changed after construction: any thread may ask for it
    std::optional<runtime::worker> worker_;
    std::shared_ptr<server::driver> driver_;
};

embedded_server::embedded_server(embedded_server_options options)
    : self_(std::make_unique<implementation>(std::nullopt, std::move(options), runtime::operating_system())) {}

embedded_server::embedded_server(asio::any_io_executor executor, embedded_server_options options,
                                 std::shared_ptr<runtime::environment> environment) {
    if (environment == nullptr) {
        environment = runtime::operating_system();
    }
    self_ = std::make_unique<implementation>(std::move(executor), std::move(options), std::move(environment));
}

embedded_server::~embedded_server() = default;

std::string embedded_server::address() const { return text_of(self_->local()); }

std::uint16_t embedded_server::port() const noexcept { return self_->local().port; }

// ---- Stopping and starting ----

void embedded_server::stop() {
    self_->run([this] { self_->driver().stop(); });
}

void embedded_server::restart(server_memory memory) {
    self_->run([this, memory] {
        self_->driver().stop();
        self_->start(memory);
    });
}

bool embedded_server::running() const {
    return self_->run([this] { return self_->driver().running(); });
}

// ---- Looking at it ----

std::vector<server_session> embedded_server::sessions() const {
    std::vector<server_session> all = self_->control([](const server::server_core& core, server::moment) {
        std::vector<std::uint64_t> frozen;
        for (const auto& each : core.connections()) {
            if (each.frozen) {
                frozen.push_back(each.id);
            }
        }
        std::sort(frozen.begin(), frozen.end());
        std::vector<server_session> found;
        for (const auto& each : core.sessions()) {
            found.push_back({each.id, each.timeout, each.connection != 0,
                             std::binary_search(frozen.begin(), frozen.end(), each.connection), each.ephemerals});
        }
        return found;
    });
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

server_statistics embedded_server::statistics() const {
    return self_->control([](const server::server_core& core, server::moment) {
        server_statistics all;
        all.connections = core.connection_count();
        all.sessions = core.session_count();
        all.watches = core.watch_count();
        all.nodes = core.tree().node_count();
        all.ephemerals = core.tree().ephemeral_count();
        all.last_zxid = core.last_zxid();
        return all;
    });
}

// ---- Making trouble ----

bool embedded_server::expire(std::int64_t session) {
    return self_->control([=](server::server_core& core, server::moment at) { return core.expire(session, at); });
}

bool embedded_server::drop(std::int64_t session) {
    return self_->control_connection(
        session, [](server::server_core& core, server::connection_id id, server::moment) { core.drop(id); });
}

void embedded_server::drop_all() {
    self_->control([](server::server_core& core, server::moment) { core.drop_all(); });
}

bool embedded_server::freeze(std::int64_t session) {
    return self_->control_connection(session, [](server::server_core& core, server::connection_id id,
                                                 server::moment at) { core.freeze(id, true, at); });
}

bool embedded_server::thaw(std::int64_t session) {
    return self_->control_connection(session, [](server::server_core& core, server::connection_id id,
                                                 server::moment at) { core.freeze(id, false, at); });
}

namespace {

void freeze_each(server::driver& driver, bool frozen) {
    driver.hold_accepts(frozen);
    driver.control([frozen](server::server_core& core, server::moment at) {
        for (const auto& each : core.connections()) {
            core.freeze(each.id, frozen, at);
        }
    });
}

} // namespace

void embedded_server::freeze_all() {
    self_->run([this] { freeze_each(self_->driver(), true); });
}

void embedded_server::thaw_all() {
    self_->run([this] { freeze_each(self_->driver(), false); });
}

fault_id embedded_server::inject(server_fault fault) {
    if (fault.kind == fault_kind::fail && static_cast<int>(fault.error) >= 0) {
        throw_error(errc::bad_arguments, "inject", fault.path, "not an error that servers report");
    }
    if (fault.delay < std::chrono::milliseconds{0}) {
        throw_error(errc::bad_arguments, "inject", fault.path, "negative delay");
    }
    return self_->control([&](server::server_core& core, server::moment) {
        return static_cast<fault_id>(core.add_fault(rule_of(std::move(fault))));
    });
}

std::uint64_t embedded_server::remove_fault(fault_id fault) {
    return self_->control([=](server::server_core& core, server::moment) {
        return core.remove_fault(static_cast<std::uint64_t>(fault)).value_or(0);
    });
}

std::uint64_t embedded_server::fault_hits(fault_id fault) const {
    return self_->control([=](const server::server_core& core, server::moment) {
        return core.fault_hits(static_cast<std::uint64_t>(fault)).value_or(0);
    });
}

void embedded_server::set_read_only(bool read_only) {
    self_->control([=](server::server_core& core, server::moment at) { core.set_read_only(read_only, at); });
}

namespace {

/// Where a step of time ends. What begins then, the longest session say, must not end beyond what can be said.
steady_time end_of(std::chrono::milliseconds time, steady_time now) {
    constexpr std::chrono::milliseconds longest = std::chrono::years{1};
    if (time < std::chrono::milliseconds{0} ||
        runtime::later(runtime::later(now, time), longest) == steady_time::max()) {
        throw_error(errc::bad_arguments, "advance", {}, "negative, or more than there is");
    }
    return now + time;
}

} // namespace

void embedded_server::advance(std::chrono::milliseconds time) {
    if (!self_->virtual_time()) {
        throw_error(errc::invalid_state, "advance", {}, "needs virtual_time");
    }
    const auto end = self_->control([time](server::server_core&, server::moment at) { return end_of(time, at.now); });
    while (!self_->run([this, end] { return self_->driver().advance_towards(end); })) {}
}

} // namespace zooid
