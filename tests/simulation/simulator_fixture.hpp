#pragma once

#include "testing/simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::testing {

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// Reads from a stream until it ends and keeps what came.
class collector {
public:
    explicit collector(runtime::stream& from) : from_(from) { read(); }

    std::string text;
    std::vector<std::size_t> pieces;
    error_code ended;

private:
    void read() {
        from_.async_read_some(buffer_, [this](error_code ec, std::size_t n) {
            if (ec) {
                ended = ec;
                return;
            }
            text.append(reinterpret_cast<const char*>(buffer_.data()), n);
            pieces.push_back(n);
            read();
        });
    }

    runtime::stream& from_;
    std::array<std::byte, 256> buffer_{};
};

/// A stream of the host "client" connected to one of the host "server".
class simulator : public ::testing::Test {
protected:
    explicit simulator(std::uint64_t seed = 42) : sim(seed) {}

    void SetUp() override {
        where = sim.listen("server", 2181,
                           [this](std::unique_ptr<runtime::stream> accepted) { server = std::move(accepted); });
    }

    [[nodiscard]] error_code try_connect() {
        error_code result;
        bool done = false;
        client = sim.environment()->make_stream(sim.executor());
        client->async_connect(where, [&](error_code ec) {
            result = ec;
            done = true;
        });
        EXPECT_FALSE(done) << "completed inside the initiating call";
        EXPECT_TRUE(sim.run_until([&] { return done; })) << sim.report();
        return result;
    }

    void connect() {
        ASSERT_FALSE(try_connect());
        ASSERT_TRUE(sim.run_until([&] { return server != nullptr; })) << sim.report();
    }

    [[nodiscard]] virtual_link& link() { return *sim.network().links().at(0); }

    void send(runtime::stream& from, std::string_view text) {
        error_code ec;
        EXPECT_EQ(from.try_write(bytes_of(text), ec), text.size());
        EXPECT_FALSE(ec);
    }

    simulation sim;
    runtime::endpoint where;
    std::unique_ptr<runtime::stream> client;
    std::unique_ptr<runtime::stream> server;
};

} // namespace zooid::testing
