#include <zooid/error.hpp>

#include <boost/system/errc.hpp>

namespace zooid {
namespace {

const char* message_of(int value) noexcept {
    switch (static_cast<errc>(value)) {
#define ZOOID_ERROR(name, number, exception, message) \
    case errc::name:                                  \
        return message;
#include <zooid/detail/error_table.inc>
    }
    return nullptr;
}

// Boost's base class has a destructor that is neither public nor virtual, which is safe for objects with static storage.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class zooid_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "zooid"; }

    std::string message(int value) const override {
        if (const char* text = message_of(value)) {
            return text;
        }
        return "error " + std::to_string(value) + " of the server";
    }
};

bool is_retryable(errc e) noexcept {
    return e == errc::connection_loss || e == errc::operation_timeout || e == errc::session_moved ||
           e == errc::request_timeout || e == errc::throttled;
}

bool is_session_gone(errc e) noexcept {
    return e == errc::session_expired || e == errc::auth_failed || e == errc::closing || e == errc::closed ||
           e == errc::session_closed_require_auth;
}

bool is_caller_error(errc e) noexcept {
    return e == errc::bad_arguments || e == errc::invalid_path || e == errc::invalid_hosts || e == errc::invalid_acl ||
           e == errc::request_too_large || e == errc::would_deadlock;
}

class zooid_condition_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "zooid.condition"; }

    std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
        case condition::retryable:
            return "trying again may succeed";
        case condition::session_gone:
            return "the session is over";
        case condition::caller_error:
            return "the arguments were wrong";
        }
        return "unknown condition";
    }

    bool equivalent(const error_code& ec, int value) const noexcept override {
        if (ec.category() != zooid::error_category()) {
            return false;
        }
        const auto e = static_cast<errc>(ec.value());
        switch (static_cast<condition>(value)) {
        case condition::retryable:
            return is_retryable(e);
        case condition::session_gone:
            return is_session_gone(e);
        case condition::caller_error:
            return is_caller_error(e);
        }
        return false;
    }
};

#pragma GCC diagnostic pop

std::string describe(std::string_view operation, std::string_view path, std::string_view detail) {
    std::string text{operation};
    if (!path.empty()) {
        text += text.empty() ? "" : " ";
        text += path;
    }
    if (!detail.empty()) {
        text += text.empty() ? "" : " (";
        text += detail;
        text += text.size() == detail.size() ? "" : ")";
    }
    return text;
}

} // namespace

const boost::system::error_category& error_category() noexcept {
    static const zooid_category category;
    return category;
}

const boost::system::error_category& condition_category() noexcept {
    static const zooid_condition_category category;
    return category;
}

std::string_view to_string(errc e) noexcept {
    switch (e) {
#define ZOOID_ERROR(name, number, exception, message) \
    case errc::name:                                  \
        return #name;
#include <zooid/detail/error_table.inc>
    }
    return "unknown";
}

effect possible_effect(const error_code& ec, opcode op) noexcept {
    if (!ec || kind_of(op) != opcode_kind::write) {
        return effect::none;
    }
    const bool reply_lost = ec == errc::connection_loss || ec == errc::operation_timeout ||
                            ec == errc::reply_too_large || ec == errc::protocol_error || ec == errc::session_expired ||
                            ec == errc::closed || ec == errc::session_moved ||
                            ec == boost::system::errc::operation_canceled;
    return reply_lost ? effect::unknown : effect::none;
}

error::error(error_code ec, std::string_view operation, std::string_view path, std::string_view detail, effect possible)
    : system_error(ec, describe(operation, path, detail)), operation_(operation), path_(path), effect_(possible) {}

void throw_error(error_code ec, std::string_view operation, std::string_view path, std::string_view detail,
                 effect possible) {
    if (ec.category() == error_category()) {
        switch (static_cast<errc>(ec.value())) {
#define ZOOID_ERROR(name, number, exception, message) \
    case errc::name:                                  \
        throw exception(ec, operation, path, detail, possible);
#include <zooid/detail/error_table.inc>
        }
    }
    throw error(ec, operation, path, detail, possible);
}

} // namespace zooid
