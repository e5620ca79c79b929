#include "client/replies.hpp"

#include "wire/codec.hpp"
#include "wire/replies.hpp"

#include <zooid/types.hpp>
#include <zooid/watch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace zooid::detail {
namespace {

template <class Result>
Result& result_of(operation_base& op) noexcept {
    return static_cast<operation<Result>&>(op).result_;
}

/// Decodes the body as `Response` and lets `store(response)` make the result of it.
template <class Response, class Store>
error_code decode_as(const reply& answer, Store&& store) {
    if (answer.err != 0) {
        return error_of(answer);
    }
    Response response;
    if (!wire::decode(answer.body, response)) {
        return errc::protocol_error;
    }
    store(response);
    return {};
}

std::string bytes_of(const std::optional<std::string_view>& data) {
    return std::string{data.value_or(std::string_view{})};
}

template <class Views>
std::vector<std::string> strings_of(const Views& views) {
    std::vector<std::string> strings;
    strings.reserve(views.size());
    for (const std::string_view view : views) {
        strings.emplace_back(view);
    }
    return strings;
}

/// A result that holds a watch loses it when there is nothing to watch.
template <class Result>
error_code keep_watch_unless(error_code ec, Result& result) {
    if (ec) {
        result.watch.reset();
    }
    return ec;
}

} // namespace

error_code error_of(const reply& answer) noexcept {
    return answer.err == 0 ? error_code{} : error_code(answer.err, error_category());
}

std::string_view without_chroot(std::string_view server_path, std::size_t chroot_length) noexcept {
    if (chroot_length == 0) {
        return server_path;
    }
    return server_path.size() <= chroot_length ? std::string_view{"/"} : server_path.substr(chroot_length);
}

error_code decode_nothing(operation_base& /*op*/, const reply& answer) { return error_of(answer); }

error_code decode_created_path(operation_base& op, const reply& answer) {
    return decode_as<wire::create_response>(answer, [&](const wire::create_response& r) {
        result_of<std::string>(op) = without_chroot(r.path, op.chroot_length_);
    });
}

error_code decode_created_path2(operation_base& op, const reply& answer) {
    return decode_as<wire::create2_response>(answer, [&](const wire::create2_response& r) {
        result_of<std::string>(op) = without_chroot(r.path, op.chroot_length_);
    });
}

error_code decode_created_node(operation_base& op, const reply& answer) {
    return decode_as<wire::create2_response>(answer, [&](const wire::create2_response& r) {
        result_of<created_node>(op) = {std::string{without_chroot(r.path, op.chroot_length_)}, r.stat};
    });
}

error_code decode_exists(operation_base& op, const reply& answer) {
    if (answer.err == static_cast<std::int32_t>(errc::no_node)) {
        return {};
    }
    return decode_as<wire::stat_response>(
        answer, [&](const wire::stat_response& r) { result_of<std::optional<stat>>(op) = r.stat; });
}

error_code decode_node(operation_base& op, const reply& answer) {
    if (answer.err != 0) {
        return error_of(answer);
    }
    // The most frequent of all, so without a response in between.
    node& result = result_of<node>(op);
    wire::reader in{answer.body};
    std::optional<std::string_view> data;
    if (!wire::decode(in, data) || !wire::decode(in, result.stat)) {
        return errc::protocol_error;
    }
    if (data) {
        store_data(result.data, *data);
    }
    return {};
}

error_code decode_names(operation_base& op, const reply& answer) {
    return decode_as<wire::get_children_response>(answer, [&](const wire::get_children_response& r) {
        result_of<std::vector<std::string>>(op) = strings_of(r.children);
    });
}

error_code decode_children(operation_base& op, const reply& answer) {
    return decode_as<wire::get_children2_response>(answer, [&](const wire::get_children2_response& r) {
        result_of<node_children>(op) = {strings_of(r.children), r.stat};
    });
}

error_code decode_stat(operation_base& op, const reply& answer) {
    return decode_as<wire::stat_response>(answer, [&](const wire::stat_response& r) { result_of<stat>(op) = r.stat; });
}

error_code decode_acls(operation_base& op, const reply& answer) {
    return decode_as<wire::get_acl_response>(answer, [&](const wire::get_acl_response& r) {
        node_acls& result = result_of<node_acls>(op);
        for (const wire::acl_item& item : r.acl) {
            result.acls.push_back({item.permissions, std::string{item.scheme}, std::string{item.id}});
        }
        result.stat = r.stat;
    });
}

error_code decode_identities(operation_base& op, const reply& answer) {
    return decode_as<wire::who_am_i_response>(answer, [&](const wire::who_am_i_response& r) {
        for (const wire::identity_item& item : r.identities) {
            result_of<std::vector<identity>>(op).push_back({std::string{item.scheme}, std::string{item.user}});
        }
    });
}

error_code decode_ephemerals(operation_base& op, const reply& answer) {
    return decode_as<wire::ephemerals_response>(answer, [&](const wire::ephemerals_response& r) {
        const std::size_t chroot = op.chroot_length_;
        for (const std::string_view path : r.paths) {
            // The prefix "/app" also matches "/apple", which is not in the chroot "/app".
            if (chroot == 0 || path.size() == chroot || (path.size() > chroot && path[chroot] == '/')) {
                result_of<std::vector<std::string>>(op).emplace_back(without_chroot(path, chroot));
            }
        }
    });
}

error_code decode_count(operation_base& op, const reply& answer) {
    return decode_as<wire::count_response>(
        answer, [&](const wire::count_response& r) { result_of<std::int32_t>(op) = r.count; });
}

error_code decode_watched_node(operation_base& op, const reply& answer) {
    auto& result = result_of<watched_node>(op);
    return keep_watch_unless(decode_as<wire::get_data_response>(answer,
                                                                [&](const wire::get_data_response& r) {
                                                                    result.data = bytes_of(r.data);
                                                                    result.stat = r.stat;
                                                                }),
                             result);
}

error_code decode_watched_stat(operation_base& op, const reply& answer) {
    if (answer.err == static_cast<std::int32_t>(errc::no_node)) {
        return {};
    }
    auto& result = result_of<watched_stat>(op);
    return keep_watch_unless(
        decode_as<wire::stat_response>(answer, [&](const wire::stat_response& r) { result.stat = r.stat; }), result);
}

error_code decode_watched_children(operation_base& op, const reply& answer) {
    auto& result = result_of<watched_children>(op);
    return keep_watch_unless(decode_as<wire::get_children2_response>(answer,
                                                                     [&](const wire::get_children2_response& r) {
                                                                         result.names = strings_of(r.children);
                                                                         result.stat = r.stat;
                                                                     }),
                             result);
}

error_code decode_watch(operation_base& op, const reply& answer) {
    const error_code ec = error_of(answer);
    if (ec) {
        result_of<watch>(op).reset();
    }
    return ec;
}

} // namespace zooid::detail
