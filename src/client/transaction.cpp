#include "client/client_core.hpp"
#include "client/operations.hpp"
#include "client/replies.hpp"
#include "client/step.hpp"
#include "client/transaction_state.hpp"
#include "wire/multi.hpp"

#include <zooid/path.hpp>
#include <zooid/transaction.hpp>

#include <optional>

namespace zooid {
namespace detail {
namespace {

using results = std::vector<transaction_result>;

error_code code_of(std::int32_t err) {
    return err == 0 ? error_code(errc::rolled_back) : error_code(err, error_category());
}

/// Fits the replies to the parts asked for, which `results` names already.
error_code decode_transaction(operation_base& base, const reply& answer) {
    auto& op = static_cast<operation<results>&>(base);
    if (answer.err != 0) {
        const error_code whole = error_of(answer);
        const bool attempted = possible_effect(whole, opcode::multi) == effect::unknown;
        for (transaction_result& part : op.result_) {
            part.error = attempted ? whole : error_code(errc::runtime_inconsistency);
        }
        return whole;
    }
    wire::multi_reply_reader parts(answer.body);
    wire::multi_result part;
    error_code first;
    bool failed = false;
    std::size_t i = 0;
    for (; parts.next(part) == wire::multi_step::part && i < op.result_.size(); ++i) {
        transaction_result& result = op.result_[i];
        if (part.type == opcode::error) {
            failed = true;
            result.error = code_of(part.err);
            if (!first && part.err != 0) {
                first = result.error;
            }
            continue;
        }
        result.path = part.path.empty() ? part.path : without_chroot(part.path, op.chroot_length_);
        result.stat = part.stat;
    }
    const bool plausible = i == op.result_.size() && failed == first.failed();
    return plausible ? first : error_code(errc::protocol_error);
}

error_code decode_reads(operation_base& base, const reply& answer) {
    auto& op = static_cast<operation<std::vector<read_result>>&>(base);
    if (answer.err != 0) {
        return error_of(answer);
    }
    wire::multi_reply_reader parts(answer.body);
    wire::multi_result part;
    std::size_t i = 0;
    for (; parts.next(part) == wire::multi_step::part && i < op.result_.size(); ++i) {
        read_result& result = op.result_[i];
        if (part.type == opcode::error) {
            result.error = error_code(part.err, error_category());
            continue;
        }
        result.data = part.data.value_or(std::string_view{});
        result.stat = part.stat.value_or(stat{});
        for (const std::string_view name : part.children) {
            result.children.emplace_back(name);
        }
    }
    return i == op.result_.size() ? error_code{} : error_code(errc::protocol_error);
}

/// The part that made a commit fail; `parts.size()` if none did.
std::size_t failed_part(const results& parts, const error_code& ec) {
    std::size_t i = 0;
    while (i < parts.size() && parts[i].error != ec) {
        ++i;
    }
    return i;
}

template <class Results>
launched<Results> commit(multi_state<Results>& state, opcode op, operation_base::decode_function decode,
                         std::chrono::milliseconds timeout, flush_by who) {
    if (state.committed) {
        return state.core->template refuse<Results>(op, errc::invalid_state);
    }
    state.committed = true;
    state.encoder.finish();
    auto pending = std::make_unique<operation<Results>>(decode);
    pending->opcode_ = op;
    pending->chroot_length_ = static_cast<std::uint32_t>(state.chroot.size());
    pending->result_ = std::move(state.parts);
    return client_core::submit(state.core, std::move(pending), wire::encoded_body{state.body.view()},
                               state.core->deadline_for(timeout), who);
}

void require(error_code ec, std::string_view operation, std::string_view path) {
    if (ec) {
        throw_error(ec, operation, path, ec == errc::invalid_path ? path_problem(path).value_or("") : std::string{});
    }
}

} // namespace
} // namespace detail

transaction::transaction(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
transaction::transaction(transaction&&) noexcept = default;
transaction& transaction::operator=(transaction&&) noexcept = default;
transaction::~transaction() = default;

transaction& transaction::create(std::string_view path, std::string_view data, const create_options& options) {
    const acl_view acls = options.acl.given() ? options.acl : acl_view(state_->core->options().default_acl);
    detail::require(options.make_path || options.protect ? error_code(errc::bad_arguments) : error_code{}, "create",
                    path);
    const detail::create_arguments what{path, data, options.mode, acls, options.ttl};
    detail::require(detail::check_create(what), "create", path);
    const wire::path_ref at = detail::path_of(what, state_->chroot);
    const auto flags = static_cast<std::int32_t>(options.mode);
    opcode op = opcode::create;
    if (has_ttl(options.mode)) {
        op = opcode::create_ttl;
        state_->encoder.create_ttl({at, data, acls, flags, options.ttl.count()});
    } else if (options.mode == create_mode::container) {
        op = opcode::create_container;
        state_->encoder.create_container({at, data, acls, flags});
    } else {
        state_->encoder.create({at, data, acls, flags});
    }
    state_->add(op, path);
    return *this;
}

transaction& transaction::remove(std::string_view path, std::int32_t version) {
    detail::require(validate_path(path), "remove", path);
    detail::require(path == "/" ? error_code(errc::bad_arguments) : error_code{}, "remove", path);
    state_->encoder.remove({{state_->chroot, path}, version});
    state_->add(opcode::remove, path);
    return *this;
}

transaction& transaction::set(std::string_view path, std::string_view data, std::int32_t version) {
    detail::require(validate_path(path), "set", path);
    state_->encoder.set({{state_->chroot, path}, data, version});
    state_->add(opcode::set, path);
    return *this;
}

transaction& transaction::check(std::string_view path, std::int32_t version) {
    detail::require(validate_path(path), "check", path);
    state_->encoder.check({{state_->chroot, path}, version});
    state_->add(opcode::check, path);
    return *this;
}

std::size_t transaction::size() const noexcept { return state_->encoder.size(); }

std::vector<transaction_result> transaction::commit(const read_options& options) {
    detail::require_may_block(*state_->core, "multi", {});
    auto pending =
        detail::commit(*state_, opcode::multi, detail::decode_transaction, options.timeout, detail::flush_by::caller);
    detail::results parts;
    const auto [ec, possible] = detail::await_here(std::move(pending), parts);
    if (!ec) {
        return parts;
    }
    const std::size_t i = detail::failed_part(parts, ec);
    if (possible == effect::unknown || i == parts.size()) {
        throw_error(ec, "transaction", {}, {}, possible);
    }
    throw_error(ec, "transaction: " + std::string{to_string(parts[i].operation)}, state_->paths[i],
                "part " + std::to_string(i + 1) + " of " + std::to_string(parts.size()), possible);
}

detail::launched<std::vector<transaction_result>> transaction::start_commit(const read_options& options) {
    return detail::commit(*state_, opcode::multi, detail::decode_transaction, options.timeout,
                          detail::flush_by::driver);
}

multi_read::multi_read(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
multi_read::multi_read(multi_read&&) noexcept = default;
multi_read& multi_read::operator=(multi_read&&) noexcept = default;
multi_read::~multi_read() = default;

multi_read& multi_read::get(std::string_view path) {
    detail::require(validate_path(path), "get", path);
    state_->encoder.get({{state_->chroot, path}, false});
    state_->add(opcode::get, path);
    return *this;
}

multi_read& multi_read::get_children(std::string_view path) {
    detail::require(validate_path(path), "get_children", path);
    state_->encoder.get_children({{state_->chroot, path}, false});
    state_->add(opcode::get_children, path);
    return *this;
}

std::size_t multi_read::size() const noexcept { return state_->encoder.size(); }

std::vector<read_result> multi_read::commit(const read_options& options) {
    detail::require_may_block(*state_->core, "multi_read", {});
    return detail::await_here(
        detail::commit(*state_, opcode::multi_read, detail::decode_reads, options.timeout, detail::flush_by::caller),
        "multi_read", {});
}

detail::launched<std::vector<read_result>> multi_read::start_commit(const read_options& options) {
    return detail::commit(*state_, opcode::multi_read, detail::decode_reads, options.timeout, detail::flush_by::driver);
}

} // namespace zooid
