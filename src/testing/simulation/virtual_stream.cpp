#include "testing/simulation/virtual_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace zooid::testing {

virtual_stream::virtual_stream(std::shared_ptr<virtual_network> network, std::shared_ptr<timeline::place> from,
                               const asio::any_io_executor& executor, const runtime::endpoint& local)
    : network_(std::move(network)), attempt_(std::make_shared<connection_attempt>()) {
    attempt_->from = std::move(from);
    attempt_->executor = executor;
    attempt_->local = local;
}

virtual_stream::virtual_stream(std::shared_ptr<virtual_link> accepted) : accepted_(std::move(accepted)) {}

virtual_stream::~virtual_stream() { close(); }

void virtual_stream::async_connect(const runtime::endpoint& to, runtime::connect_handler handler) {
    attempt_->to = to;
    attempt_->handler.emplace(std::move(handler));
    network_->connect(attempt_);
}

void virtual_stream::async_read_some(std::span<std::byte> into, runtime::transfer_handler handler) {
    link()->read(here(), into, std::move(handler));
}

void virtual_stream::async_write(std::span<const std::byte> from, runtime::transfer_handler handler) {
    link()->write(here(), from, std::move(handler));
}

std::size_t virtual_stream::try_write(std::span<const std::byte> from, error_code& ec) noexcept {
    return link()->try_write(here(), from, ec);
}

void virtual_stream::close() noexcept {
    if (attempt_) {
        network_->give_up(*attempt_);
    }
    if (link() != nullptr) {
        link()->close(here());
    }
}

runtime::endpoint virtual_stream::peer() const { return attempt_ ? attempt_->to : accepted_->address(side::client); }

virtual_listener::virtual_listener(std::shared_ptr<virtual_network> network, const asio::any_io_executor& executor,
                                   const runtime::endpoint& at, error_code& ec)
    : network_(std::move(network)), executor_(executor), local_(at), closed_(std::make_shared<bool>(false)) {
    if (!network_->add_listener(local_, *this)) {
        *closed_ = true;
        ec = asio::error::address_in_use;
    }
}

virtual_listener::~virtual_listener() { close(); }

void virtual_listener::async_accept(runtime::accept_handler handler) {
    accepting_.emplace(std::move(handler));
    hand_over();
}

void virtual_listener::take(std::shared_ptr<virtual_link> link) {
    backlog_.push_back(std::make_unique<virtual_stream>(std::move(link)));
    hand_over();
}

void virtual_listener::hand_over() {
    if (!accepting_ || backlog_.empty()) {
        return;
    }
    auto handler = std::exchange(accepting_, std::nullopt);
    asio::post(executor_,
               [h = std::move(*handler), accepted = std::move(backlog_.front()), closed = closed_]() mutable {
                   if (*closed) {
                       std::move(h)(asio::error::operation_aborted, nullptr);
                   } else {
                       std::move(h)(error_code{}, std::move(accepted));
                   }
               });
    backlog_.pop_front();
}

void virtual_listener::close() noexcept {
    if (std::exchange(*closed_, true)) {
        return;
    }
    network_->remove_listener(local_);
    if (auto handler = std::exchange(accepting_, std::nullopt)) {
        asio::post(executor_,
                   [h = std::move(*handler)]() mutable { std::move(h)(asio::error::operation_aborted, nullptr); });
    }
    backlog_.clear();
}

void virtual_listener::shut_down() {
    *closed_ = true;
    const auto accepting = std::exchange(accepting_, std::nullopt);
    const auto backlog = std::exchange(backlog_, {});
}

} // namespace zooid::testing
