#include "support/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace zooid::test {

namespace {

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// Between fork and exec: only calls that are safe while other threads hold locks.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(126);
    }
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    // Otherwise the child would keep the connections of this test's clients open.
    ::close_range(3, ~0U, 0);
    ::execv(arguments[0], arguments);
    ::_exit(127);
}

} // namespace

child_process::child_process(const std::vector<std::string>& arguments, int output) {
    std::vector<std::string> copies = arguments;
    std::vector<char*> pointers;
    pointers.reserve(copies.size() + 1);
    for (auto& argument : copies) {
        pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (id_ == 0) {
        become(pointers.data(), output, parent);
    }
}

child_process::~child_process() {
    signal(SIGKILL);
    wait();
}

void child_process::signal(int number) noexcept {
    if (!ended_) {
        ::kill(id_, number);
    }
}

void child_process::wait_until_stopped() noexcept {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(id_), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
}

int child_process::wait() {
    while (!ended_) {
        int status = 0;
        if (::waitpid(id_, &status, 0) == id_) {
            ended_ = exit_code(status);
        } else if (errno != EINTR) {
            ended_ = 127;
        }
    }
    return *ended_;
}

std::optional<int> child_process::try_wait() {
    int status = 0;
    if (!ended_ && ::waitpid(id_, &status, WNOHANG) == id_) {
        ended_ = exit_code(status);
    }
    return ended_;
}

} // namespace zooid::test
