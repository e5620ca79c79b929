#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace zooid::detail {

namespace asio = boost::asio;

class client_core;

/// The clients that run on one of the caller's execution contexts.
///
/// When a context is destroyed, nothing more of theirs will run, and what waits for them is let go: a coroutine may own
/// the very client it waits for, and the two would keep each other for ever. Any thread.
class context_members {
public:
    /// Those of the context that `executor` belongs to.
    [[nodiscard]] static std::shared_ptr<context_members> of(const asio::any_io_executor& executor);

    void add(const std::shared_ptr<client_core>& member);
    void remove(const client_core* member) noexcept;

private:
    class service;

    void let_go() noexcept;

    std::mutex mutex_;
    std::map<const client_core*, std::weak_ptr<client_core>> members_;
};

} // namespace zooid::detail
