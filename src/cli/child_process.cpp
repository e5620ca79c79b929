#include "cli/child_process.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>
#include <system_error>

namespace zooid::cli {
namespace {

/// The process's environment, with `variables` in place of what has their names.
std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
    std::vector<std::string> result(variables);
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view present(*entry);
        const auto name = present.substr(0, present.find('=') + 1);
        bool replaced = false;
        for (const auto& v : variables) {
            replaced = replaced || v.starts_with(name);
        }
        if (!replaced) {
            result.emplace_back(present);
        }
    }
    return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

/// Attributes of a child that gets SIGPIPE as usual although this process ignores it.
class child_attributes {
public:
    child_attributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t usual;
        ::sigemptyset(&usual);
        ::sigaddset(&usual, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes_, &usual);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    child_attributes(const child_attributes&) = delete;
    child_attributes& operator=(const child_attributes&) = delete;
    ~child_attributes() { ::posix_spawnattr_destroy(&attributes_); }

    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

pid_t spawn_shell(const std::string& command_line, const std::vector<std::string>& variables) {
    std::vector<std::string> words{"sh", "-c", command_line};
    auto environment = environment_with(variables);
    const auto word_pointers = pointers_to(words);
    const auto environment_pointers = pointers_to(environment);
    const child_attributes attributes;
    pid_t child = 0;
    const int problem =
        ::posix_spawn(&child, "/bin/sh", nullptr, attributes.get(), word_pointers.data(), environment_pointers.data());
    if (problem != 0) {
        throw std::system_error(problem, std::generic_category(), "cannot start /bin/sh");
    }
    return child;
}

} // namespace

asio::awaitable<int> run_shell(std::string command_line, std::vector<std::string> variables) {
    asio::signal_set ended(co_await asio::this_coro::executor, SIGCHLD); // before the child can end
    const pid_t child = spawn_shell(command_line, variables);
    int status = 0;
    for (;;) {
        const pid_t found = ::waitpid(child, &status, WNOHANG);
        if (found == child) {
            break;
        }
        if (found < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot wait for the command");
        }
        const auto [ec, number] = co_await ended.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) {
            ::kill(child, SIGTERM);
            throw boost::system::system_error(ec);
        }
        static_cast<void>(number);
    }
    co_return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace zooid::cli
