#include "server/four_letter_words.hpp"
#include "server/server_state.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// These words know the data watches only, as ZooKeeper's do.

namespace zooid::server {
namespace {

std::int64_t session_of(const watcher& who) noexcept {
    const session* const of = static_cast<const peer&>(who).session;
    return of == nullptr ? 0 : of->id;
}

} // namespace

void tell_wchs(const server_state& state, std::string& out) {
    std::set<const watcher*> watchers;
    std::size_t paths = 0;
    std::string_view last;
    state.watches.for_each(watch_kind::data, [&](std::string_view path, const watcher& who) {
        watchers.insert(&who);
        paths += path.data() == last.data() ? 0U : 1U; // those of one path come together
        last = path;
    });
    out.append(std::to_string(watchers.size())).append(" connections watching ").append(std::to_string(paths));
    out.append(" paths\nTotal watches:").append(std::to_string(state.watches.size(watch_kind::data))).append("\n");
}

void tell_wchc(const server_state& state, std::string& out) {
    std::map<std::int64_t, std::set<std::string_view>> watched;
    state.watches.for_each(watch_kind::data,
                           [&](std::string_view path, const watcher& who) { watched[session_of(who)].insert(path); });
    for (const auto& [session, paths] : watched) {
        out.append(hexadecimal(session)).append("\n");
        for (const std::string_view path : paths) {
            out.append("\t").append(path).append("\n");
        }
    }
    out += "\n";
}

void tell_wchp(const server_state& state, std::string& out) {
    std::map<std::string_view, std::set<std::int64_t>> watchers;
    state.watches.for_each(watch_kind::data,
                           [&](std::string_view path, const watcher& who) { watchers[path].insert(session_of(who)); });
    for (const auto& [path, sessions] : watchers) {
        out.append(path).append("\n");
        for (const std::int64_t session : sessions) {
            out.append("\t").append(hexadecimal(session)).append("\n");
        }
    }
    out += "\n";
}

} // namespace zooid::server
