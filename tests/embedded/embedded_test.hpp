#pragma once

#include "support/eventually.hpp"
#include "support/server_test.hpp"

#include <zooid/client.hpp>
#include <zooid/embedded_server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <utility>

namespace zooid::test {

using namespace std::chrono_literals;

/// A started client.
[[nodiscard]] inline client connect_to(const embedded_server& server, client_options options = {}) {
    client zk(server.address(), std::move(options));
    zk.start({.timeout = 60s});
    return zk;
}

[[nodiscard]] inline bool is_connected(const embedded_server& server, std::int64_t session) {
    const auto all = server.sessions();
    return std::any_of(all.begin(), all.end(), [=](const auto& s) { return s.id == session && s.connected; });
}

[[nodiscard]] inline bool lives(const embedded_server& server, std::int64_t session) {
    const auto all = server.sessions();
    return std::any_of(all.begin(), all.end(), [=](const auto& s) { return s.id == session; });
}

/// How an asynchronous operation ended; waits for it.
template <class T>
[[nodiscard]] error_code code_of(std::future<T>& f) {
    try {
        f.get();
    } catch (const boost::system::system_error& e) {
        return e.code();
    }
    return {};
}

template <class T>
[[nodiscard]] bool is_ready(const std::future<T>& f) {
    return f.wait_for(0s) == std::future_status::ready;
}

} // namespace zooid::test
