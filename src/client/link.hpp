#pragma once

#include "runtime/environment.hpp"
#include "session/session.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace zooid::detail {

class client_core;

/// One attempt to connect and the connection that comes of it: resolves the name anew, tries its addresses one after the
/// other, then reads until the end. Lives on the client's I/O executor; the session bounds its time.
class link : public std::enable_shared_from_this<link> {
public:
    /// `core` is kept alive by what is under way, not by the link: an executor may end without running it.
    link(client_core& core, session::session::open_link target);
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    void open();
    /// Ends it; it will report nothing any more.
    void close() noexcept;
    [[nodiscard]] const std::shared_ptr<runtime::stream>& stream() const noexcept { return stream_; }
    /// Reads until something comes.
    void read();

private:
    void resolved(error_code ec, std::vector<runtime::endpoint> addresses);
    void try_next(error_code last);
    void connected(error_code ec);

    static constexpr std::size_t read_size = std::size_t{64} << 10;

    client_core& core_;
    const session::session::open_link target_;
    boost::asio::cancellation_signal lookup_;
    std::deque<runtime::endpoint> addresses_;
    std::shared_ptr<runtime::stream> stream_;
    std::unique_ptr<std::byte[]> buffer_;
    bool closed_ = false;
};

} // namespace zooid::detail
