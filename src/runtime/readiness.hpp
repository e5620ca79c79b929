#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace zooid::runtime {

namespace asio = boost::asio;
using boost::system::error_code;

/// Tells thousands of sockets when they can be read or written. To Asio it is one descriptor, so that a socket costs nothing
/// there: what Asio keeps for each descriptor it never gives back, and each such piece would hold a page of freed memory
/// between itself and the next.
///
/// Used on its executor. While it has sockets it waits, which keeps that executor's context busy.
class readiness : public std::enable_shared_from_this<readiness> {
public:
    /// A socket that is told. It takes itself out before it is closed.
    class socket : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        socket() = default;
        socket(const socket&) = delete;
        socket& operator=(const socket&) = delete;
        virtual ~socket() = default;

    private:
        friend class readiness;
        /// Something has happened since it was last told; `events` are epoll's.
        virtual void on_ready(std::uint32_t events) = 0;
        /// Nothing will happen any more: gives away what it waits with.
        virtual void abandon(std::vector<asio::any_completion_handler<void(error_code, std::size_t)>>& pending) = 0;
    };

    /// Sets `ec` if the system has no room for it.
    readiness(const asio::any_io_executor& executor, error_code& ec);
    readiness(const readiness&) = delete;
    readiness& operator=(const readiness&) = delete;

    /// Has a socket told of input and of the peer's end.
    void add(socket& who, int descriptor, error_code& ec);
    /// Has it told when it can be written, too; also if it can be now.
    void want_writable(socket& who, int descriptor, error_code& ec);
    /// Tells it no more.
    void remove(socket& who, int descriptor) noexcept;

    [[nodiscard]] asio::any_io_executor executor() { return epoll_.get_executor(); }

private:
    struct turn;

    void control(int what, socket& who, int descriptor, std::uint32_t events, error_code& ec);
    void wait();
    void on_turn();
    void abandon();

    asio::posix::stream_descriptor epoll_;
    boost::intrusive::list<socket, boost::intrusive::constant_time_size<false>> sockets_;
    bool waiting_ = false;
    std::array<epoll_event, 64> events_{};
    std::span<epoll_event> telling_; // those that are still to be told
};

} // namespace zooid::runtime
