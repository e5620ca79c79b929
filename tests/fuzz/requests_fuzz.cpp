// What a server makes of the body of any request. The first byte chooses the record.

#include "fuzz_target.hpp"
#include "wire/requests.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

bool any_request(std::string_view input) {
    return one_of_survives<create_request, create_ttl_request, delete_request, path_watch_request, set_data_request,
                           path_request, get_ephemerals_request, set_acl_request, check_version_request,
                           remove_watches_request, add_watch_request, set_watches_request, set_watches2_request,
                           reconfig_request, auth_packet, sasl_request, request_header>(input);
}

template <class Record>
std::string seed(char chosen, const Record& record) {
    return chosen + encoded(record);
}

} // namespace

bool examine(std::string_view input) { return any_request(input); }

std::vector<std::string> seeds() {
    const std::vector<std::string> paths{"/a", "/b/c"};
    return {
        seed(0, create_request{.path = "/a", .data = "hello", .acl = open_acl(), .flags = 3}),
        seed(0, create_request{.path = "/a", .acl = list<acl_item>::null()}),
        seed(1, create_ttl_request{.path = "/a", .data = "", .acl = creator_acl(), .flags = 5, .ttl = 1}),
        seed(2, delete_request{.path = "/a", .version = 1}),
        seed(3, path_watch_request{.path = "/a", .watch = true}),
        seed(4, set_data_request{.path = "/a", .data = "v1"}),
        seed(5, path_request{.path = "/a"}),
        seed(6, get_ephemerals_request{}),
        seed(7, set_acl_request{.path = "/a", .acl = read_acl()}),
        seed(8, check_version_request{.path = "/a", .version = 7}),
        seed(9, remove_watches_request{.path = "/a"}),
        seed(10, add_watch_request{.path = "/a", .mode = 1}),
        seed(11, set_watches_request{.relative_zxid = 6, .data = paths, .exist = paths, .child = paths}),
        seed(12, set_watches2_request{.relative_zxid = 6, .persistent = paths, .persistent_recursive = paths}),
        seed(13, reconfig_request{.joining = "server.1=h:1:2"}),
        seed(14, auth_packet{.scheme = "digest", .auth = "bob:secret"}),
        seed(15, sasl_request{.token = ""}),
        seed(16, request_header{1, opcode::get}),
    };
}

} // namespace zooid::wire::fuzz
