#pragma once

#include "runtime/environment.hpp"
#include "testing/simulation/timeline.hpp"
#include "testing/simulation/virtual_link.hpp"

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::testing {

class virtual_listener;

/// A connection being made. Shared by the stream, the network and events under way.
struct connection_attempt {
    std::shared_ptr<timeline::place> from;
    asio::any_io_executor executor;
    runtime::endpoint local;
    runtime::endpoint to;
    std::optional<runtime::connect_handler> handler;
    timeline::handle step;
    std::shared_ptr<virtual_link> link; // once the other side has accepted
    bool closed = false;
};

/// The virtual world between the hosts: who listens where, names, links, partitions, and how well all that works.
/// Deterministic for a given seed and given calls. One thread only.
class virtual_network : public std::enable_shared_from_this<virtual_network> {
public:
    explicit virtual_network(std::uint64_t seed);
    virtual_network(const virtual_network&) = delete;
    virtual_network& operator=(const virtual_network&) = delete;
    ~virtual_network() = default;

    // ---- what tests do

    /// How new links behave.
    void set_quality(const link_quality& quality) { quality_ = quality; }
    /// Called with each link when it has been made, before any byte.
    void on_link(std::function<void(virtual_link&)> hook) { on_link_ = std::move(hook); }
    /// The links that are alive, oldest first.
    [[nodiscard]] std::vector<std::shared_ptr<virtual_link>> links() const;
    /// Links made so far, dead ones included.
    [[nodiscard]] std::uint64_t links_made() const noexcept { return links_made_; }

    /// Cuts two hosts off from each other: what is on the way, or sent later, arrives after `heal`. Connection attempts
    /// wait.
    void partition(const std::string& host, const std::string& other);
    void heal(const std::string& host, const std::string& other);
    /// The same between a host and all others.
    void isolate(const std::string& host);
    void rejoin(const std::string& host);
    /// Ends all partitions.
    void heal_all();

    /// What connecting to an endpoint leads to.
    enum class welcome : std::uint8_t {
        accept, ///< a connection if somebody listens there, else `connection_refused`
        refuse, ///< `connection_refused`, even if somebody listens
        ignore, ///< no answer; attempts made meanwhile are answered when this ends
    };
    void set_welcome(const runtime::endpoint& to, welcome how);

    /// Makes `name` resolve to these addresses (the name of each host resolves to its own without this).
    void set_name(const std::string& name, std::vector<asio::ip::address> addresses);
    /// Makes lookups of `name` fail.
    void fail_name(const std::string& name, error_code ec);
    /// Makes lookups of `name` wait, until something else is set for it.
    void silence_name(const std::string& name);

    /// Keeps a line for each thing that happens.
    void trace(bool on) noexcept { tracing_ = on; }
    [[nodiscard]] const std::vector<std::string>& traced() const noexcept { return trace_; }
    /// What is scheduled, open or waiting, for a test that did not end.
    [[nodiscard]] std::string report() const;

    // ---- what hosts, streams and links do

    [[nodiscard]] timeline& time() noexcept { return time_; }
    [[nodiscard]] const timeline& time() const noexcept { return time_; }
    /// A number between the two, both included.
    [[nodiscard]] std::uint64_t draw(std::uint64_t low, std::uint64_t high);
    [[nodiscard]] timeline::duration draw_latency(const link_quality& quality);
    [[nodiscard]] timeline::duration draw_latency() { return draw_latency(quality_); }
    /// Whether a partition lies between two hosts.
    [[nodiscard]] bool parted(const std::string& host, const std::string& other) const;
    void note(std::string_view what, std::string_view subject, std::optional<std::uint64_t> number = {});

    /// Makes a host known: its name resolves to the address, and links find its place by that.
    void add_host(const asio::ip::address& address, std::shared_ptr<timeline::place> place);
    void connect(const std::shared_ptr<connection_attempt>& attempt);
    void give_up(connection_attempt& attempt);
    /// False if somebody listens there already.
    [[nodiscard]] bool add_listener(const runtime::endpoint& at, virtual_listener& who);
    void remove_listener(const runtime::endpoint& at);
    /// Ends everything a crashed host had: its listeners at once, its links by reset.
    void crash(const timeline::place& host);

    struct lookup {
        std::shared_ptr<timeline::place> from;
        asio::any_io_executor executor;
        std::string name;
        std::uint16_t port;
        runtime::resolve_handler handler;
    };
    void resolve(lookup wanted);

    /// Drops everything that waits and makes the network inert.
    void shut_down();

private:
    struct name_entry {
        std::vector<asio::ip::address> addresses;
        error_code failure;
        bool silent = false;
    };
    struct known_host {
        asio::ip::address address;
        std::shared_ptr<timeline::place> place;
    };

    [[nodiscard]] std::vector<std::shared_ptr<virtual_link>> all_links() const;
    [[nodiscard]] const known_host* host_at(const asio::ip::address& address) const;
    void knock(const std::shared_ptr<connection_attempt>& attempt);
    void accept(const std::shared_ptr<connection_attempt>& attempt, const runtime::endpoint& to,
                const std::shared_ptr<timeline::place>& there);
    void hand_over(const std::shared_ptr<virtual_link>& link);
    void answer(const std::shared_ptr<connection_attempt>& attempt, error_code ec, steady_time at);
    void knock_again();
    void partitions_changed();
    void answer_lookup(std::uint64_t number);
    void finish_lookup(std::uint64_t number, error_code ec, std::vector<runtime::endpoint> found);
    void set_name_entry(const std::string& name, name_entry entry);
    void schedule_lookup(std::uint64_t number);

    timeline time_;
    std::mt19937_64 chance_;
    link_quality quality_;
    std::function<void(virtual_link&)> on_link_;
    std::vector<known_host> hosts_;
    std::list<std::weak_ptr<virtual_link>> links_;
    std::uint64_t links_made_ = 0;
    std::map<std::string, virtual_listener*> listeners_; // by endpoint
    std::map<std::string, welcome> welcomes_;            // by endpoint; what is not listed accepts
    std::list<std::shared_ptr<connection_attempt>> unanswered_;
    std::set<std::pair<std::string, std::string>> partitions_; // the smaller name first; "*" for all others
    std::map<std::string, name_entry> names_;
    std::map<std::uint64_t, lookup> lookups_;
    std::uint64_t last_lookup_ = 0;
    bool tracing_ = false;
    std::vector<std::string> trace_;
    bool shut_down_ = false;
};

/// `address:port`, with brackets around IPv6 addresses.
[[nodiscard]] std::string endpoint_text(const runtime::endpoint& e);

} // namespace zooid::testing
