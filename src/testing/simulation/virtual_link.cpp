#include "testing/simulation/virtual_link.hpp"

#include "testing/simulation/virtual_network.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace zooid::testing {

namespace {

[[nodiscard]] constexpr direction towards(side s) noexcept {
    return s == side::server ? direction::to_server : direction::to_client;
}
[[nodiscard]] constexpr side other(side s) noexcept { return s == side::server ? side::client : side::server; }
[[nodiscard]] constexpr side receiver(direction d) noexcept {
    return d == direction::to_server ? side::server : side::client;
}
constexpr std::array both_ways{direction::to_server, direction::to_client};

[[nodiscard]] std::string party_name(const virtual_link::party& p) {
    return p.place->name + '(' + p.address.address.to_string() + ':' + std::to_string(p.address.port) + ')';
}

} // namespace

virtual_link::virtual_link(virtual_network& network, std::uint64_t number, party client, party server,
                           const link_quality& quality)
    : network_(network), number_(number), quality_(quality) {
    at(side::client).who = std::move(client);
    at(side::server).who = std::move(server);
    name_ = std::make_shared<const std::string>('#' + std::to_string(number_) + ' ' + party_name(at(side::client).who) +
                                                '>' + party_name(at(side::server).who));
}

bool virtual_link::alive() const noexcept {
    const bool both_closed = ends_[0].closed && ends_[1].closed;
    return !both_closed && !pipes_[0].dead && !pipes_[1].dead;
}

// ---- what tests do --------------------------------------------------------------------------------------------------

void virtual_link::cut(cut_kind how) {
    network_.note("cut", *name_);
    for (const auto way : both_ways) {
        kill(way);
        if (how != cut_kind::silence) {
            send_end(way, how == cut_kind::reset ? error_code{asio::error::connection_reset} : asio::error::eof);
        }
    }
}

void virtual_link::cut_after(direction way, std::uint64_t bytes, cut_kind how) {
    pipe_of(way).cut = cut_rule{bytes, how};
    if (pipe_of(way).passed >= bytes) {
        cut(how);
    }
}

void virtual_link::hold(direction way) {
    pipe_of(way).held = true;
    refresh();
}

void virtual_link::release(direction way) {
    pipe_of(way).held = false;
    refresh();
}

std::string virtual_link::describe() const {
    std::string text = "  " + *name_;
    for (const auto way : both_ways) {
        const auto& p = pipe_of(way);
        const auto& to = at(receiver(way));
        text += way == direction::to_server ? "; to server: " : "; to client: ";
        text += std::to_string(p.passed) + " arrived";
        if (p.load != 0) {
            text += ", " + std::to_string(p.load) + (p.dead ? " lost" : " on the way");
        }
        if (to.unread.size() != to.consumed) {
            text += ", " + std::to_string(to.unread.size() - to.consumed) + " unread";
        }
        text += p.held ? ", held" : "";
        text += to.closed ? ", closed there" : (to.reading ? ", being read" : "");
    }
    return text + '\n';
}

// ---- what the streams do --------------------------------------------------------------------------------------------

void virtual_link::read(side s, std::span<std::byte> into, runtime::transfer_handler handler) {
    if (shut_down_) {
        return;
    }
    at(s).reading.emplace(into, std::move(handler));
    satisfy_read(s);
}

void virtual_link::write(side s, std::span<const std::byte> from, runtime::transfer_handler handler) {
    if (shut_down_) {
        return;
    }
    at(s).writing.emplace(from, std::move(handler));
    continue_write(s);
}

std::size_t virtual_link::try_write(side s, std::span<const std::byte> from, error_code& ec) {
    auto& e = at(s);
    ec = e.closed ? error_code{asio::error::bad_descriptor} : e.writes_fail_with;
    if (ec || shut_down_) {
        return 0;
    }
    auto taken = std::min(from.size(), room(s));
    if (quality_.pieces == segmenting::random) {
        taken = static_cast<std::size_t>(network_.draw(0, taken));
    }
    send(s, from.first(taken));
    return taken;
}

void virtual_link::close(side s) {
    auto& e = at(s);
    if (e.closed) {
        return;
    }
    e.closed = true;
    if (auto op = std::exchange(e.reading, std::nullopt)) {
        finish(s, std::move(op->handler), asio::error::operation_aborted, 0);
    }
    if (auto op = std::exchange(e.writing, std::nullopt)) {
        finish(s, std::move(op->handler), asio::error::operation_aborted, 0);
    }
    e.unread.clear();
    e.consumed = 0;
    if (!pipe_of(towards(other(s))).dead && !shut_down_) {
        send_end(towards(other(s)), asio::error::eof);
    }
}

// ---- how bytes travel -----------------------------------------------------------------------------------------------

std::size_t virtual_link::room(side from) const noexcept {
    const auto& to = at(other(from));
    const auto used = pipe_of(towards(other(from))).load + to.unread.size() - to.consumed;
    return quality_.window > used ? quality_.window - used : 0;
}

steady_time virtual_link::draw_due(pipe& p) {
    p.last_due = std::max(p.last_due, network_.time().now() + network_.draw_latency(quality_));
    return p.last_due;
}

void virtual_link::send(side from, std::span<const std::byte> bytes) {
    const auto way = towards(other(from));
    auto& p = pipe_of(way);
    p.load += bytes.size();
    if (p.dead) {
        return;
    }
    while (!bytes.empty()) {
        std::size_t size = bytes.size();
        if (quality_.pieces == segmenting::bytes) {
            size = 1;
        } else if (quality_.pieces == segmenting::random) {
            size = static_cast<std::size_t>(network_.draw(1, size));
        }
        segment s{draw_due(p), std::string(size, '\0'), {}};
        std::memcpy(s.bytes.data(), bytes.data(), size);
        p.on_the_way.push_back(std::move(s));
        bytes = bytes.subspan(size);
    }
    schedule(way);
}

void virtual_link::send_end(direction way, error_code how) {
    auto& p = pipe_of(way);
    p.on_the_way.push_back(segment{draw_due(p), {}, how});
    p.dead = true;
    schedule(way);
}

void virtual_link::kill(direction way) {
    auto& p = pipe_of(way);
    p.on_the_way.clear();
    p.dead = true;
    network_.time().cancel(p.arrival);
}

void virtual_link::schedule(direction way) {
    auto& p = pipe_of(way);
    if (p.on_the_way.empty() || timeline::pending(p.arrival) || p.held || shut_down_ ||
        network_.parted(place(side::client).name, place(side::server).name)) {
        return;
    }
    p.arrival = network_.time().add(p.on_the_way.front().due, at(receiver(way)).who.place,
                                    p.on_the_way.front().end ? "end of stream" : "bytes", name_,
                                    [self = shared_from_this(), way] { self->arrive(way); });
}

void virtual_link::refresh() {
    const bool parted = network_.parted(place(side::client).name, place(side::server).name);
    for (const auto way : both_ways) {
        if (parted || pipe_of(way).held) {
            network_.time().cancel(pipe_of(way).arrival);
        }
        schedule(way);
    }
}

void virtual_link::arrive(direction way) {
    auto& p = pipe_of(way);
    const segment first = std::move(p.on_the_way.front());
    p.on_the_way.pop_front();
    if (first.end) {
        network_.note(first.end == asio::error::eof ? "eof" : "reset", *name_);
        arrive_end(receiver(way), first.end);
    } else {
        arrive_bytes(way, first.bytes);
    }
    schedule(way);
}

void virtual_link::arrive_bytes(direction way, const std::string& bytes) {
    auto& p = pipe_of(way);
    auto& to = at(receiver(way));
    const bool cut_here = p.cut && p.passed + bytes.size() >= p.cut->after;
    const auto arrived = cut_here ? static_cast<std::size_t>(p.cut->after - p.passed) : bytes.size();
    p.passed += arrived;
    p.load -= bytes.size();
    network_.note(way == direction::to_server ? "to server" : "to client", *name_, arrived);
    if (recording_) {
        p.recorded.append(bytes, 0, arrived);
    }
    if (!to.closed) {
        to.unread.append(bytes, 0, arrived);
        satisfy_read(receiver(way));
    } else if (const auto back = towards(other(receiver(way))); !cut_here) {
        // Nobody is there to read: the sender is told so, as TCP would.
        kill(way);
        kill(back);
        send_end(back, asio::error::connection_reset);
    }
    if (cut_here) {
        cut(p.cut->how);
    }
}

void virtual_link::arrive_end(side at_side, error_code how) {
    auto& e = at(at_side);
    e.reads_end_with = how;
    if (how != asio::error::eof) {
        e.writes_fail_with = asio::error::broken_pipe;
        if (auto op = std::exchange(e.writing, std::nullopt)) {
            finish(at_side, std::move(op->handler), how, op->total - op->rest.size());
        }
    }
    satisfy_read(at_side);
}

void virtual_link::satisfy_read(side s) {
    auto& e = at(s);
    if (!e.reading) {
        return;
    }
    const auto available = e.unread.size() - e.consumed;
    if (available == 0) {
        if (e.reads_end_with) {
            auto op = std::exchange(e.reading, std::nullopt);
            finish(s, std::move(op->handler), e.reads_end_with, 0);
        }
        return;
    }
    auto op = std::exchange(e.reading, std::nullopt);
    const auto size = std::min(available, op->into.size());
    std::memcpy(op->into.data(), e.unread.data() + e.consumed, size);
    e.consumed += size;
    if (e.consumed == e.unread.size()) {
        e.unread.clear();
        e.consumed = 0;
    }
    finish(s, std::move(op->handler), {}, size);
    continue_write(other(s)); // there may be room again
}

void virtual_link::continue_write(side s) {
    auto& e = at(s);
    if (!e.writing) {
        return;
    }
    if (!e.writes_fail_with) {
        const auto now = std::min(e.writing->rest.size(), room(s));
        send(s, e.writing->rest.first(now));
        e.writing->rest = e.writing->rest.subspan(now);
        if (!e.writing->rest.empty()) {
            return;
        }
    }
    auto op = std::exchange(e.writing, std::nullopt);
    finish(s, std::move(op->handler), e.writes_fail_with, op->total - op->rest.size());
}

void virtual_link::finish(side s, runtime::transfer_handler handler, error_code ec, std::size_t size) {
    if (shut_down_) {
        return;
    }
    asio::post(at(s).who.executor, [self = shared_from_this(), s, h = std::move(handler), ec, size]() mutable {
        if (self->at(s).closed) {
            std::move(h)(asio::error::operation_aborted, 0);
        } else {
            std::move(h)(ec, size);
        }
    });
}

void virtual_link::shut_down() {
    shut_down_ = true;
    for (auto& e : ends_) {
        const auto reading = std::exchange(e.reading, std::nullopt);
        const auto writing = std::exchange(e.writing, std::nullopt);
    }
}

} // namespace zooid::testing
