// What a server makes of the body of a multi: its parts can be encoded again, in as many bytes.

#include "multi_copy.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

void add(multi_encoder& out, const multi_part& part) {
    switch (part.type) {
    case opcode::create:
        return out.create(std::get<create_request>(part.request));
    case opcode::create2:
        return out.create2(std::get<create_request>(part.request));
    case opcode::create_container:
        return out.create_container(std::get<create_request>(part.request));
    case opcode::create_ttl:
        return out.create_ttl(std::get<create_ttl_request>(part.request));
    case opcode::remove:
        return out.remove(std::get<delete_request>(part.request));
    case opcode::set:
        return out.set(std::get<set_data_request>(part.request));
    case opcode::check:
        return out.check(std::get<check_version_request>(part.request));
    case opcode::get:
        return out.get(std::get<path_watch_request>(part.request));
    case opcode::get_children:
        return out.get_children(std::get<path_watch_request>(part.request));
    default:
        require(false, "a part has an operation that may stand in a multi");
    }
}

} // namespace

bool examine(std::string_view input) {
    return examine_multi(input, [](std::string_view body) {
        return copy_multi<multi_request_reader, multi_encoder, multi_part>(body, add);
    });
}

std::vector<std::string> seeds() {
    buffer all;
    multi_encoder parts{all};
    parts.create({.path = "/1", .data = "x", .acl = open_acl(), .flags = 1});
    parts.create2({.path = "/2", .acl = read_acl(), .flags = 2});
    parts.create_container({.path = "/3", .flags = 4});
    parts.create_ttl({.path = "/4", .flags = 5, .ttl = 1000});
    parts.remove({.path = "/5", .version = 5});
    parts.set({.path = "/6", .data = "six", .version = 6});
    parts.check({.path = "/7", .version = 7});
    parts.finish();
    buffer reads;
    multi_encoder read_parts{reads};
    read_parts.get({.path = "/8", .watch = true});
    read_parts.get_children({.path = "/9"});
    read_parts.finish();
    buffer nothing;
    multi_encoder{nothing}.finish();
    return {std::string{all.view()}, std::string{reads.view()}, std::string{nothing.view()}};
}

} // namespace zooid::wire::fuzz
