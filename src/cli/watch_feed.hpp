#pragma once

#include "cli/node_changes.hpp"

#include <zooid/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <variant>

namespace zooid::cli {

/// What a feed gives: an event, or a remark about the connection for people.
struct feed_item {
    std::optional<watch_event> event;
    bool missed = false; ///< found by reading again, not told by the server
    std::string remark;  ///< when there is no event
};

/// A watch event as it arrived.
struct arrived_event {
    watch_event event;
    bool of_children = false; ///< from the one-shot watch on the list of children
};

/// The changes of a node, or of a subtree, for as long as one cares to ask: through lost connections and lost sessions,
/// with what happened meanwhile found by reading again. Such changes may be told twice around a reconnection; none but
/// those that cancel out is left untold. Used on the client's executor.
class watch_feed {
public:
    watch_feed(client zk, std::string path, watch_mode mode);
    watch_feed(const watch_feed&) = delete;
    watch_feed& operator=(const watch_feed&) = delete;
    ~watch_feed();

    /// Sets the watch and reads the present state. Servers before 3.6 get one-shot watches, which a remark tells.
    /// Throws `command_failure` (unsupported) for a recursive feed there, `boost::system::system_error` for errors.
    asio::awaitable<void> open();

    /// The next event or remark. Ends by cancellation, or with the error that makes going on pointless.
    asio::awaitable<feed_item> next();

private:
    using arrival = arrived_event;
    /// Something that arrived, and its number in the order of arrival.
    struct news {
        std::uint64_t serial = 0;
        std::variant<arrival, state_change> what;
    };
    /// Outlives the feed where callbacks still hold it.
    struct mailbox {
        explicit mailbox(const asio::any_io_executor& executor);
        void put(std::variant<arrival, state_change> what);

        asio::experimental::channel<void(error_code, news)> queue;
        std::uint64_t last_serial = 0;
    };

    [[nodiscard]] auto collector(bool of_children) const {
        return [box = box_, of_children](const watch_event& event) { box->put(arrival{event, of_children}); };
    }

    asio::awaitable<error_code> subscribe();
    asio::awaitable<error_code> subscribe_as_possible();
    asio::awaitable<error_code> subscribe_to_old_server();
    asio::awaitable<error_code> arm_node();
    asio::awaitable<error_code> arm_children();
    asio::awaitable<error_code> read_first();
    asio::awaitable<node_marks> read_marks();
    asio::awaitable<void> take_event(arrival a, std::uint64_t serial);
    asio::awaitable<void> take_one_shot(const arrival& a);
    asio::awaitable<void> take_state(state_change change);
    asio::awaitable<void> resume();
    asio::awaitable<void> compare();
    void remark(std::string text);

    client zk_;
    std::string path_;
    watch_mode mode_;
    std::shared_ptr<mailbox> box_;
    listener_id listener_{};
    std::deque<feed_item> ready_;
    node_marks marks_;
    std::uint64_t subscribed_at_ = 0; ///< what arrived up to this one came before the watch was set
    /// A state reached up to this one was reached before the marks were read. Later ones matter, those in the midst of the
    /// reading too: what was read before the connection broke may have changed before the watch was back.
    std::uint64_t reading_since_ = 0;
    std::uint64_t read_at_ = 0; ///< what arrived up to this one came before the marks were read, at least in part
    bool one_shot_ = false;
    bool node_armed_ = false;     // with one-shot watches: there is one, which must not get a second beside it
    bool children_armed_ = false; // the same
    bool subscribed_ = false;
    bool down_ = false; ///< cut off since the last comparison
};

} // namespace zooid::cli
