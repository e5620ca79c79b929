#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <thread>

namespace zooid::runtime {

/// A thread that runs an io_context of its own.
///
/// `stop()` ends it and waits; the destructor does not wait: a thread that still runs goes on until its work is done
/// and then frees what it used.
class worker {
public:
    /// Starts the thread; `name` (cut to 15 characters) is what debuggers and `ps` show. It takes no signals. Throws
    /// `std::system_error` when the system has no thread left.
    explicit worker(const std::string& name);
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker();

    /// Where work for the thread is posted; valid while the thread runs.
    [[nodiscard]] boost::asio::io_context::executor_type executor() const noexcept;
    /// True on this worker's thread.
    [[nodiscard]] bool is_current() const noexcept;

    /// Lets the thread end when no work is left, and waits for it; called on the worker's own thread it does not wait.
    /// One caller at a time.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
    std::thread thread_;
};

} // namespace zooid::runtime
