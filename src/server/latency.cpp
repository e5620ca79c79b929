#include "server/latency.hpp"

namespace zooid::server {

std::string latency_figures::average() const {
    constexpr std::int64_t unit = 10'000;
    const std::int64_t scaled = count == 0 ? 0 : (total * unit + count / 2) / count;
    std::string decimals = std::to_string(unit + scaled % unit).substr(1);
    while (decimals.size() > 1 && decimals.back() == '0') {
        decimals.pop_back();
    }
    return std::to_string(scaled / unit) + '.' + decimals;
}

} // namespace zooid::server
