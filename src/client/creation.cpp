#include "client/creation.hpp"

#include "client/errand.hpp"

#include <zooid/path.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace zooid::detail {
namespace {

/// A creation that outlives its caller's views.
struct owned_creation {
    std::string path;
    std::string data;
    acl acls;
    create_mode mode;
    std::chrono::milliseconds ttl;

    [[nodiscard]] create_arguments view() const noexcept { return {path, data, mode, acls, ttl}; }
};

acl_view resolve(const call_site& site, acl_view given) noexcept {
    return given.given() ? given : acl_view(site.core->options().default_acl);
}

acl own(acl_view view) { return {view.begin(), view.end()}; }

/// The paths of all ancestors of `path` but the root, and itself, topmost first.
std::vector<std::string> lineage(std::string_view path) {
    std::vector<std::string> all;
    for (std::size_t slash = path.find('/', 1); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
        all.emplace_back(path.substr(0, slash));
    }
    if (path.size() > 1) {
        all.emplace_back(path);
    }
    return all;
}

/// Makes `path` (the server's) and what is missing above it. Two round trips however deep: one that looks, one that
/// creates what is not there; a node that exists need not permit creating it.
asio::awaitable<error_code> make_all(errand& work, std::string path, const acl& acls) {
    const std::vector<std::string> nodes = lineage(path);
    std::vector<launched<std::optional<stat>>> looks;
    looks.reserve(nodes.size());
    for (const std::string& each : nodes) {
        looks.push_back(launch_exists(work.whole_tree(), each, work.deadline()));
    }
    std::size_t present = 0;
    error_code failed;
    for (std::size_t i = 0; i < looks.size(); ++i) {
        auto [ec, found] = co_await work.finish(std::move(looks[i]));
        if (ec == errc::no_auth || (!ec && found)) {
            present = i + 1; // since 3.8.4 a node that hides itself answers no_auth
        } else if (ec && !failed) {
            failed = ec;
        }
    }
    if (failed) {
        co_return failed;
    }
    std::vector<launched<std::string>> creations;
    for (std::size_t i = present; i < nodes.size(); ++i) {
        const create_arguments one{nodes[i], {}, create_mode::persistent, acls, {}};
        creations.push_back(launch_create<std::string>(work.whole_tree(), one, work.deadline()));
    }
    for (auto& creation : creations) {
        auto [ec, created] = co_await work.finish(std::move(creation));
        if (!ec) {
            work.note_change();
        }
        if (ec && ec != errc::node_exists && !failed) {
            failed = ec;
        }
    }
    co_return failed;
}

std::string server_path(const errand& work, std::string_view path) {
    return wire::path_ref(work.chroot(), path).to_string();
}

/// Creates, and makes the parents whenever they turn out to be missing: somebody may be deleting them.
template <class Result>
asio::awaitable<error_code> create_with_parents(errand& work, const owned_creation& what, bool make_path,
                                                Result& result) {
    for (int round = 0;; ++round) {
        auto [ec, created] = co_await work.finish(launch_create<Result>(work.site(), what.view(), work.deadline()));
        if (ec != errc::no_node || !make_path || round == 10) {
            result = std::move(created);
            co_return ec;
        }
        const std::string parent = server_path(work, parent_path(what.path));
        const error_code made = co_await make_all(work, parent, what.acls);
        if (made && made != errc::no_node) {
            co_return made;
        }
    }
}

void set_found(std::string& result, std::string path, const stat& /*found*/) { result = std::move(path); }
void set_found(created_node& result, std::string path, const stat& found) { result = {std::move(path), found}; }

/// Has the server see what any member of its ensemble has done before. A read-only one cannot: waits for a better one.
asio::awaitable<error_code> catch_up(errand& work, const std::string& path) {
    for (;;) {
        error_code ec = co_await work.finish(launch_sync(work.site(), path, work.deadline()));
        if (ec == errc::not_read_only) {
            ec = co_await work.pause(std::chrono::milliseconds{100});
            if (!ec) {
                continue;
            }
        }
        co_return ec;
    }
}

/// Looks among the siblings for the node that an attempt whose reply was lost may have made. `no_node` otherwise.
template <class Result>
asio::awaitable<error_code> find_own(errand& work, const owned_creation& what, std::int64_t session, Result& result) {
    const std::string parent{parent_path(what.path)};
    const std::string_view base = base_name(what.path);
    if (const error_code behind = co_await catch_up(work, parent)) {
        co_return behind;
    }
    auto [ec, names] = co_await work.finish(launch_get_children(work.site(), parent, work.deadline()));
    if (ec) {
        co_return ec;
    }
    const auto own_name = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return is_sequential(what.mode) ? name.starts_with(base) : name == base;
    });
    if (own_name == names.end()) {
        co_return error_code(errc::no_node);
    }
    std::string path = join_path(parent, *own_name);
    auto [ec2, found] = co_await work.finish(launch_exists(work.site(), path, work.deadline()));
    if (ec2 || !found) {
        co_return ec2 ? ec2 : error_code(errc::no_node);
    }
    if (is_ephemeral(what.mode) && found->ephemeral_owner != session) {
        co_return error_code(errc::session_expired); // it will vanish with the session that made it
    }
    set_found(result, std::move(path), *found);
    co_return error_code{};
}

/// Creates under a unique name; after a lost reply looks for that name before it tries again.
template <class Result>
asio::awaitable<error_code> create_protected(errand& work, const owned_creation& what, bool make_path, Result& result) {
    const auto session_now = [&work] {
        return work.core().inspect([](session::session& s) { return s.credentials().id; });
    };
    for (bool again = false;; again = true) {
        std::int64_t session = session_now();
        error_code ec = co_await create_with_parents(work, what, make_path, result);
        const bool may_be_there = ec == errc::connection_loss || (again && ec == errc::node_exists);
        if (!may_be_there) {
            co_return ec;
        }
        if (session == 0) {
            session = session_now();
        }
        for (;;) {
            ec = co_await work.connected();
            if (!ec) {
                ec = co_await find_own(work, what, session, result);
            }
            if (ec != errc::connection_loss) {
                break;
            }
        }
        if (ec != errc::no_node) {
            // What forbids looking says nothing of the node, which may be there.
            const bool certain = !ec || possible_effect(ec, opcode::create) == effect::unknown;
            co_return certain ? ec : error_code(errc::connection_loss);
        }
    }
}

/// "/a/_c_<uuid>-name" for "/a/name": the name that Curator 5.x gives to protected nodes.
std::string protected_path(client_core& core, std::string_view path) {
    const std::string_view base = path.ends_with('/') ? std::string_view{} : base_name(path);
    const std::string_view parent = path.ends_with('/') ? path.substr(0, path.size() - 1) : parent_path(path);
    auto& environment = core.environment();
    const std::uint64_t high = environment.random();
    std::string name = "_c_" + uuid_text(high, environment.random()) + "-";
    name += base;
    return join_path(parent, name);
}

} // namespace

std::string uuid_text(std::uint64_t high, std::uint64_t low) {
    high = (high & ~std::uint64_t{0xf000}) | 0x4000;                    // version 4
    low = (low & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62); // variant 1
    std::array<char, 37> text{};
    std::snprintf(text.data(), text.size(), "%08llx-%04llx-%04llx-%04llx-%012llx",
                  static_cast<unsigned long long>(high >> 32), static_cast<unsigned long long>((high >> 16) & 0xffff),
                  static_cast<unsigned long long>(high & 0xffff), static_cast<unsigned long long>(low >> 48),
                  static_cast<unsigned long long>(low & 0xffffffffffff));
    return text.data();
}

template <class Result>
launched<Result> start_creation(const call_site& site, std::string_view path, std::string_view data,
                                const create_options& options) {
    const acl_view acls = resolve(site, options.acl);
    const create_arguments create{path, data, options.mode, acls, options.ttl};
    if (!options.make_path && !options.protect) {
        return launch_create<Result>(site, create, site.deadline(options.timeout));
    }
    if (const error_code ec = check_create(create)) {
        return site.core->refuse<Result>(opcode::create, ec);
    }
    owned_creation what{std::string{path}, std::string{data}, own(acls), options.mode, options.ttl};
    const bool make_path = options.make_path;
    if (options.protect) {
        what.path = protected_path(*site.core, path);
        return run_errand<Result>(site, opcode::create, options.timeout,
                                  [what = std::move(what), make_path](errand& work, Result& result) {
                                      return create_protected(work, what, make_path, result);
                                  });
    }
    return run_errand<Result>(site, opcode::create, options.timeout,
                              [what = std::move(what)](errand& work, Result& result) {
                                  return create_with_parents(work, what, true, result);
                              });
}

template launched<std::string> start_creation(const call_site&, std::string_view, std::string_view,
                                              const create_options&);
template launched<created_node> start_creation(const call_site&, std::string_view, std::string_view,
                                               const create_options&);

launched<nothing> start_ensuring(const call_site& site, std::string_view path, const ensure_options& options) {
    const create_arguments create{path, {}, create_mode::persistent, resolve(site, options.acl), {}};
    if (const error_code ec = check_create(create)) {
        return site.core->refuse<nothing>(opcode::create, ec);
    }
    return run_errand<nothing>(site, opcode::create, options.timeout,
                               [path = std::string{path}, acls = own(create.acl)](errand& work, nothing&) {
                                   return make_all(work, server_path(work, path), acls);
                               });
}

namespace {

asio::awaitable<error_code> set_or_create(errand& work, const owned_creation& what, stat& result) {
    for (int round = 0;; ++round) {
        auto [ec, updated] =
            co_await work.finish(launch_set(work.site(), what.path, what.data, any_version, work.deadline()));
        if (ec != errc::no_node || round == 10) {
            result = updated;
            co_return ec;
        }
        std::string created;
        ec = co_await create_with_parents(work, what, true, created);
        if (ec == errc::node_exists) {
            continue;
        }
        if (ec) {
            co_return ec;
        }
        work.note_change();
        auto [ec2, found] = co_await work.finish(launch_exists(work.site(), what.path, work.deadline()));
        if (ec2 || found) {
            result = found.value_or(stat{});
            co_return ec2;
        }
        // Somebody has deleted it at once.
    }
}

} // namespace

launched<stat> start_upsert(const call_site& site, std::string_view path, std::string_view data,
                            const ensure_options& options) {
    const create_arguments create{path, data, create_mode::persistent, resolve(site, options.acl), {}};
    if (const error_code ec = check_create(create)) {
        return site.core->refuse<stat>(opcode::set, ec);
    }
    owned_creation what{std::string{path}, std::string{data}, own(create.acl), create_mode::persistent, {}};
    return run_errand<stat>(site, opcode::set, options.timeout, [what = std::move(what)](errand& work, stat& result) {
        return set_or_create(work, what, result);
    });
}

} // namespace zooid::detail
