#pragma once

#include "fuzz_target.hpp"
#include "wire/multi.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace zooid::wire::fuzz {

/// The parts or results of a multi's body that `Reader` finds, each added by `add` to an `Encoder`; nothing when the body is
/// malformed.
template <class Reader, class Encoder, class Part, class Add>
std::optional<std::string> copy_multi(std::string_view body, const Add& add) {
    buffer out;
    Encoder copies{out};
    Reader in{body};
    Part part;
    for (;;) {
        switch (in.next(part)) {
        case multi_step::part:
            add(copies, part);
            break;
        case multi_step::end:
            copies.finish();
            require(out.size() <= body.size(), "nothing grows");
            return std::string{out.view()};
        case multi_step::malformed:
            require(in.next(part) == multi_step::malformed, "what is malformed stays so");
            return std::nullopt;
        }
    }
}

/// Tells whether a body is well-formed; then its copy must copy to itself.
template <class Copy>
bool examine_multi(std::string_view body, const Copy& copy) {
    const std::optional<std::string> once = copy(body);
    if (!once) {
        return false;
    }
    require(copy(*once) == once, "encoding is stable");
    return true;
}

} // namespace zooid::wire::fuzz
