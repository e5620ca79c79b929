#include "contract/random_requests.hpp"

#include "contract/raw_session.hpp"
#include "wire/frame.hpp"
#include "wire/requests.hpp"

#include <array>
#include <string_view>

namespace zooid::test {

namespace {

template <class... Record>
std::string encoded_records(const Record&... record) {
    wire::buffer out;
    wire::put_frame(out, record...);
    return std::string(out.view().substr(wire::frame_prefix_size));
}

std::string named(opcode op, std::string_view path) { return std::string(to_string(op)) + ' ' + std::string(path); }

} // namespace

std::string request_source::some_path() {
    constexpr std::array names{"/a", "/b", "/c"};
    constexpr std::array bad{"//", "/./x", "/a/../b", "/", "x", "/a\x01"};
    if (draw(40) == 0) {
        return root_ + bad.at(draw(bad.size()));
    }
    std::string path = root_;
    for (std::uint64_t depth = draw(8) == 0 ? 0 : 1 + draw(3); depth > 0; --depth) {
        path += names.at(draw(names.size()));
    }
    return path;
}

std::vector<std::string> request_source::some_paths() {
    std::vector<std::string> paths(draw(4));
    for (std::string& each : paths) {
        each = some_path();
    }
    return paths;
}

std::string request_source::some_data() { return std::string(draw(2) * draw(20), 'x'); }

std::int32_t request_source::some_version() { return draw(3) != 0 ? -1 : static_cast<std::int32_t>(draw(4)); }

acl request_source::some_acl() {
    switch (draw(12)) {
    case 0:
        return read_acl();
    case 1:
        return creator_acl();
    case 2:
        return {{perms::all & ~static_cast<std::int32_t>(1U << draw(5)), "world", "anyone"}};
    case 3:
        return {{perms::all, "ip", "127.0.0.1"}, {perms::read, "world", "anyone"}};
    case 4:
        return {{perms::all, "unheard-of", "x"}};
    case 5:
        return {};
    default:
        return open_acl();
    }
}

random_request request_source::next() {
    const std::uint64_t kind = draw(100);
    if (kind < 28) {
        return creation();
    }
    if (kind < 48) {
        return change();
    }
    if (kind < 62) {
        return reading();
    }
    if (kind < 68) {
        return permission();
    }
    if (kind < 80) {
        return watching();
    }
    if (kind < 84) {
        return watches_again();
    }
    return kind < 96 ? transaction() : reading_in_bulk();
}

random_request request_source::creation() {
    constexpr std::array ops{opcode::create, opcode::create2, opcode::create_container, opcode::create_ttl};
    const opcode op = ops.at(draw(4) * draw(2));
    const std::string path = some_path();
    const std::string data = some_data();
    const acl permissions = some_acl();
    auto flags = static_cast<std::int32_t>(op == opcode::create_ttl ? 5 + draw(2) : draw(4));
    if (op == opcode::create_container && draw(4) != 0) {
        flags = static_cast<std::int32_t>(create_mode::container);
    }
    const std::string text = named(op, path) + " flags " + std::to_string(flags) + " data " +
                             std::to_string(data.size()) + " acl " + std::to_string(permissions.size()) +
                             (permissions.empty() ? "" : permissions[0].scheme);
    if (op == opcode::create_ttl) {
        const std::int64_t ttl = 60'000;
        return {op, text, encoded_records(wire::create_ttl_request{path, data, permissions, flags, ttl})};
    }
    return {op, text, encoded_records(wire::create_request{path, data, permissions, flags})};
}

random_request request_source::change() {
    const std::string path = some_path();
    const std::int32_t version = some_version();
    const std::string text = path + " version " + std::to_string(version);
    if (draw(2) == 0) {
        return {opcode::remove, "remove " + text, encoded_records(wire::delete_request{path, version})};
    }
    const std::string data = some_data();
    return {opcode::set, "set " + text, encoded_records(wire::set_data_request{path, data, version})};
}

random_request request_source::reading() {
    constexpr std::array ops{opcode::exists, opcode::get, opcode::get_children, opcode::get_children2};
    constexpr std::array plain{opcode::get_acls, opcode::sync, opcode::get_all_children_number, opcode::get_ephemerals};
    const std::string path = some_path();
    if (draw(4) == 0) {
        const opcode op = plain.at(draw(plain.size()));
        return {op, named(op, path), encoded_records(wire::path_request{path})};
    }
    const opcode op = ops.at(draw(ops.size()));
    return {op, named(op, path), encoded_records(wire::path_watch_request{path, false})};
}

random_request request_source::permission() {
    if (draw(3) == 0) {
        return {opcode::who_am_i, "who_am_i", {}};
    }
    const std::string path = some_path();
    const acl permissions = some_acl();
    const std::int32_t version = some_version();
    return {opcode::set_acls,
            named(opcode::set_acls, path) + " version " + std::to_string(version) + " acl " +
                (permissions.empty() ? "" : permissions[0].scheme),
            encoded_records(wire::set_acl_request{path, permissions, version})};
}

random_request request_source::watching() {
    constexpr std::array ops{opcode::exists, opcode::get, opcode::get_children, opcode::get_children2};
    const std::string path = some_path();
    switch (draw(8)) {
    case 0:
    case 1: {
        const auto mode = static_cast<std::int32_t>(draw(2));
        return {opcode::add_watch, named(opcode::add_watch, path) + " mode " + std::to_string(mode),
                encoded_records(wire::add_watch_request{path, mode})};
    }
    case 2: {
        const opcode op = draw(2) == 0 ? opcode::remove_watches : opcode::check_watches;
        const auto type = static_cast<std::int32_t>(1 + draw(3));
        return {op, named(op, path) + " type " + std::to_string(type),
                encoded_records(wire::remove_watches_request{path, type})};
    }
    default: {
        const opcode op = ops.at(draw(ops.size()));
        return {op, named(op, path) + " and watch", encoded_records(wire::path_watch_request{path, true})};
    }
    }
}

random_request request_source::watches_again() {
    std::array<std::vector<std::string>, 5> lists;
    random_request r{draw(2) == 0 ? opcode::set_watches : opcode::set_watches2, {}, {}, true};
    const auto since = static_cast<std::int64_t>(draw(60));
    r.text = std::string(to_string(r.op)) + " since " + std::to_string(since);
    for (std::size_t i = 0; i < (r.op == opcode::set_watches ? 3U : 5U); ++i) {
        lists.at(i) = some_paths();
        r.text += " [";
        for (const auto& each : lists.at(i)) {
            r.text += ' ' + each;
        }
        r.text += " ]";
    }
    std::array<std::vector<wire::path_ref>, 5> refs;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        refs.at(i).assign(lists.at(i).begin(), lists.at(i).end());
    }
    r.body = r.op == opcode::set_watches
                 ? encoded_records(wire::set_watches_request{since, refs[0], refs[1], refs[2]})
                 : encoded_records(wire::set_watches2_request{since, refs[0], refs[1], refs[2], refs[3], refs[4]});
    return r;
}

random_request request_source::transaction() {
    parts ops;
    std::string text = "multi:";
    for (std::uint64_t n = draw(5); n > 0; --n) {
        const std::string path = some_path();
        const std::string data = some_data();
        const std::int32_t version = some_version();
        const acl permissions = some_acl();
        const auto flags = static_cast<std::int32_t>(draw(4));
        const std::uint64_t kind = draw(6);
        text += std::array{" create", " create2", " container", " remove", " set", " check"}.at(kind);
        text += ' ' + path + " flags/version " + std::to_string(kind < 2 ? flags : version) + ',';
        switch (kind) {
        case 0:
            ops->create({path, data, permissions, flags});
            break;
        case 1:
            ops->create2({path, data, permissions, flags});
            break;
        case 2:
            ops->create_container({path, data, permissions, 4});
            break;
        case 3:
            ops->remove({path, version});
            break;
        case 4:
            ops->set({path, data, version});
            break;
        default:
            ops->check({path, version});
            break;
        }
    }
    return {opcode::multi, text, encoded_records(ops.body())};
}

random_request request_source::reading_in_bulk() {
    parts ops;
    std::string text = "multi_read:";
    for (std::uint64_t n = draw(5); n > 0; --n) {
        const std::string path = some_path();
        const bool data = draw(2) == 0;
        text += std::string(data ? " get " : " children ") + path + ',';
        if (data) {
            ops->get({path, false});
        } else {
            ops->get_children({path, false});
        }
    }
    return {opcode::multi_read, text, encoded_records(ops.body())};
}

} // namespace zooid::test
