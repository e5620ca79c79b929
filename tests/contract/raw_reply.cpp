#include "contract/raw_reply.hpp"

#include "wire/multi.hpp"
#include "wire/records.hpp"
#include "wire/replies.hpp"

#include <algorithm>
#include <cstddef>

namespace zooid::test {

namespace {

constexpr std::size_t header_size = 16;
constexpr std::size_t stat_size = 68;

std::vector<std::string> sorted(const wire::list<std::string_view>& names) {
    std::vector<std::string> all;
    for (const std::string_view name : names) {
        all.emplace_back(name);
    }
    std::sort(all.begin(), all.end());
    return all;
}

[[noreturn]] void malformed(const char* what) { throw std::runtime_error(std::string("no ") + what + " in the reply"); }

} // namespace

std::string raw_reply::path() const {
    wire::reader in{body};
    std::string_view path;
    if (!in.string(path) || (in.remaining() != 0 && in.remaining() != stat_size)) {
        malformed("path");
    }
    return std::string(path);
}

zooid::stat raw_reply::stat() const {
    zooid::stat stat;
    if (body.size() < stat_size || !wire::decode(std::string_view(body).substr(body.size() - stat_size), stat)) {
        malformed("stat");
    }
    return stat;
}

std::optional<std::string> raw_reply::data() const {
    const auto got = as<wire::get_data_response>();
    return got.data ? std::optional(std::string(*got.data)) : std::nullopt;
}

std::vector<std::string> raw_reply::names() const {
    wire::reader in{body};
    wire::list<std::string_view> names;
    if (!wire::read_field(in, names) || (in.remaining() != 0 && in.remaining() != stat_size)) {
        malformed("list of names");
    }
    return sorted(names);
}

std::vector<std::string> raw_reply::acls() const {
    std::vector<std::string> all;
    for (const wire::acl_item& entry : as<wire::get_acl_response>().acl) {
        all.push_back(std::string(entry.scheme) + ':' + std::string(entry.id) + ':' +
                      std::to_string(entry.permissions));
    }
    return all;
}

void PrintTo(const raw_reply& reply, std::ostream* out) {
    *out << "xid " << reply.xid << ", zxid " << reply.zxid << ", error " << static_cast<int>(reply.err) << ", "
         << reply.body.size() << " bytes";
}

raw_reply decode_reply(std::string_view payload) {
    wire::reply_header header;
    if (!wire::decode(payload, header)) {
        malformed("header");
    }
    return {header.xid, header.zxid, static_cast<errc>(header.err), std::string(payload.substr(header_size))};
}

std::vector<part_result> results(const raw_reply& reply) {
    std::vector<part_result> all;
    wire::multi_reply_reader in{reply.body};
    wire::multi_result part;
    for (;;) {
        switch (in.next(part)) {
        case wire::multi_step::part: {
            part_result result{part.type, static_cast<errc>(part.err), std::string(part.path), part.stat, {}, {}};
            if (part.data) {
                result.data = std::string(*part.data);
            }
            result.children = sorted(part.children);
            all.push_back(std::move(result));
            break;
        }
        case wire::multi_step::end:
            return all;
        case wire::multi_step::malformed:
            malformed("well-formed list of results");
        }
    }
}

std::vector<errc> codes(const std::vector<part_result>& parts) {
    std::vector<errc> all;
    for (const auto& part : parts) {
        all.push_back(part.err);
    }
    return all;
}

} // namespace zooid::test
