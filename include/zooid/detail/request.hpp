#pragma once

#include <cstdint>

namespace zooid::session {

/// Base of whatever waits for a reply. The session keeps plain pointers: a request lives until it comes back in an
/// output.
class request {
public:
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    /// Its place in line, unique over the session object's life; 0 before submission.
    [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

protected:
    request() = default;
    ~request() = default;

private:
    friend class session;
    std::uint64_t line_ = 0;
};

} // namespace zooid::session
