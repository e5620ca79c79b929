#include "client/removal.hpp"

#include "client/errand.hpp"

#include <zooid/path.hpp>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace zooid::detail {
namespace {

// Requests in flight at once: enough to hide the round trip, not so many that the server's queue fills.
constexpr std::size_t window = 1'000;

/// Collects `root` and everything below, parents before children.
asio::awaitable<error_code> list_tree(errand& work, const std::string& root, std::vector<std::string>& all) {
    all.assign(1, root);
    std::deque<launched<std::vector<std::string>>> in_flight;
    std::size_t asked = 0;
    for (std::size_t answered = 0; answered < all.size(); ++answered) {
        for (; asked < all.size() && in_flight.size() < window; ++asked) {
            in_flight.push_back(launch_get_children(work.site(), all[asked], work.deadline()));
        }
        launched<std::vector<std::string>> next = std::move(in_flight.front());
        in_flight.pop_front();
        auto [ec, names] = co_await work.finish(std::move(next));
        if (ec == errc::no_node && answered != 0) {
            continue; // somebody else deletes as well
        }
        if (ec) {
            co_return ec;
        }
        const std::string parent = all[answered];
        for (const std::string& name : names) {
            all.push_back(join_path(parent, name));
        }
    }
    co_return error_code{};
}

/// Deletes them, children before parents. Gives the first error that matters.
asio::awaitable<error_code> remove_listed(errand& work, const std::vector<std::string>& all) {
    std::deque<launched<nothing>> in_flight;
    error_code failed;
    std::size_t sent = 0;
    for (std::size_t answered = 0; answered < all.size(); ++answered) {
        for (; sent < all.size() && in_flight.size() < window && !failed; ++sent) {
            in_flight.push_back(launch_remove(work.site(), all[all.size() - 1 - sent], any_version, work.deadline()));
        }
        if (in_flight.empty()) {
            break;
        }
        launched<nothing> next = std::move(in_flight.front());
        in_flight.pop_front();
        const error_code ec = co_await work.finish(std::move(next));
        if (!ec) {
            work.note_change();
        }
        if (ec && ec != errc::no_node && !failed) {
            failed = ec;
        }
    }
    co_return failed;
}

asio::awaitable<error_code> remove_tree(errand& work, const std::string& root) {
    for (int round = 0;; ++round) {
        std::vector<std::string> all;
        error_code ec = co_await list_tree(work, root, all);
        if (!ec) {
            ec = co_await remove_listed(work, all);
        } else if (ec == errc::no_node && round > 0) {
            co_return error_code{}; // gone between two rounds: that is what was wanted
        }
        if (ec != errc::not_empty || round == 10) {
            co_return ec;
        }
        // Somebody has added a node meanwhile.
    }
}

/// Deletes one node however long it takes, until the client is stopped.
asio::awaitable<error_code> remove_until_certain(errand& work, const std::string& path, std::int32_t version) {
    for (;;) {
        error_code ec = co_await work.connected();
        if (ec) {
            co_return ec;
        }
        ec = co_await work.finish(launch_remove(work.site(), path, version, steady_time::max()));
        if (ec != errc::connection_loss && ec != errc::session_moved && ec != errc::session_expired) {
            co_return ec;
        }
    }
}

void hand_to_background(errand& work, const std::string& path, std::int32_t version) {
    const call_site site = work.site();
    // Nobody waits for it: the operation goes as soon as it is complete.
    static_cast<void>(run_errand<nothing>(
        site, opcode::remove, std::chrono::milliseconds::max(),
        [path, version](errand& background, nothing&) { return remove_until_certain(background, path, version); }));
}

struct removal {
    std::string path;
    std::int32_t version;
    bool recursive;
    bool quiet;
    bool guaranteed;
};

asio::awaitable<error_code> remove_as_asked(errand& work, const removal& what) {
    error_code ec;
    if (what.recursive) {
        ec = co_await remove_tree(work, what.path);
    } else {
        ec = co_await work.finish(launch_remove(work.site(), what.path, what.version, work.deadline()));
    }
    if (what.guaranteed && !what.recursive && possible_effect(ec, opcode::remove) == effect::unknown) {
        hand_to_background(work, what.path, what.version);
    }
    co_return what.quiet&& ec == errc::no_node ? error_code{} : ec;
}

} // namespace

launched<nothing> start_removal(const call_site& site, std::string_view path, const remove_options& options) {
    error_code ec = validate_path(path);
    if (!ec && (path == "/" || (options.recursive && (options.version != any_version || options.guaranteed)))) {
        ec = errc::bad_arguments; // the root of the tree, or of a chroot, is not removed through itself
    }
    if (ec) {
        return site.core->refuse<nothing>(opcode::remove, ec);
    }
    if (!options.recursive && !options.quiet && !options.guaranteed) {
        return launch_remove(site, path, options.version, site.deadline(options.timeout));
    }
    removal what{std::string{path}, options.version, options.recursive, options.quiet, options.guaranteed};
    return run_errand<nothing>(site, opcode::remove, options.timeout, [what = std::move(what)](errand& work, nothing&) {
        return remove_as_asked(work, what);
    });
}

} // namespace zooid::detail
