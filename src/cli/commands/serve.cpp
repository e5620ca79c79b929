#include "cli/command.hpp"
#include "cli/duration_option.hpp"
#include "cli/exit_code.hpp"
#include "cli/stat_text.hpp"
#include "cli/tree_text.hpp"

#include <zooid/embedded_server.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace zooid::cli {
namespace {

constexpr std::string_view explanation =
    "A ZooKeeper-compatible server for one machine: for development, tests and small tools. It keeps its tree in "
    "memory only, and never replicates. For more than one machine, or data that must survive, run an Apache ZooKeeper "
    "ensemble; clients need another address, and nothing else changes.\n\n"
    "When it is ready it prints 'zooid: serving on ADDRESS:PORT' on standard output. SIGTERM and SIGINT end it with "
    "exit code 0. TTL nodes and all four-letter words are enabled.\n\n"
    "A tree file has a node a line, parents first: its path, then, unless its data is null, a tab and its data. In "
    "both, \\\\, \\t, \\n, \\r and \\xHH stand for a backslash, tab, line feed, carriage return and any byte. Lines "
    "that begin with # are comments.\n\n"
    "JSON: {address}, once ready";

/// Lets the process have as many connections as it may: the usual soft limit is 1024.
void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit)); // then it stays as it is
    }
}

void log_line(log_level level, std::string_view message) {
    // nondeterminism: an operator's log tells the time of day
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    complain(fmt::format("{} {}", format_time(now), to_string(level)), message);
}

class serve final : public command {
public:
    CLI::App* declare(CLI::App& app) override;
    [[nodiscard]] bool needs_session() const noexcept override { return false; }
    [[nodiscard]] bool ends_by_signal() const noexcept override { return true; }
    [[nodiscard]] std::string subject() const override { return {}; }

    void prepare() override {
        if (!file_.empty()) {
            how_.load = [this](const node_sink& add) { load(add); };
        }
    }

    asio::awaitable<void> run(invocation& call) override {
        raise_descriptor_limit();
        how_.log = log_line;
        how_.give_back_memory = true;
        how_.level = call.options.verbosity > 0 ? log_level::debug : quiet_ ? log_level::warning : log_level::info;
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        std::optional<embedded_server> server;
        open(server, executor);
        announce(call, *server);
        asio::signal_set never(executor); // waits until the command is cancelled
        co_await never.async_wait(asio::use_awaitable);
    }

private:
    void open(std::optional<embedded_server>& server, const asio::any_io_executor& executor) const {
        try {
            server.emplace(executor, how_);
        } catch (const error& problem) {
            throw command_failure(exit_code::usage, problem.what());
        } catch (const boost::system::system_error& problem) {
            throw command_failure(exit_code::failure, fmt::format("cannot listen on {}: {}", address_text(how_.port),
                                                                  problem.code().message()));
        }
    }

    void announce(const invocation& call, const embedded_server& server) const {
        const std::string address = address_text(server.port());
        if (call.options.json) {
            json::object document;
            document["address"] = address;
            call.print(document);
        } else {
            call.out.line("zooid: serving on " + address);
            call.out.flush();
        }
    }

    [[nodiscard]] std::string address_text(std::uint16_t port) const {
        const bool v6 = how_.address.find(':') != std::string::npos;
        return v6 ? fmt::format("[{}]:{}", how_.address, port) : fmt::format("{}:{}", how_.address, port);
    }

    void load(const node_sink& add) const {
        std::ifstream file(file_, std::ios::binary);
        if (!file) {
            throw command_failure(exit_code::usage,
                                  "cannot read " + file_ + ": " + std::generic_category().message(errno));
        }
        std::uint64_t number = 0;
        const auto refuse = [&](const std::string& reason) {
            throw command_failure(exit_code::usage, fmt::format("{}:{}: {}", file_, number, reason));
        };
        for (std::string line; std::getline(file, line);) {
            ++number;
            try {
                if (const auto entry = parse_tree_line(line)) {
                    add(entry->path, entry->data);
                }
            } catch (const std::invalid_argument& problem) {
                refuse(problem.what());
            } catch (const no_node_error&) {
                refuse("its parent does not exist; parents come first");
            } catch (const request_too_large_error&) {
                refuse("larger than --max-frame");
            } catch (const error& problem) {
                refuse(problem.code().message());
            }
        }
        if (file.bad()) {
            throw command_failure(exit_code::failure, "cannot read " + file_ + " to its end");
        }
    }

    embedded_server_options how_;
    std::string file_;
    bool quiet_ = false;
};

CLI::App* serve::declare(CLI::App& app) {
    how_.port = 2181;
    auto* parser = app.add_subcommand("serve", "Run a ZooKeeper-compatible server for this machine");
    parser->add_option("-p,--port", how_.port, "Port to listen on, 0 for any free one [2181]")->type_name("PORT");
    parser->add_option("--bind", how_.address, "IP address to listen on, 0.0.0.0 for all [127.0.0.1]")
        ->type_name("ADDRESS");
    add_duration(*parser, "--tick-time", how_.tick_time, "Sessions expire at multiples of it");
    add_duration(*parser, "--min-session-timeout", how_.min_session_timeout, "The least a client is granted [2 ticks]");
    add_duration(*parser, "--max-session-timeout", how_.max_session_timeout, "The most a client is granted [20 ticks]");
    add_duration(*parser, "--reap-interval", how_.reap_interval,
                 "Between searches for containers and TTL nodes to be removed; 0 for never", zero::never);
    parser->add_option("--max-frame", how_.max_frame, "Size limit of a request, as jute.maxbuffer [1048575]")
        ->type_name("BYTES");
    parser
        ->add_option("--super-digest", how_.super_digest,
                     "Who may do everything: super:BASE64, as superDigest [nobody]")
        ->type_name("DIGEST");
    parser->add_flag("--read-only", how_.read_only, "Answer reads only, and to clients that accept that");
    parser->add_flag("--enforce-quota", how_.enforce_quota, "Let hard quotas fail writes, as enforceQuota");
    parser->add_option("--load", file_, "Tree to begin with; see below")->type_name("FILE");
    parser->add_flag("-q,--quiet", quiet_, "Log warnings and errors only");
    parser->footer(std::string(explanation));
    return parser;
}

} // namespace

std::unique_ptr<command> make_serve() { return std::make_unique<serve>(); }

} // namespace zooid::cli
