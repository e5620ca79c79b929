#pragma once

#include "runtime/stream.hpp"
#include "server/read_buffer.hpp"
#include "server/server_core.hpp"
#include "wire/buffer.hpp"

#include <cstddef>
#include <memory>

namespace zooid::server {

namespace asio = boost::asio;
using boost::system::error_code;

class driver;

/// Carries one connection's bytes between its socket and the core. Lives until the socket is closed and what was under way
/// on it has ended.
class connection_pump : public std::enable_shared_from_this<connection_pump> {
public:
    connection_pump(std::shared_ptr<driver> owner, connection_id id, std::unique_ptr<runtime::stream> stream);
    connection_pump(const connection_pump&) = delete;
    connection_pump& operator=(const connection_pump&) = delete;

    /// Does what can be done now: writes, reads, ends.
    void proceed(moment at);
    /// Closes the socket; nothing more happens.
    void close() noexcept;

private:
    void write(moment at);
    void write_taken();
    void on_written(const error_code& ec, std::size_t bytes);
    void read();
    void on_read(const error_code& ec, std::size_t bytes);
    void end();

    const std::shared_ptr<driver> owner_;
    const connection_id id_;
    const std::unique_ptr<runtime::stream> stream_;
    wire::buffer out_;     // empty unless it is being written
    std::size_t sent_ = 0; // of it
    read_buffer in_;
    bool reading_ = false;
    bool writing_ = false;
    bool lingering_ = false;
    bool closed_ = false;
};

} // namespace zooid::server
