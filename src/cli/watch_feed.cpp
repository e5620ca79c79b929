#include "cli/watch_feed.hpp"

#include "cli/exit_code.hpp"
#include "cli/subtree.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <limits>
#include <utility>

namespace zooid::cli {
namespace {

/// Errors that the next connection or session cures.
bool is_passing(const error_code& ec) noexcept { return ec == condition::retryable || ec == condition::session_gone; }

constexpr auto as_result() { return asio::as_tuple(asio::use_awaitable); }

} // namespace

watch_feed::mailbox::mailbox(const asio::any_io_executor& executor)
    : queue(executor, std::numeric_limits<std::size_t>::max()) {}

void watch_feed::mailbox::put(std::variant<arrival, state_change> what) {
    queue.try_send(error_code(), news{++last_serial, std::move(what)});
}

watch_feed::watch_feed(client zk, std::string path, watch_mode mode)
    : zk_(std::move(zk)),
      path_(std::move(path)),
      mode_(mode),
      box_(std::make_shared<mailbox>(zk_.get_executor())),
      listener_(zk_.add_listener([box = box_](const state_change& change) { box->put(change); })) {}

watch_feed::~watch_feed() { zk_.remove_listener(listener_); }

asio::awaitable<void> watch_feed::open() {
    constexpr std::chrono::milliseconds pause{100}; // lest a server that refuses be asked without end
    for (;;) {
        error_code ec = subscribed_ ? error_code() : co_await subscribe_as_possible();
        if (!ec) {
            ec = co_await read_first();
        }
        if (!ec) {
            co_return;
        }
        if (ec == errc::session_expired) {
            subscribed_ = node_armed_ = children_armed_ = false;
        } else if (ec != condition::retryable) {
            throw boost::system::system_error(ec);
        }
        co_await zk_.async_retry_wait(pause, {}, asio::use_awaitable);
        co_await zk_.async_start({.timeout = {}}, asio::use_awaitable); // waits for the next connection
    }
}

/// Sets the watches that the server knows.
asio::awaitable<error_code> watch_feed::subscribe_as_possible() {
    const error_code ec = co_await subscribe();
    if (ec != errc::unimplemented || one_shot_) {
        co_return ec;
    }
    if (mode_ == watch_mode::recursive) {
        throw command_failure(exit_code::unsupported, "watching a subtree (-r) needs a server since 3.6");
    }
    one_shot_ = true;
    remark("the server, older than 3.6, has no lasting watches; of several quick changes some may not show");
    co_return co_await subscribe_to_old_server();
}

/// Reads what changes are to be told against.
asio::awaitable<error_code> watch_feed::read_first() {
    error_code ec;
    try {
        marks_ = co_await read_marks();
    } catch (const boost::system::system_error& problem) {
        ec = problem.code();
    }
    co_return ec;
}

asio::awaitable<feed_item> watch_feed::next() {
    while (ready_.empty()) {
        news n = co_await box_->queue.async_receive(asio::use_awaitable);
        if (auto* a = std::get_if<arrival>(&n.what)) {
            co_await take_event(std::move(*a), n.serial);
        } else if (n.serial > reading_since_) {
            co_await take_state(std::get<state_change>(n.what));
        }
    }
    feed_item item = std::move(ready_.front());
    ready_.pop_front();
    co_return item;
}

/// Sets the watches of the present session.
asio::awaitable<error_code> watch_feed::subscribe() {
    error_code ec;
    subscribed_at_ = box_->last_serial;
    if (one_shot_) {
        ec = co_await arm_node();
        if (!ec) {
            ec = co_await arm_children();
        }
    } else {
        auto request = zk_.async_add_watch(path_, mode_, collector(false), asio::as_tuple(asio::deferred));
        std::tie(ec) = co_await std::move(request);
    }
    subscribed_ = !ec;
    co_return ec;
}

/// Such a server closes the connection over a request it does not know, and the next one may be lost with it.
asio::awaitable<error_code> watch_feed::subscribe_to_old_server() {
    error_code ec;
    for (int attempt = 0; attempt < 3; ++attempt) {
        ec = co_await subscribe();
        if (ec != errc::connection_loss) {
            break;
        }
    }
    co_return ec;
}

asio::awaitable<error_code> watch_feed::arm_node() {
    if (node_armed_) {
        co_return error_code();
    }
    auto request = zk_.async_exists(path_, collector(false), asio::as_tuple(asio::deferred));
    const auto [ec, now] = co_await std::move(request);
    node_armed_ = !ec;
    co_return ec;
}

asio::awaitable<error_code> watch_feed::arm_children() {
    if (children_armed_) {
        co_return error_code();
    }
    auto request = zk_.async_get_children(path_, collector(true), asio::as_tuple(asio::deferred));
    const auto [ec, names] = co_await std::move(request);
    children_armed_ = !ec;
    co_return ec == errc::no_node ? error_code() : ec; // its creation will be told
}

asio::awaitable<node_marks> watch_feed::read_marks() {
    node_marks marks;
    reading_since_ = box_->last_serial;
    if (mode_ == watch_mode::persistent) {
        remember(marks, path_, co_await zk_.async_exists(path_, asio::use_awaitable));
        read_at_ = box_->last_serial;
        co_return marks;
    }
    std::vector<tree_node> tree;
    try {
        tree = co_await read_subtree(zk_, path_, subtree_options{});
    } catch (const boost::system::system_error& problem) {
        if (problem.code() != errc::no_node) {
            throw;
        }
    }
    for (const std::size_t i : tree.empty() ? std::vector<std::size_t>() : in_order(tree)) {
        if (!tree[i].error) {
            marks[tree[i].path] = mark_of(tree[i].stat);
        }
    }
    read_at_ = box_->last_serial;
    co_return marks;
}

asio::awaitable<void> watch_feed::take_event(arrival a, std::uint64_t serial) {
    switch (a.event.type) {
    case event_type::created:
    case event_type::deleted:
    case event_type::data_changed:
    case event_type::children_changed:
        break;
    default: // the session is over, and the watch with it
        if (serial > subscribed_at_) {
            subscribed_ = node_armed_ = children_armed_ = false;
            down_ = true;
            co_await resume();
        }
        co_return;
    }
    if (one_shot_) {
        co_await take_one_shot(a);
        if (a.of_children && a.event.type == event_type::deleted) {
            co_return; // the watch on the node tells the same
        }
    }
    const auto [ec, now] = co_await zk_.async_exists(a.event.path, as_result());
    if (!ec) {
        if (serial <= read_at_ && is_contained(a.event, marks_, now)) {
            co_return;
        }
        remember(marks_, a.event.path, now);
    }
    ready_.push_back({std::move(a.event), false, {}});
}

/// Sets the watch again that gave the event.
asio::awaitable<void> watch_feed::take_one_shot(const arrival& a) {
    (a.of_children ? children_armed_ : node_armed_) = false;
    error_code ec;
    if (!a.of_children) {
        ec = co_await arm_node();
    }
    if (!ec && (a.of_children ? a.event.type != event_type::deleted : a.event.type == event_type::created)) {
        ec = co_await arm_children();
    }
    if (ec && !is_passing(ec)) {
        throw boost::system::system_error(ec);
    }
    if (ec) {
        subscribed_ = false;
        down_ = true;
    }
}

asio::awaitable<void> watch_feed::take_state(state_change change) {
    switch (change.state) {
    case session_state::suspended:
        down_ = true;
        remark(change.cause ? "connection lost: " + change.cause.message() : std::string("connection lost"));
        break;
    case session_state::lost:
        if (zk_.detailed_state() == keeper_state::auth_failed) {
            throw boost::system::system_error(make_error_code(errc::auth_failed));
        }
        down_ = true;
        subscribed_ = node_armed_ = children_armed_ = false;
        remark("session lost");
        break;
    case session_state::connected:
        if (down_) {
            co_await resume();
        }
        break;
    }
}

/// Brings the feed up to date on a new connection. When that fails as well, the next connection tries again.
asio::awaitable<void> watch_feed::resume() {
    while (down_ && zk_.connected()) {
        error_code ec;
        if (!subscribed_) {
            ec = co_await subscribe();
        }
        if (!ec) {
            try {
                co_await compare();
                down_ = false;
            } catch (const boost::system::system_error& problem) {
                ec = problem.code();
            }
        }
        if (ec && !is_passing(ec)) {
            throw boost::system::system_error(ec);
        }
    }
}

/// Reads again, and tells what has changed without an event.
asio::awaitable<void> watch_feed::compare() {
    auto after = co_await read_marks();
    remark("connected again");
    if (!one_shot_) { // one-shot watches are caught up with by the server
        for (auto& event : changes_between(marks_, after, mode_ == watch_mode::persistent)) {
            ready_.push_back({std::move(event), true, {}});
        }
    }
    marks_ = std::move(after);
}

void watch_feed::remark(std::string text) { ready_.push_back({std::nullopt, false, std::move(text)}); }

} // namespace zooid::cli
