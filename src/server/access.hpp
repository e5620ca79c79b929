#pragma once

#include "wire/list.hpp"
#include "wire/records.hpp"

#include <zooid/types.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zooid::server {

/// Who a connection is: identities are added, never taken away. One of scheme "super" may do everything.
class credentials {
public:
    /// Adds an identity, unless it is there.
    void add(identity who);
    /// The identities, in the order in which they came.
    [[nodiscard]] const std::vector<identity>& identities() const noexcept { return identities_; }
    [[nodiscard]] bool is_super() const noexcept { return super_; }

private:
    std::vector<identity> identities_;
    bool super_ = false;
};

/// Whether a list gives one of the permissions `wanted` to somebody. The empty list gives everything to everybody.
[[nodiscard]] bool permits(std::span<const acl_entry> list, std::int32_t wanted, const credentials& who) noexcept;

/// Makes an ACL as a node will have it: duplicates dropped, "auth" replaced by the identities of its author that prove
/// something. Returns 0 or, with `list` unspecified, the error number of what a client may not set.
[[nodiscard]] std::int32_t resolve_acl(const wire::list<wire::acl_item>& asked, const credentials& who, acl& list);

/// The id as those see it who may not change the list: without what could be a hash.
[[nodiscard]] std::string masked_id(const acl_entry& entry);

/// The name of an identity that may be shown: of scheme "digest" without the hash.
[[nodiscard]] std::string_view user_of(const identity& who) noexcept;

/// The id of scheme "digest" for "user:password": "user:" and the base64 of the SHA-1 of both.
[[nodiscard]] std::string digest_id(std::string_view user_and_password);

/// Adds what an auth packet proves; false when it proves nothing. `super_digest` as in `server_config`.
[[nodiscard]] bool authenticate(credentials& who, std::string_view scheme, std::optional<std::string_view> proof,
                                std::string_view super_digest, std::string_view address);

/// Whether `address` lies in `range`, "a.b.c.d" or "a.b.c.d/bits"; false for what isn't IPv4.
[[nodiscard]] bool address_in_range(std::string_view address, std::string_view range) noexcept;

} // namespace zooid::server
