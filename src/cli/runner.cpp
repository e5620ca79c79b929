#include "cli/runner.hpp"

#include "cli/duration.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <csignal>
#include <exception>
#include <optional>

namespace zooid::cli {
namespace {

/// One run of one command, all in the thread that calls `run`.
class runner {
public:
    runner(command& what, const std::string& name, const global_options& options)
        : command_(what),
          name_(name),
          options_(options),
          zk_(io_.get_executor(), options.server, with_log(make_client_options(options))) {}

    exit_code run();

private:
    client_options with_log(client_options client);
    void wait_for_signal();
    asio::awaitable<void> connect();
    asio::awaitable<void> work();
    asio::awaitable<void> supervise();
    exit_code judge(const std::exception_ptr& problem) const;
    void report(const std::string& reason) const;

    command& command_;
    const std::string& name_;
    const global_options& options_;
    asio::io_context io_{1};
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    asio::cancellation_signal cancel_;
    output out_{STDOUT_FILENO};
    std::string trouble_; // why the last attempt to connect failed
    client zk_;
    invocation call_{options_, zk_, out_, command_.subject()};
    std::optional<exit_code> signalled_;
    exit_code ended_ = exit_code::failure;
};

/// Prints the log if it is wanted, and keeps what it tells about failing connections: no error code does.
client_options runner::with_log(client_options client) {
    client.log = [this](log_level level, std::string_view message) {
        if (options_.verbosity > 0) {
            complain(to_string(level), message);
        }
        for (const std::string_view sign : {"cannot connect", "cannot resolve", "link lost"}) {
            const auto at = message.find(sign);
            if (at != std::string_view::npos) {
                trouble_ = message.substr(at);
            }
        }
    };
    return client;
}

exit_code runner::run() {
    wait_for_signal();
    asio::co_spawn(io_, supervise(), asio::bind_cancellation_slot(cancel_.slot(), [this](const std::exception_ptr& e) {
                       if (e) {
                           ended_ = judge(e);
                       }
                       io_.stop();
                   }));
    io_.run();
    return ended_;
}

void runner::wait_for_signal() {
    signals_.async_wait([this](error_code ec, int number) {
        if (ec) {
            return;
        }
        const auto code = number == SIGINT ? exit_code::interrupted : exit_code::terminated;
        if (signalled_) { // the second time: no patience is left for closing the session
            ::_exit(static_cast<int>(code));
        }
        signalled_ = code;
        wait_for_signal();
        cancel_.emit(asio::cancellation_type::terminal);
    });
}

asio::awaitable<void> runner::connect() {
    const start_options how{.timeout = options_.timeout};
    const auto [ec] = co_await zk_.async_start(how, asio::as_tuple(asio::use_awaitable));
    if (ec == errc::operation_timeout) {
        const std::string reason =
            "no connection to " + options_.server + " within " + format_duration(options_.timeout);
        throw command_failure(exit_code::no_connection, trouble_.empty() ? reason : reason + ": " + trouble_);
    }
    if (ec) {
        throw boost::system::system_error(ec);
    }
}

asio::awaitable<void> runner::work() {
    if (command_.needs_session()) {
        co_await connect();
    }
    co_await command_.run(call_);
    out_.flush();
}

asio::awaitable<void> runner::supervise() {
    std::exception_ptr problem;
    try {
        co_await work();
    } catch (...) {
        problem = std::current_exception();
    }
    ended_ = judge(problem);
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (command_.needs_session()) {
        const auto [ignored] = co_await zk_.async_stop(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(ignored); // the server ends the session by itself in the end
    }
}

exit_code runner::judge(const std::exception_ptr& problem) const {
    if (signalled_) {
        return command_.ends_by_signal() ? exit_code::ok : *signalled_;
    }
    if (!problem) {
        return exit_code::ok;
    }
    try {
        std::rethrow_exception(problem);
    } catch (const output_closed&) {
        return exit_code::broken_pipe;
    } catch (const command_failure& failure) {
        report(failure.what());
        return failure.code();
    } catch (const error& failure) { // its text names operation and path, which the line does already
        report(failure.code().message());
        return exit_code_of(failure.code());
    } catch (const boost::system::system_error& failure) {
        report(failure.code().message());
        return exit_code_of(failure.code());
    } catch (const std::exception& failure) {
        report(failure.what());
    }
    return exit_code::failure;
}

void runner::report(const std::string& reason) const {
    complain(call_.subject.empty() ? name_ : name_ + " " + call_.subject, reason);
}

} // namespace

void ignore_broken_pipes() noexcept { std::signal(SIGPIPE, SIG_IGN); }

exit_code run_command(command& what, const std::string& name, const global_options& options) {
    const auto refuse = [&](exit_code code, const std::string& reason) {
        const std::string subject = what.subject();
        complain(subject.empty() ? name : name + " " + subject, reason);
        return code;
    };
    std::optional<runner> r;
    try {
        what.prepare();
        r.emplace(what, name, options);
    } catch (const command_failure& failure) {
        return refuse(failure.code(), failure.what());
    } catch (const error& failure) { // the host list
        return refuse(exit_code_of(failure.code()), std::string("--server: ") + failure.what());
    }
    return r->run();
}

} // namespace zooid::cli
