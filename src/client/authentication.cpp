#include "client/operations.hpp"

namespace zooid::detail {

launched<nothing> start_authentication(const call_site& site, std::string_view scheme, std::string_view credentials,
                                       steady_time deadline) {
    if (scheme.empty()) {
        return site.core->refuse<nothing>(opcode::auth, errc::bad_arguments);
    }
    auto* op = new operation<nothing>(nullptr);
    op->opcode_ = opcode::auth;
    launched<nothing> pending(site.core->shared_from_this(), op);
    site.core->add_auth(*op, std::string{scheme}, std::string{credentials}, deadline);
    return pending;
}

} // namespace zooid::detail
