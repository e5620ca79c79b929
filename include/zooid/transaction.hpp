#pragma once

#include <zooid/detail/operation.hpp>
#include <zooid/error.hpp>
#include <zooid/options.hpp>
#include <zooid/types.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zooid {

class client;

/// What became of one part of a transaction.
struct transaction_result {
    opcode operation = opcode::error; ///< the part as it was asked for: create, remove, set, check, …
    error_code error;                 ///< `rolled_back` before the part that failed, `runtime_inconsistency` after it
    std::string path;                 ///< of a created node, sequence suffix included
    std::optional<zooid::stat> stat;  ///< of a `set`, or of a create by a server that tells it
};

/// Changes that happen all together or not at all (kazoo's `TransactionRequest`). Parts are encoded as they are added.
/// A value to be committed once; not thread-safe. Arguments are checked when a part is added: `invalid_path`,
/// `bad_arguments`.
class transaction {
public:
    transaction(transaction&&) noexcept;
    transaction& operator=(transaction&&) noexcept;
    ~transaction();

    /// Adds a creation; `make_path` and `protect` are not possible here.
    transaction& create(std::string_view path, std::string_view data = {}, const create_options& options = {});
    /// Adds the removal of a childless node with this version of its data; not of "/" (`bad_arguments`).
    /// Errors of the part: `no_node`, `bad_version`, `not_empty`, `no_auth`.
    transaction& remove(std::string_view path, std::int32_t version = any_version);
    /// Adds the replacement of the data (bytes) of a node, provided they have this version.
    /// Errors of the part: `no_node`, `bad_version`, `no_auth`.
    transaction& set(std::string_view path, std::string_view data, std::int32_t version = any_version);
    /// Lets the transaction fail unless the node exists with this version.
    transaction& check(std::string_view path, std::int32_t version = any_version);

    /// How many parts it has.
    [[nodiscard]] std::size_t size() const noexcept;

    /// Commits and waits. Throws the error of the first part that failed, naming the part.
    std::vector<transaction_result> commit(const read_options& options = {});

    /// Commits. Handler signature: `void(error_code, std::vector<transaction_result>)`; the results are there also when
    /// a part failed. Errors: that of the first part that failed; `request_too_large`; `connection_loss` (unknown).
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_commit(Token&& token = {}) {
        return detail::finish_with(start_commit({}), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_commit(const read_options& options, Token&& token = {}) {
        return detail::finish_with(start_commit(options), std::forward<Token>(token));
    }

private:
    friend class client;
    struct state;
    explicit transaction(std::unique_ptr<state> s) noexcept;
    [[nodiscard]] detail::launched<std::vector<transaction_result>> start_commit(const read_options& options);

    std::unique_ptr<state> state_;
};

/// What one part of a `multi_read` gave.
struct read_result {
    opcode operation = opcode::error; ///< get or get_children
    error_code error;
    std::string data;
    zooid::stat stat; ///< of a `get`
    std::vector<std::string> children;
};

/// Several reads in one request (servers since 3.6); each succeeds or fails for itself. Not thread-safe.
class multi_read {
public:
    multi_read(multi_read&&) noexcept;
    multi_read& operator=(multi_read&&) noexcept;
    ~multi_read();

    /// Adds the reading of a node's data and metadata. Throws `bad_arguments_error` (`invalid_path`).
    /// Errors of the part: `no_node`, `no_auth`.
    multi_read& get(std::string_view path);
    /// Adds the reading of the names of a node's children: relative, in no order, without metadata. Throws
    /// `bad_arguments_error` (`invalid_path`). Errors of the part: `no_node`, `no_auth`.
    multi_read& get_children(std::string_view path);

    /// How many reads it has.
    [[nodiscard]] std::size_t size() const noexcept;

    /// Reads and waits; parts that failed carry their error in the result.
    std::vector<read_result> commit(const read_options& options = {});

    /// Handler signature: `void(error_code, std::vector<read_result>)`.
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_commit(Token&& token = {}) {
        return detail::finish_with(start_commit({}), std::forward<Token>(token));
    }
    template <class Token = asio::deferred_t>
    [[nodiscard]] auto async_commit(const read_options& options, Token&& token = {}) {
        return detail::finish_with(start_commit(options), std::forward<Token>(token));
    }

private:
    friend class client;
    struct state;
    explicit multi_read(std::unique_ptr<state> s) noexcept;
    [[nodiscard]] detail::launched<std::vector<read_result>> start_commit(const read_options& options);

    std::unique_ptr<state> state_;
};

} // namespace zooid
