#pragma once

#include "testing/simulation/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace zooid::testing {

/// Makes trouble between clients (on the hosts "client" and "other") and servers, of a kind and for a time that the seed
/// decides, and takes it back. What is no trouble of the network is left to derived classes.
class network_weather {
public:
    /// `servers` are the hosts' names; they listen on port 2181. Each change is one of `kinds`, those of the network included.
    network_weather(simulation& sim, std::uint64_t seed, std::vector<std::string> servers, std::uint64_t kinds);
    network_weather(const network_weather&) = delete;
    network_weather& operator=(const network_weather&) = delete;
    virtual ~network_weather() = default;

    /// Lets something happen, and ends what has lasted long enough.
    void change();
    /// Ends everything; from now on the network is perfect.
    void clear_up();

    [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return chance_() % below; }

protected:
    /// One of the kinds that the network has nothing to do with.
    virtual void trouble(std::uint64_t kind) = 0;

    [[nodiscard]] bool is_clear() const noexcept { return clear_; }
    [[nodiscard]] std::chrono::milliseconds some_time() { return std::chrono::milliseconds{100 + draw(8000)}; }
    /// Has `end` called after a while.
    void last(std::function<void()> end);
    /// A host's processes stand still for a while.
    void pause(const std::string& host);

private:
    struct lasting {
        std::chrono::steady_clock::time_point until;
        std::function<void()> end;
    };

    [[nodiscard]] virtual_network& network() { return sim_.network(); }
    [[nodiscard]] cut_kind some_cut() { return static_cast<cut_kind>(draw(3)); }
    [[nodiscard]] std::string some_client() { return draw(3) == 0 ? "other" : "client"; }
    [[nodiscard]] std::string some_server();

    void happen(std::uint64_t kind);
    void cut_a_link();
    void part(const std::string& host, const std::string& other);
    void isolate(const std::string& host);
    void refuse(const std::string& server);
    void hold_a_link();
    void change_quality();

    simulation& sim_;
    std::mt19937_64 chance_;
    const std::vector<std::string> servers_;
    const std::uint64_t kinds_;
    bool clear_ = false;
    std::vector<lasting> lasting_;
};

} // namespace zooid::testing
