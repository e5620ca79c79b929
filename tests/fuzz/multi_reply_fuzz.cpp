// What a client makes of the body of a multi's reply: its results can be encoded again, in as many bytes.

#include "multi_copy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

void add(multi_reply_encoder& out, const multi_result& result) {
    switch (result.type) {
    case opcode::create:
        return out.create({result.path});
    case opcode::create2:
        return out.create2({result.path, result.stat.value()});
    case opcode::remove:
        return out.remove();
    case opcode::set:
        return out.set({result.stat.value()});
    case opcode::check:
        return out.check();
    case opcode::get:
        return out.get({result.data, result.stat.value()});
    case opcode::get_children:
        return out.get_children({result.children});
    case opcode::error:
        return out.error(result.err);
    default:
        require(false, "a result has one of the types a server may give");
    }
}

} // namespace

bool examine(std::string_view input) {
    return examine_multi(input, [](std::string_view body) {
        return copy_multi<multi_reply_reader, multi_reply_encoder, multi_result>(body, add);
    });
}

std::vector<std::string> seeds() {
    const std::vector<std::string_view> names{"x", "", "yy"};
    const stat some{.czxid = 2, .mzxid = 4, .version = 1, .data_length = 2, .pzxid = 2};
    buffer good;
    multi_reply_encoder results{good};
    results.create({"/b"});
    results.create2({"/c", some});
    results.set({some});
    results.check();
    results.remove();
    results.get({"data", some});
    results.get({std::nullopt, some});
    results.get_children({names});
    results.finish();
    buffer bad;
    multi_reply_encoder errors{bad};
    errors.error(0);
    errors.error(-103);
    errors.error(-2);
    errors.finish();
    return {std::string{good.view()}, std::string{bad.view()}};
}

} // namespace zooid::wire::fuzz
