#pragma once

#include "client/client_core.hpp"
#include "wire/buffer.hpp"
#include "wire/multi.hpp"

#include <zooid/transaction.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid::detail {

/// A multi that is being put together.
template <class Results>
struct multi_state {
    multi_state(std::shared_ptr<client_core> c, std::string root) : core(std::move(c)), chroot(std::move(root)) {}

    void add(opcode op, std::string_view path) {
        parts.emplace_back();
        parts.back().operation = op;
        paths.emplace_back(path);
    }

    const std::shared_ptr<client_core> core;
    const std::string chroot;
    wire::buffer body;
    wire::multi_encoder encoder{body};
    Results parts;                  // named, to be filled by the reply
    std::vector<std::string> paths; // as the caller gave them
    bool committed = false;
};

} // namespace zooid::detail

namespace zooid {

struct transaction::state : detail::multi_state<std::vector<transaction_result>> {
    using multi_state::multi_state;
};

struct multi_read::state : detail::multi_state<std::vector<read_result>> {
    using multi_state::multi_state;
};

} // namespace zooid
