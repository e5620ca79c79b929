#include "integration/outcome.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace zooid::test {
namespace {

template <class... Part>
std::string text(const Part&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

std::string joined(std::vector<std::string> words) {
    std::sort(words.begin(), words.end()); // the server's order is its own
    std::string all;
    for (const std::string& word : words) {
        all += all.empty() ? word : "," + word;
    }
    return "[" + all + "]";
}

} // namespace

std::string describe(const stat& s) {
    return text("{version ", s.version, ", cversion ", s.cversion, ", aversion ", s.aversion, ", ", s.data_length,
                " B, ", s.num_children, " children", s.ephemeral_owner == 0 ? "" : ", ephemeral", "}");
}

std::string describe(const std::optional<stat>& s) { return s ? describe(*s) : "nothing"; }

std::string describe(const std::string& text) { return "'" + text + "'"; }

std::string describe(std::int32_t number) { return std::to_string(number); }

std::string describe(const std::vector<std::string>& names) { return joined(names); }

std::string describe(const node& n) { return describe(n.data) + describe(n.stat); }

std::string describe(const created_node& n) { return describe(n.path) + describe(n.stat); }

std::string describe(const node_children& n) { return describe(n.names) + describe(n.stat); }

std::string describe(const node_acls& n) {
    std::vector<std::string> entries;
    for (const acl_entry& e : n.acls) {
        entries.push_back(text(e.permissions, ":", e.scheme, ":", e.id));
    }
    return joined(std::move(entries)) + describe(n.stat);
}

std::string describe(const std::vector<identity>& identities) {
    std::vector<std::string> entries;
    for (const identity& i : identities) {
        entries.push_back(i.scheme + ":" + i.user);
    }
    return joined(std::move(entries));
}

std::string describe(const watched_node& n) { return describe(n.data) + describe(n.stat) + describe(n.watch); }

std::string describe(const watched_stat& n) { return describe(n.stat) + describe(n.watch); }

std::string describe(const watched_children& n) { return describe(n.names) + describe(n.stat) + describe(n.watch); }

std::string describe(const watch& w) {
    return text(to_string(w.kind()), " of '", w.path(), "'", w.active() ? "" : ", ended");
}

std::string describe(const watch_event& e) { return text(to_string(e.type), " '", e.path, "'"); }

std::string describe(const std::vector<transaction_result>& results) {
    std::string all;
    for (const transaction_result& r : results) {
        all += text("(", r.error.message(), " '", r.path, "' ", describe(r.stat), ")");
    }
    return all;
}

std::string describe(const std::vector<read_result>& results) {
    std::string all;
    for (const read_result& r : results) {
        all += text("(", r.error.message(), " '", r.data, "' ", describe(r.stat), " ", describe(r.children), ")");
    }
    return all;
}

} // namespace zooid::test
