#pragma once

#include "runtime/environment.hpp"
#include "testing/simulation/timeline.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace zooid::testing {

namespace asio = boost::asio;
using boost::system::error_code;

class virtual_network;

/// In how many pieces bytes arrive.
enum class segmenting : std::uint8_t {
    whole,  ///< as they were written
    random, ///< in pieces of random size; `try_write` takes a random part as well
    bytes,  ///< one by one
};

/// How a connection behaves. Latencies are drawn anew for every piece; pieces of one direction never overtake each
/// other.
struct link_quality {
    timeline::duration min_latency = std::chrono::microseconds{100};
    timeline::duration max_latency = std::chrono::milliseconds{1};
    segmenting pieces = segmenting::whole;
    std::size_t window = 256U << 10U; ///< bytes a direction holds (on the way or unread) before writes wait
};

enum class direction : std::uint8_t { to_server, to_client };
enum class side : std::uint8_t { client, server };

/// What becomes of a cut connection. Bytes on the way are lost in every case, later ones too.
enum class cut_kind : std::uint8_t {
    reset,   ///< each end learns by `connection_reset`, after a latency of its own and after what it has received
    eof,     ///< the same, as an orderly end of stream
    silence, ///< neither end learns anything
};

/// One connection of the virtual network. Tests use it to look on and to interfere.
class virtual_link : public std::enable_shared_from_this<virtual_link> {
public:
    /// One end, as the network makes it.
    struct party {
        std::shared_ptr<timeline::place> place;
        runtime::endpoint address;
        asio::any_io_executor executor;
    };

    virtual_link(virtual_network& network, std::uint64_t number, party client, party server,
                 const link_quality& quality);
    virtual_link(const virtual_link&) = delete;
    virtual_link& operator=(const virtual_link&) = delete;
    ~virtual_link() = default;

    /// Counts the connections of a simulation from 1.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    /// `#number client-host(address:port)>server-host(address:port)`.
    [[nodiscard]] const std::string& name() const noexcept { return *name_; }
    [[nodiscard]] const runtime::endpoint& address(side s) const noexcept { return at(s).who.address; }
    [[nodiscard]] const timeline::place& place(side s) const noexcept { return *at(s).who.place; }
    /// Whether this end was closed by its program.
    [[nodiscard]] bool closed(side s) const noexcept { return at(s).closed; }
    /// False after a cut or once both ends were closed.
    [[nodiscard]] bool alive() const noexcept;

    void set_quality(const link_quality& quality) { quality_ = quality; }
    /// Cuts now.
    void cut(cut_kind how);
    /// Cuts when exactly `bytes` have arrived in `way` since the beginning; at once if they already have.
    void cut_after(direction way, std::uint64_t bytes, cut_kind how);
    /// Takes back what `cut_after` has announced.
    void spare() noexcept {
        for (pipe& each : pipes_) {
            each.cut.reset();
        }
    }
    /// Lets nothing arrive in `way` until `release`; nothing is lost.
    void hold(direction way);
    void release(direction way);
    /// Bytes that have arrived so far.
    [[nodiscard]] std::uint64_t passed(direction way) const noexcept { return pipe_of(way).passed; }

    /// Keeps what arrives from now on, for `recorded()`.
    void record() noexcept { recording_ = true; }
    [[nodiscard]] const std::string& recorded(direction way) const noexcept { return pipe_of(way).recorded; }

    /// A line for reports.
    [[nodiscard]] std::string describe() const;

    // What the streams at the ends call; `runtime::stream` has the contracts.
    void read(side s, std::span<std::byte> into, runtime::transfer_handler handler);
    void write(side s, std::span<const std::byte> from, runtime::transfer_handler handler);
    std::size_t try_write(side s, std::span<const std::byte> from, error_code& ec);
    void close(side s);

    // What the network calls.
    /// Nothing arrives in `way` before `at`.
    void not_before(direction way, steady_time at) noexcept { pipe_of(way).last_due = at; }
    /// Reconsiders what may arrive, after a partition came or went.
    void refresh();
    /// Drops all operations.
    void shut_down();

private:
    struct read_operation {
        read_operation(std::span<std::byte> to, runtime::transfer_handler h) : into(to), handler(std::move(h)) {}
        std::span<std::byte> into;
        runtime::transfer_handler handler;
    };
    struct write_operation {
        write_operation(std::span<const std::byte> all, runtime::transfer_handler h)
            : rest(all), total(all.size()), handler(std::move(h)) {}
        std::span<const std::byte> rest;
        std::size_t total;
        runtime::transfer_handler handler;
    };
    struct segment {
        steady_time due;
        std::string bytes;
        error_code end; // set: the stream ends here
    };
    struct end {
        party who;
        std::string unread;
        std::size_t consumed = 0; // of `unread`
        std::optional<read_operation> reading;
        std::optional<write_operation> writing;
        error_code reads_end_with;
        error_code writes_fail_with;
        bool closed = false;
    };
    struct cut_rule {
        std::uint64_t after;
        cut_kind how;
    };
    struct pipe {
        std::deque<segment> on_the_way;
        std::size_t load = 0; // bytes on the way or lost; with the unread ones, what fills the window
        steady_time last_due{};
        timeline::handle arrival; // of the first segment
        bool held = false;
        bool dead = false; // what is written from now on is lost
        std::uint64_t passed = 0;
        std::optional<cut_rule> cut;
        std::string recorded;
    };

    [[nodiscard]] end& at(side s) noexcept { return ends_[static_cast<std::size_t>(s)]; }
    [[nodiscard]] const end& at(side s) const noexcept { return ends_[static_cast<std::size_t>(s)]; }
    [[nodiscard]] pipe& pipe_of(direction d) noexcept { return pipes_[static_cast<std::size_t>(d)]; }
    [[nodiscard]] const pipe& pipe_of(direction d) const noexcept { return pipes_[static_cast<std::size_t>(d)]; }

    [[nodiscard]] std::size_t room(side from) const noexcept;
    void send(side from, std::span<const std::byte> bytes);
    void send_end(direction way, error_code how);
    void kill(direction way);
    void schedule(direction way);
    void arrive(direction way);
    void arrive_bytes(direction way, const std::string& bytes);
    void arrive_end(side at_side, error_code how);
    void satisfy_read(side s);
    void continue_write(side s);
    void finish(side s, runtime::transfer_handler handler, error_code ec, std::size_t size);
    [[nodiscard]] steady_time draw_due(pipe& p);

    virtual_network& network_; // a link that outlives it was shut down and is not used any more
    std::uint64_t number_;
    link_quality quality_;
    std::array<end, 2> ends_;
    std::array<pipe, 2> pipes_;
    std::shared_ptr<const std::string> name_;
    bool recording_ = false;
    bool shut_down_ = false;
};

} // namespace zooid::testing
