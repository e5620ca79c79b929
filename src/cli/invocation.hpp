#pragma once

#include "cli/global_options.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"

#include <zooid/client.hpp>

#include <string>

namespace zooid::cli {

/// What a command works with while it runs.
struct invocation {
    const global_options& options;
    client& zk;
    output& out;
    std::string subject; ///< what an error line names: usually the path in hand

    /// Prints one JSON document on one line, at once.
    void print(const json::object& document) const {
        out.line(cli::serialize(document));
        out.flush();
    }
};

} // namespace zooid::cli
