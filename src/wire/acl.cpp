#include <zooid/types.hpp>

namespace zooid {

const acl& open_acl() {
    static const acl list{{perms::all, "world", "anyone"}};
    return list;
}

const acl& read_acl() {
    static const acl list{{perms::read, "world", "anyone"}};
    return list;
}

const acl& creator_acl() {
    static const acl list{{perms::all, "auth", ""}};
    return list;
}

} // namespace zooid
