#include "wire/multi.hpp"

namespace zooid::wire {
namespace {

constexpr multi_header terminator{opcode::error, true, -1};

template <class... Records>
void append(buffer& out, const Records&... records) {
    const std::size_t n = (encoded_size(records) + ...);
    static_cast<void>(wire_length(n));
    char* at = out.grow(n);
    ((at = codec<Records>::store(at, records)), ...);
}

template <class Record>
bool read_request(reader& in, multi_part& part) noexcept {
    return decode(in, part.request.emplace<Record>());
}

bool read_request(reader& in, multi_part& part) noexcept {
    switch (part.type) {
    case opcode::create:
    case opcode::create2:
    case opcode::create_container:
        return read_request<create_request>(in, part);
    case opcode::create_ttl:
        return read_request<create_ttl_request>(in, part);
    case opcode::remove:
        return read_request<delete_request>(in, part);
    case opcode::set:
        return read_request<set_data_request>(in, part);
    case opcode::check:
        return read_request<check_version_request>(in, part);
    case opcode::get:
    case opcode::get_children:
        return read_request<path_watch_request>(in, part);
    default:
        return false;
    }
}

bool read_result(reader& in, multi_result& result) noexcept {
    switch (result.type) {
    case opcode::create:
        return in.string(result.path);
    case opcode::create2:
        return in.string(result.path) && decode(in, result.stat.emplace());
    case opcode::remove:
    case opcode::check:
        return true;
    case opcode::set:
        return decode(in, result.stat.emplace());
    case opcode::get:
        return in.bytes(result.data) && decode(in, result.stat.emplace());
    case opcode::get_children:
        return decode(in, result.children);
    case opcode::error:
        return in.i32(result.err);
    default:
        return false;
    }
}

/// The step both readers share: header, end, or `read_body` for a part.
template <class Part, class ReadBody>
multi_step step(reader& in, Part& part, ReadBody read_body) noexcept {
    multi_header header;
    if (!decode(in, header)) {
        return multi_step::malformed;
    }
    if (header.done) {
        return multi_step::end;
    }
    part = {};
    part.type = header.type;
    return read_body(in, part) ? multi_step::part : multi_step::malformed;
}

} // namespace

template <class Record>
void multi_encoder::add(opcode op, const Record& part) {
    append(*target_, multi_header{op, false, -1}, part);
    ++count_;
}

template void multi_encoder::add(opcode, const create_request&);
template void multi_encoder::add(opcode, const create_ttl_request&);
template void multi_encoder::add(opcode, const delete_request&);
template void multi_encoder::add(opcode, const set_data_request&);
template void multi_encoder::add(opcode, const check_version_request&);
template void multi_encoder::add(opcode, const path_watch_request&);

void multi_encoder::finish() { append(*target_, terminator); }

multi_step multi_request_reader::next(multi_part& part) noexcept {
    if (state_ == multi_step::part) {
        state_ = step(in_, part, [](reader& in, multi_part& p) noexcept { return read_request(in, p); });
    }
    return state_;
}

template <class... Record>
void multi_reply_encoder::add(const multi_header& header, const Record&... result) {
    append(*target_, header, result...);
    ++count_;
}

void multi_reply_encoder::create(const create_response& result) { add({opcode::create, false, 0}, result); }

void multi_reply_encoder::create2(const create2_response& result) { add({opcode::create2, false, 0}, result); }

void multi_reply_encoder::remove() { add({opcode::remove, false, 0}); }

void multi_reply_encoder::set(const stat_response& result) { add({opcode::set, false, 0}, result); }

void multi_reply_encoder::check() { add({opcode::check, false, 0}); }

void multi_reply_encoder::get(const get_data_response& result) { add({opcode::get, false, 0}, result); }

void multi_reply_encoder::get_children(const get_children_response& result) {
    add({opcode::get_children, false, 0}, result);
}

void multi_reply_encoder::error(std::int32_t err) { add({opcode::error, false, err}, error_response{err}); }

void multi_reply_encoder::finish() { append(*target_, terminator); }

multi_step multi_reply_reader::next(multi_result& result) noexcept {
    if (state_ == multi_step::part) {
        state_ = step(in_, result, [](reader& in, multi_result& r) noexcept { return read_result(in, r); });
    }
    return state_;
}

} // namespace zooid::wire
