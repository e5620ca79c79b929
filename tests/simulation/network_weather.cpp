#include "simulation/network_weather.hpp"

#include <utility>

namespace zooid::testing {

network_weather::network_weather(simulation& sim, std::uint64_t seed, std::vector<std::string> servers,
                                 std::uint64_t kinds)
    : sim_(sim), chance_(seed), servers_(std::move(servers)), kinds_(kinds) {
    network().on_link([this](virtual_link& made) {
        if (draw(6) == 0 && !clear_) {
            made.cut_after(draw(2) == 0 ? direction::to_server : direction::to_client, draw(2000), some_cut());
        }
    });
}

void network_weather::change() {
    for (auto& one : lasting_) {
        if (one.until <= sim_.now()) {
            std::exchange(one.end, nullptr)();
        }
    }
    std::erase_if(lasting_, [](const lasting& one) { return one.end == nullptr; });
    happen(draw(kinds_));
}

void network_weather::clear_up() {
    clear_ = true;
    for (auto& one : std::exchange(lasting_, {})) {
        one.end();
    }
    network().set_quality({});
    for (const auto& link : network().links()) {
        link->set_quality({});
        link->spare();
    }
}

void network_weather::last(std::function<void()> end) {
    lasting_.push_back({sim_.now() + some_time(), std::move(end)});
}

std::string network_weather::some_server() {
    return servers_.size() == 1 ? servers_.front() : servers_[draw(servers_.size())];
}

void network_weather::happen(std::uint64_t kind) {
    switch (kind) {
    case 0:
    case 1:
        cut_a_link();
        break;
    case 2:
        part(some_client(), some_server());
        break;
    case 3:
        isolate(draw(2) == 0 ? some_client() : some_server());
        break;
    case 4:
        pause(some_server());
        break;
    case 5:
        hold_a_link();
        break;
    case 6:
        change_quality();
        break;
    case 7:
        refuse(some_server());
        break;
    default:
        trouble(kind);
        break;
    }
}

void network_weather::cut_a_link() {
    if (const auto all = network().links(); !all.empty()) {
        all[draw(all.size())]->cut(some_cut());
    }
}

void network_weather::part(const std::string& host, const std::string& other) {
    network().partition(host, other);
    last([this, host, other] { network().heal(host, other); });
}

void network_weather::isolate(const std::string& host) {
    network().isolate(host);
    last([this, host] { network().rejoin(host); });
}

void network_weather::pause(const std::string& host) {
    sim_.host(host)->pause();
    last([this, host] { sim_.host(host)->resume(); });
}

void network_weather::refuse(const std::string& server) {
    const runtime::endpoint at{sim_.host(server)->address(), 2181};
    network().set_welcome(at, draw(2) == 0 ? virtual_network::welcome::refuse : virtual_network::welcome::ignore);
    last([this, at] { network().set_welcome(at, virtual_network::welcome::accept); });
}

void network_weather::hold_a_link() {
    const auto all = network().links();
    if (!all.empty()) {
        const auto way = draw(2) == 0 ? direction::to_server : direction::to_client;
        const auto link = all[draw(all.size())];
        link->hold(way);
        last([link, way] { link->release(way); });
    }
}

void network_weather::change_quality() {
    link_quality q;
    q.max_latency = q.min_latency + std::chrono::milliseconds{draw(draw(4) == 0 ? 900 : 30)};
    q.pieces = static_cast<segmenting>(draw(3));
    network().set_quality(q);
    for (const auto& link : network().links()) {
        link->set_quality(q);
    }
}

} // namespace zooid::testing
