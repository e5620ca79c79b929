#include "client/blocking.hpp"

#include "client/client_core.hpp"

#include <zooid/path.hpp>

#include <optional>
#include <string>

namespace zooid::detail {

const std::shared_ptr<parking_spot>& parking_spot::of_this_thread() {
    thread_local const auto spot = std::make_shared<parking_spot>();
    return spot;
}

void require_may_block(const client_core& core, std::string_view operation, std::string_view path) {
    if (core.would_deadlock()) {
        throw_error(errc::would_deadlock, operation, path);
    }
}

blocked_thread this_thread_for(const operation_base& op, client_core* core) {
    return core == nullptr ? blocked_thread(false, nullptr)
                           : blocked_thread(core->holds_up_deliveries(), core->relieved_by(op));
}

void wait_for(blocked_thread& here, client_core* core) {
    if (!here.is_done()) {
        core->wait_for(here);
    }
}

void throw_outcome(const error_code& ec, effect possible, std::string_view name, std::string_view path) {
    std::string reason;
    if (ec == errc::invalid_path) {
        // What a sequential create may start with is no path yet, so it may be faulted here for its end alone.
        reason = sequential_path_problem(path).value_or(path_problem(path).value_or(std::string{}));
    }
    throw_error(ec, name, path, reason, possible);
}

} // namespace zooid::detail
