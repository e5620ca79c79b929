#include "client/four_letter.hpp"

#include "client/errand.hpp"
#include "runtime/environment.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace zooid::detail {
namespace {

/// Waits for something of the runtime: `begin(done)` starts it, `done(ec, result)` ends the wait, if the errand's end or
/// its time has not done so before. What comes later is dropped, so `begin` must let the handler own what it uses.
template <class Result, class Begin>
asio::awaitable<std::tuple<error_code, Result>> wait_for(errand& work, Begin begin) {
    auto* wait = new operation<Result>(nullptr);
    client_core* const core = &work.core();
    wait->ticket_ = core->open_ticket(work.deadline(), [core, wait](error_code why) { core->finish(*wait, why); });
    launched<Result> pending(core->shared_from_this(), wait);
    begin([core = core->shared_from_this(), wait, ticket = wait->ticket_](error_code ec, Result result) {
        if (core->close_ticket(ticket)) {
            wait->result_ = std::move(result);
            core->finish(*wait, ec);
        }
    });
    co_return co_await work.finish(std::move(pending));
}

/// A connection for one question; closes with its last owner's interest.
struct exchange {
    explicit exchange(std::unique_ptr<runtime::stream> s) : stream(std::move(s)) {}
    std::unique_ptr<runtime::stream> stream;
    std::string question;
    std::array<std::byte, 8192> chunk{};
};

asio::awaitable<error_code> ask_at(errand& work, const runtime::endpoint& to, std::string_view word,
                                   std::string& answer) {
    const auto talk = std::make_shared<exchange>(work.core().environment().make_stream(work.core().io()));
    talk->question = word;
    auto connecting = [talk, to](auto done) {
        talk->stream->async_connect(to, [talk, done](error_code ec) mutable { done(ec, 0); });
    };
    error_code ec = std::get<0>(co_await wait_for<std::size_t>(work, connecting));
    if (!ec) {
        auto writing = [talk](auto done) {
            talk->stream->async_write(std::as_bytes(std::span(talk->question)),
                                      [talk, done](error_code e, std::size_t n) mutable { done(e, n); });
        };
        ec = std::get<0>(co_await wait_for<std::size_t>(work, writing));
    }
    while (!ec) {
        auto reading = [talk](auto done) {
            talk->stream->async_read_some(talk->chunk,
                                          [talk, done](error_code e, std::size_t n) mutable { done(e, n); });
        };
        std::size_t n = 0;
        std::tie(ec, n) = co_await wait_for<std::size_t>(work, reading);
        answer.append(reinterpret_cast<const char*>(talk->chunk.data()), n);
        if (answer.size() > work.core().options().max_reply_size) {
            ec = errc::reply_too_large;
        }
    }
    talk->stream->close();
    co_return ec == asio::error::eof ? error_code{} : ec;
}

asio::awaitable<error_code> ask(errand& work, const session::host& server, const std::string& word,
                                std::string& answer) {
    client_core& core = work.core();
    const auto lookup = std::make_shared<asio::cancellation_signal>();
    auto resolving = [&core, &server, lookup](auto done) {
        auto answered = [done, lookup](error_code ec, std::vector<runtime::endpoint> found) mutable {
            done(ec, std::move(found));
        };
        core.environment().async_resolve(core.io(), server.name, server.port,
                                         asio::bind_cancellation_slot(lookup->slot(), std::move(answered)));
    };
    auto [ec, addresses] = co_await wait_for<std::vector<runtime::endpoint>>(work, resolving);
    lookup->emit(asio::cancellation_type::terminal); // if it has not ended, it is not to keep the client
    if (work.aborted()) {
        co_return work.aborted();
    }
    if (ec || addresses.empty()) {
        co_return ec == errc::operation_timeout ? ec : error_code(errc::name_not_resolved);
    }
    for (const runtime::endpoint& to : addresses) {
        answer.clear();
        ec = co_await ask_at(work, to, word, answer);
        if (!ec || work.aborted() || ec == errc::operation_timeout) {
            break;
        }
    }
    co_return ec;
}

/// The server asked for, the connected one, or the one named first.
std::optional<session::host> choose_host(client_core& core, std::string_view wanted) {
    if (!wanted.empty()) {
        std::string problem;
        const auto parsed = session::parse_connect_string(wanted, problem);
        return parsed && parsed->hosts.size() == 1 && parsed->chroot.empty() ? std::optional(parsed->hosts.front())
                                                                             : std::nullopt;
    }
    return core.inspect([](session::session& s) -> std::optional<session::host> {
        const bool connected = s.state() == session_state::connected && s.current_host() < s.hosts().size();
        return connected ? s.hosts()[s.current_host()] : s.hosts().named_first();
    });
}

bool is_word(std::string_view word) noexcept {
    return word.size() == 4 && std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

std::string version_in(std::string_view answer) {
    for (const std::string_view label : {"ersion: ", "zookeeper.version="}) {
        const std::size_t at = answer.find(label);
        if (at != std::string_view::npos) {
            answer.remove_prefix(at + label.size());
            return std::string{answer.substr(0, answer.find_first_not_of("0123456789."))};
        }
    }
    return {};
}

launched<std::string> start_command(const call_site& site, std::string_view word, const command_options& options) {
    auto server = choose_host(*site.core, options.host);
    if (!server || !is_word(word)) {
        return site.core->refuse<std::string>(opcode::error, server ? errc::bad_arguments : errc::invalid_hosts);
    }
    return run_errand<std::string>(site, opcode::error, options.timeout,
                                   [server = std::move(*server), word = std::string{word}](
                                       errand& work, std::string& answer) { return ask(work, server, word, answer); });
}

namespace {

asio::awaitable<error_code> find_version(errand& work, const session::host& server, std::string& version) {
    for (const char* word : {"srvr", "envi"}) {
        std::string answer;
        const std::string question = word;
        const error_code ec = co_await ask(work, server, question, answer);
        if (ec) {
            co_return ec;
        }
        version = version_in(answer);
        if (!version.empty()) {
            co_return error_code{};
        }
    }
    co_return error_code(errc::protocol_error);
}

} // namespace

launched<std::string> start_server_version(const call_site& site, const command_options& options) {
    auto server = choose_host(*site.core, options.host);
    if (!server) {
        return site.core->refuse<std::string>(opcode::error, errc::bad_arguments);
    }
    return run_errand<std::string>(site, opcode::error, options.timeout,
                                   [server = std::move(*server)](errand& work, std::string& version) {
                                       return find_version(work, server, version);
                                   });
}

} // namespace zooid::detail
