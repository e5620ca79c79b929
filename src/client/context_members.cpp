#include "client/context_members.hpp"

#include "client/client_core.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace zooid::detail {

/// Hears of the end of the context before anything that was there when the first client came.
class context_members::service final : public asio::execution_context::service {
public:
    using key_type = service;
    inline static asio::execution_context::id
        id; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): Asio's key

    explicit service(asio::execution_context& context) : asio::execution_context::service(context) {}

    // Shared with the clients, which may outlive the context.
    const std::shared_ptr<context_members> members = std::make_shared<context_members>();

private:
    void shutdown() override { members->let_go(); }
};

std::shared_ptr<context_members> context_members::of(const asio::any_io_executor& executor) {
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    return asio::use_service<service>(context).members;
}

void context_members::add(const std::shared_ptr<client_core>& member) {
    const std::lock_guard lock(mutex_);
    members_.emplace(member.get(), member);
}

void context_members::remove(const client_core* member) noexcept {
    const std::lock_guard lock(mutex_);
    members_.erase(member);
}

void context_members::let_go() noexcept {
    std::map<const client_core*, std::weak_ptr<client_core>> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(members_);
    }
    for (const auto& [_, member] : left) {
        if (const auto core = member.lock()) {
            core->context_ended();
        }
    }
}

} // namespace zooid::detail
