// Any bytes as a path: all ways of asking agree, and the parts of a valid path are valid.

#include "fuzz_target.hpp"

#include <zooid/path.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {

bool examine(std::string_view input) {
    const bool valid = !validate_path(input);
    const bool valid_start = !validate_sequential_path(input);
    require(valid == !path_problem(input), "verdict and reason agree");
    require(valid_start == !sequential_path_problem(input), "verdict and reason agree for sequential paths");
    require(valid_start == !validate_path(std::string{input} + '1'), "a number may follow");
    require(!valid || valid_start, "a valid path may be continued");
    if (!valid) {
        static_cast<void>(parent_path(input));
        static_cast<void>(base_name(input));
        static_cast<void>(join_path(input, input));
        return false;
    }
    require(!validate_path(parent_path(input)), "the parent is valid");
    require(join_path(parent_path(input), base_name(input)) == input, "a path is its parent and its name");
    require(!validate_path(join_path(input, "x")), "children are valid");
    return true;
}

std::vector<std::string> seeds() {
    return {"/",
            "/a",
            "/a/b.c/..d",
            "/zookeeper/config",
            "/\u00e4/\u6f22\u5b57",
            "/a b/\uf900\uffef",
            "/services/web/host-0000000001/.lock"};
}

} // namespace zooid::wire::fuzz
