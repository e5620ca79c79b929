// What a client makes of the body of any reply or notification. The first byte chooses the record.

#include "fuzz_target.hpp"
#include "wire/notification.hpp"
#include "wire/replies.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace zooid::wire::fuzz {
namespace {

bool any_reply(std::string_view input) {
    return one_of_survives<create_response, create2_response, stat_response, get_data_response, get_acl_response,
                           get_children_response, get_children2_response, count_response, ephemerals_response,
                           path_response, who_am_i_response, sasl_response, error_response, watcher_event,
                           reply_header>(input);
}

template <class Record>
std::string seed(char chosen, const Record& record) {
    return chosen + encoded(record);
}

} // namespace

bool examine(std::string_view input) { return any_reply(input); }

std::vector<std::string> seeds() {
    const std::vector<std::string> names{"a", "zookeeper"};
    const std::vector<identity> identities{{"ip", "127.0.0.1"}, {"digest", "bob"}};
    const stat some{.czxid = 2, .mzxid = 4, .version = 1, .data_length = 2, .pzxid = 2};
    return {
        seed(0, create_response{"/a"}),
        seed(1, create2_response{"/a", some}),
        seed(2, stat_response{some}),
        seed(3, get_data_response{"hello", some}),
        seed(3, get_data_response{}),
        seed(4, get_acl_response{open_acl(), some}),
        seed(5, get_children_response{names}),
        seed(6, get_children2_response{names, some}),
        seed(7, count_response{3}),
        seed(8, ephemerals_response{names}),
        seed(9, path_response{"/a"}),
        seed(10, who_am_i_response{identities}),
        seed(11, sasl_response{}),
        seed(12, error_response{-101}),
        seed(13, watcher_event{.type = 3, .path = "/a"}),
        seed(14, reply_header{1, 2, -101}),
    };
}

} // namespace zooid::wire::fuzz
