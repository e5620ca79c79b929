#include "cli/json_text.hpp"

#include "cli/escaping.hpp"
#include "cli/stat_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/src.hpp> // the one translation unit that holds the library

#include <openssl/evp.h>

#include <vector>

namespace zooid::cli {

json::object to_json(const stat& s) {
    json::object o;
    o["czxid"] = s.czxid;
    o["mzxid"] = s.mzxid;
    o["pzxid"] = s.pzxid;
    o["ctime"] = format_time(s.ctime);
    o["mtime"] = format_time(s.mtime);
    o["version"] = s.version;
    o["cversion"] = s.cversion;
    o["aversion"] = s.aversion;
    if (s.ephemeral_owner == 0) {
        o["ephemeral_owner"] = nullptr;
    } else {
        o["ephemeral_owner"] = format_id(s.ephemeral_owner);
    }
    o["data_length"] = s.data_length;
    o["num_children"] = s.num_children;
    return o;
}

json::object to_json(const watch_event& event, bool missed) {
    json::object o;
    o["event"] = json_text(to_string(event.type));
    o["path"] = json_text(event.path);
    if (event.zxid < 0) {
        o["zxid"] = nullptr;
    } else {
        o["zxid"] = event.zxid;
    }
    if (missed) {
        o["missed"] = true;
    }
    return o;
}

void put_data(json::object& into, std::string_view data) {
    if (is_utf8(data)) {
        into["data"] = json::string(data);
    } else {
        into["data_base64"] = base64(data);
    }
}

json::string json_text(std::string_view text) {
    return json::string(is_utf8(text) ? std::string(text) : repair_utf8(text));
}

std::string base64(std::string_view bytes) {
    std::vector<unsigned char> out((bytes.size() + 2) / 3 * 4 + 1); // and a final zero
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    const int length = EVP_EncodeBlock(out.data(), in, static_cast<int>(bytes.size()));
    return {out.begin(), out.begin() + length};
}

std::string serialize(const json::object& document) { return escape_json(json::serialize(document)); }

} // namespace zooid::cli
