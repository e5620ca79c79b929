#pragma once

#include <zooid/opcode.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace zooid {

using boost::system::error_code;

/// Every error the library reports. Negative values are ZooKeeper's own and keep its numbers; positive values are made
/// by this library. A number a newer server may send that is not listed here survives in `error_code::value()`.
enum class errc : int {
#define ZOOID_ERROR(name, number, exception, message) name = number,
#include <zooid/detail/error_table.inc>
};

/// What a caller would do about an error; compare with `ec == condition::retryable`.
enum class condition : int {
    retryable = 1, ///< the connection was lost or an attempt timed out: trying again may succeed
    session_gone,  ///< the session is over: its ephemerals and watches are gone or will be
    /// The call cannot succeed as it was made. `bad_arguments` and `invalid_acl` may also be the server's answer; with
    /// the other codes the request was not sent.
    caller_error,
};

/// The category of `errc`, named "zooid".
[[nodiscard]] const boost::system::error_category& error_category() noexcept;
/// The category of `condition`, named "zooid.condition".
[[nodiscard]] const boost::system::error_category& condition_category() noexcept;

[[nodiscard]] inline error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }
[[nodiscard]] inline boost::system::error_condition make_error_condition(condition c) noexcept {
    return {static_cast<int>(c), condition_category()};
}

/// The enumerator's name, e.g. `"no_node"`; `"unknown"` for a number outside the table.
[[nodiscard]] std::string_view to_string(errc e) noexcept;

/// What may have happened on the server when an operation ended with an error.
enum class effect : std::uint8_t {
    none,    ///< certainly nothing was changed
    unknown, ///< the change may or may not have been made
};

/// Tells whether `op`, having ended with `ec`, may have changed something: a write whose reply was lost, that timed out
/// or was cancelled after it was sent is `unknown`; every answer from the server, and every read, is `none`.
[[nodiscard]] effect possible_effect(const error_code& ec, opcode op) noexcept;

/// Base of everything the blocking calls throw: the code, and what was asked for.
class error : public boost::system::system_error {
public:
    /// `operation` and `path` may be empty; `detail` is added to the text where the code alone says too little.
    error(error_code ec, std::string_view operation, std::string_view path, std::string_view detail = {},
          effect possible = effect::none);

    /// The name of the operation, e.g. `"create"`.
    [[nodiscard]] const std::string& operation() const noexcept { return operation_; }
    /// The path as the caller gave it; empty where none was involved.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Whether the operation may have changed something all the same.
    [[nodiscard]] effect possible_effect() const noexcept { return effect_; }

private:
    std::string operation_;
    std::string path_;
    effect effect_;
};

// One class for each kind of error, named after kazoo's exception: `catch (const zooid::no_node_error&)`.
#define ZOOID_ERROR(name, number, exception, message) \
    class exception : public error {                  \
    public:                                           \
        using error::error;                           \
    };
#define ZOOID_ERROR_SHARED(name, number, exception, message)
#include <zooid/detail/error_table.inc>

/// Throws the class that belongs to `ec`, or `error` itself for a code outside the table.
[[noreturn]] void throw_error(error_code ec, std::string_view operation, std::string_view path,
                              std::string_view detail = {}, effect possible = effect::none);

} // namespace zooid

namespace boost::system {
template <>
struct is_error_code_enum<zooid::errc> : std::true_type {};
template <>
struct is_error_condition_enum<zooid::condition> : std::true_type {};
} // namespace boost::system
