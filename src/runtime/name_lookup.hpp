#pragma once

#include "runtime/environment.hpp"

#include <boost/asio/execution_context.hpp>

namespace zooid::runtime {

/// Turns host names into addresses with the system's resolver; one instance in each execution context.
///
/// The system's resolver blocks, for half a minute where name servers are silent, and cannot be interrupted. So each
/// lookup gets a short-lived thread that nobody waits for: neither cancelling it nor shutting the context down blocks.
class name_lookup final : public asio::execution_context::service {
public:
    using key_type = name_lookup;
    inline static asio::execution_context::id
        id; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): Asio's key

    explicit name_lookup(asio::execution_context& context);
    ~name_lookup() override;

    /// As `environment::async_resolve`. Any thread.
    void start(const asio::any_io_executor& executor, std::string host, std::uint16_t port, resolve_handler handler);

private:
    class register_of_lookups;

    void shutdown() override;

    std::shared_ptr<register_of_lookups> lookups_; // shared with the threads
};

} // namespace zooid::runtime
