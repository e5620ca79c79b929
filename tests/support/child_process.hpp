#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace zooid::test {

/// A program that runs as a child of the test. It is killed, by its id, by the destructor, and by the kernel when the
/// thread that started it ends in any way. Not thread-safe.
class child_process {
public:
    /// Starts `arguments[0]`, found by path. It inherits no descriptor but the standard ones; what it prints goes to the
    /// descriptor `output`, which stays the caller's. Throws `std::system_error`.
    child_process(const std::vector<std::string>& arguments, int output);
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process();

    [[nodiscard]] pid_t id() const noexcept { return id_; }
    /// Sends a signal, unless the process has ended.
    void signal(int number) noexcept;
    /// After SIGSTOP: waits until all its threads have stopped (or it has ended).
    void wait_until_stopped() noexcept;
    /// Waits until the process has ended; the exit code, or 128 plus the signal that ended it.
    int wait();
    /// The same without waiting: nothing while it runs.
    std::optional<int> try_wait();

private:
    pid_t id_ = -1;
    std::optional<int> ended_;
};

} // namespace zooid::test
