#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

/// A ZooKeeper server of one's own for a while: a process on a free port of this machine, with a scratch folder for its
/// data. Both go with this object.
class local_server {
public:
    /// `script` is tests/servers/start. Throws `std::runtime_error` when there is no server to be had.
    local_server(std::string script, std::string version) : script_(std::move(script)), version_(std::move(version)) {
        std::string name = std::filesystem::temp_directory_path() / "zooid-quickstart-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a scratch folder");
        }
        folder_ = name;
        try {
            start();
        } catch (...) {
            std::filesystem::remove_all(folder_);
            throw;
        }
    }
    local_server(const local_server&) = delete;
    local_server& operator=(const local_server&) = delete;
    ~local_server() {
        kill();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// "127.0.0.1:<port>"; the server answers there soon after the start.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Ends the server as a crash would.
    void kill() noexcept {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
            process_ = 0;
        }
    }

    /// Starts it; a second time with the same port and data.
    void start() {
        std::array<int, 2> pipe_ends{};
        if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("cannot make a pipe");
        }
        std::array<std::string, 6> words{script_, version_, folder_};
        std::size_t count = 3;
        if (!address_.empty()) {
            words = {script_, "--port", address_.substr(address_.rfind(':') + 1), version_, folder_};
            count = 5;
        }
        std::array<char*, 7> arguments{};
        for (std::size_t i = 0; i < count; ++i) {
            arguments[i] = words[i].data();
        }
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // no server survives this program
            ::dup2(pipe_ends[1], STDOUT_FILENO);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(pipe_ends[1]);
        address_ = read_line(pipe_ends[0]);
        ::close(pipe_ends[0]);
        if (address_.empty()) {
            kill();
            throw std::runtime_error(script_ + " " + version_ + " started no server");
        }
    }

private:
    static std::string read_line(int descriptor) {
        std::string line;
        for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) {
            line += c;
        }
        return line;
    }

    std::string script_;
    std::string version_;
    std::string folder_;
    std::string address_;
    pid_t process_ = 0;
};
