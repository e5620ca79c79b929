#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zooid::session {

/// What a mechanism wants done next.
struct sasl_step {
    enum class kind : std::uint8_t {
        token,  ///< send `text`, which may be empty, and come back with the answer
        done,   ///< the server is satisfied and so is the mechanism
        failed, ///< the credentials are no good, or the server isn't; `text` says why
    };
    kind what = kind::failed;
    std::string text;
};

/// The client's side of one SASL conversation. A new one is made for every connection.
class sasl_client {
public:
    sasl_client() = default;
    sasl_client(const sasl_client&) = delete;
    sasl_client& operator=(const sasl_client&) = delete;
    virtual ~sasl_client() = default;

    /// The first call has no challenge. Every later one brings the server's answer, which has no value when the server
    /// had nothing to say: mechanisms that end with such an answer must wait for it.
    virtual sasl_step step(std::optional<std::string_view> challenge) = 0;
};

} // namespace zooid::session
