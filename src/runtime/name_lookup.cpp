#include "runtime/name_lookup.hpp"

#include "runtime/last_error.hpp"
#include "runtime/thread.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace zooid::runtime {

namespace {

[[nodiscard]] error_code to_error(int result) {
    switch (result) {
    case 0:
        return {};
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
    case EAI_ADDRFAMILY:
        return asio::error::host_not_found;
    case EAI_AGAIN:
        return asio::error::host_not_found_try_again;
    case EAI_MEMORY:
        return asio::error::no_memory;
    case EAI_SYSTEM:
        return last_error();
    default:
        return asio::error::no_recovery;
    }
}

[[nodiscard]] asio::ip::address to_address(const sockaddr& found) {
    if (found.sa_family == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(found);
        return asio::ip::address_v4{ntohl(in.sin_addr.s_addr)};
    }
    const auto& in = reinterpret_cast<const sockaddr_in6&>(found);
    asio::ip::address_v6::bytes_type bytes{};
    std::copy_n(std::begin(in.sin6_addr.s6_addr), bytes.size(), bytes.begin());
    return asio::ip::address_v6{bytes, in.sin6_scope_id};
}

/// Asks the system; blocks.
[[nodiscard]] std::vector<endpoint> addresses_of(const std::string& host, std::uint16_t port, error_code& ec) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG;
    addrinfo* first = nullptr;
    ec = to_error(::getaddrinfo(host.c_str(), nullptr, &wanted, &first));
    if (ec) {
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list{first, &::freeaddrinfo};
    std::vector<endpoint> result;
    for (const addrinfo* at = first; at != nullptr; at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6) {
            continue;
        }
        const endpoint found{to_address(*at->ai_addr), port};
        if (std::find(result.begin(), result.end(), found) == result.end()) {
            result.push_back(found);
        }
    }
    if (result.empty()) {
        ec = asio::error::host_not_found;
    }
    return result;
}

/// A handler that waits for its answer and keeps its context running.
struct pending {
    asio::executor_work_guard<asio::any_io_executor> executor;
    resolve_handler handler;

    void complete(error_code ec, std::vector<endpoint> found) && {
        asio::post(executor.get_executor(), [h = std::move(handler), ec, found = std::move(found)]() mutable {
            asio::get_associated_cancellation_slot(h).clear();
            std::move(h)(ec, std::move(found));
        });
    }
};

} // namespace

/// The handlers that wait. An answer finds its handler by number; it is dropped if that is cancelled or shut down.
class name_lookup::register_of_lookups {
public:
    [[nodiscard]] std::uint64_t add(pending p) {
        const std::lock_guard lock{mutex_};
        waiting_.emplace(++last_, std::move(p));
        return last_;
    }

    void complete(std::uint64_t number, error_code ec, std::vector<endpoint> found) {
        // Posted under the lock: the context cannot be destroyed meanwhile, because it shuts its services down first.
        const std::lock_guard lock{mutex_};
        if (auto entry = waiting_.extract(number)) {
            std::move(entry.mapped()).complete(ec, std::move(found));
        }
    }

    void forget_all() {
        std::map<std::uint64_t, pending> dropped;
        const std::lock_guard lock{mutex_};
        dropped.swap(waiting_);
    }

private:
    std::mutex mutex_;
    std::map<std::uint64_t, pending> waiting_;
    std::uint64_t last_ = 0;
};

name_lookup::name_lookup(asio::execution_context& context)
    : service(context), lookups_(std::make_shared<register_of_lookups>()) {}

name_lookup::~name_lookup() = default;

void name_lookup::shutdown() { lookups_->forget_all(); }

void name_lookup::start(const asio::any_io_executor& executor, std::string host, std::uint16_t port,
                        resolve_handler handler) {
    error_code no_literal;
    const auto literal = asio::ip::make_address(host, no_literal);
    if (!no_literal) {
        pending{asio::make_work_guard(executor), std::move(handler)}.complete({}, {endpoint{literal, port}});
        return;
    }
    const auto slot = asio::get_associated_cancellation_slot(handler);
    const auto number = lookups_->add({asio::make_work_guard(executor), std::move(handler)});
    if (slot.is_connected()) {
        asio::cancellation_slot{slot}.assign(
            [lookups = std::weak_ptr{lookups_}, number](asio::cancellation_type /*any*/) {
                if (const auto alive = lookups.lock()) {
                    alive->complete(number, asio::error::operation_aborted, {});
                }
            });
    }
    try {
        start_thread("zooid-resolve", [lookups = lookups_, number, host = std::move(host), port] {
            error_code ec;
            auto found = addresses_of(host, port, ec);
            lookups->complete(number, ec, std::move(found));
        }).detach();
    } catch (const std::system_error& e) {
        lookups_->complete(number, {e.code().value(), boost::system::system_category()}, {});
    }
}

} // namespace zooid::runtime
