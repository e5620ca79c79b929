#include "integration/every_operation.hpp"

#include "integration/outcome.hpp"

#include <type_traits>
#include <utility>

namespace zooid::test {
namespace {

template <class Call>
std::string outcome_of(Call&& call) {
    try {
        if constexpr (std::is_void_v<decltype(call())>) {
            call();
            return outcome({});
        } else {
            return outcome({}, call());
        }
    } catch (const error& e) {
        return outcome(e.code());
    }
}

} // namespace

std::vector<std::string> blocking_outcomes(client& zk, server_age age) {
    using namespace std::chrono_literals;
    std::vector<std::string> outcomes;
    const auto watcher = [](const watch_event&) {};
#define ZOOID_CALL(object, operation, ...)                             \
    outcomes.push_back(#object "." #operation "(" #__VA_ARGS__ "): " + \
                       outcome_of([&] { return (object).operation(__VA_ARGS__); }));
    ZOOID_OPERATIONS_OF_EVERY_SERVER(ZOOID_CALL)
    if (age == server_age::since_3_7) {
        ZOOID_OPERATIONS_OF_NEWER_SERVERS(ZOOID_CALL)
    }
    ZOOID_ENDING_OPERATIONS(ZOOID_CALL)
#undef ZOOID_CALL
    return outcomes;
}

} // namespace zooid::test
