#include "support/real_server.hpp"

#include "support/eventually.hpp"
#include "support/loopback.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

namespace zooid::test {

namespace {

std::string new_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "zooid-server-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    return name;
}

// The start script lets go of the pipe when it turns into the server.
std::string read_pipe(const descriptor& pipe) {
    std::string all;
    std::array<char, 1024> part{};
    for (;;) {
        const auto got = ::read(pipe.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return all;
        }
        all.append(part.data(), static_cast<std::size_t>(got));
    }
}

// Lets "super:secret" in.
std::string super_digest() { return "super:lK75jTNcA+U9vtVEw5vB51mj/w4="; }

// `zooid serve` with what it has in the place of a setting of Apache ZooKeeper.
std::vector<std::string> embedded_command(const server_settings& settings) {
#ifndef ZOOID_COMMAND
    throw server_unavailable("this build has no zooid command");
#else
    static const std::map<std::string, std::vector<std::string>> known{
        {"maxSessionTimeout=30000", {"--max-session-timeout", "30s"}},
        {"znode.container.checkIntervalMs=200", {"--reap-interval", "200ms"}},
        {"znode.container.checkIntervalMs=3600000", {"--reap-interval", "1h"}},
        {"zookeeper.enforceQuota=true", {"--enforce-quota"}},
        {"zookeeper.forceSync=no", {}},
        {"zookeeper.DigestAuthenticationProvider.superDigest=" + super_digest(), {"--super-digest", super_digest()}},
    };
    std::vector<std::string> arguments{ZOOID_COMMAND, "serve", "--tick-time", std::to_string(settings.tick_ms) + "ms"};
    for (const auto* lines : {&settings.config, &settings.defines}) {
        for (const auto& line : *lines) {
            const auto& options = known.at(line); // throws if somebody wants what the embedded server has not
            arguments.insert(arguments.end(), options.begin(), options.end());
        }
    }
    return arguments;
#endif
}

bool contains_line(const std::string& text, const std::string& line) {
    return ("\n" + text + "\n").find("\n" + line + "\n") != std::string::npos;
}

} // namespace

real_server::real_server(server_settings settings) : settings_(std::move(settings)), folder_(new_folder()) {
    // The port was free when it was chosen; somebody else may have been quicker.
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (launch(false)) {
            return;
        }
    }
    throw std::runtime_error("server " + settings_.version + " did not start: " + log_tail());
}

real_server::~real_server() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

bool real_server::since(int major, int minor) const {
    int have_major = 0;
    int have_minor = 0;
    char dot = 0;
    std::sscanf(version().c_str(), "%d%c%d", &have_major, &dot, &have_minor); // NOLINT(cert-err34-c)
    return std::pair(have_major, have_minor) >= std::pair(major, minor);
}

bool real_server::launch(bool same_port) {
    paused_ = false;
    is_embedded() ? launch_embedded(same_port) : launch_zookeeper(same_port);
    address_ = loopback_address(port_);
    return wait_until_ready();
}

void real_server::launch_zookeeper(bool same_port) {
    std::vector<std::string> arguments{ZOOID_SOURCE_DIR "/tests/servers/start", "--tick",
                                       std::to_string(settings_.tick_ms)};
    if (same_port) {
        arguments.insert(arguments.end(), {"--port", std::to_string(port_)});
    }
    for (const auto& line : settings_.config) {
        arguments.insert(arguments.end(), {"--config", line});
    }
    for (const auto& define : settings_.defines) {
        arguments.insert(arguments.end(), {"--define", define});
    }
    if (settings_.ensemble) {
        arguments.emplace_back("--ensemble");
    }
    arguments.insert(arguments.end(), {settings_.version, folder_});

    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    const descriptor read_end(ends[0]);
    descriptor write_end(ends[1]);
    process_ = std::make_unique<child_process>(arguments, write_end.get());
    write_end.reset();
    const std::string printed = read_pipe(read_end);
    if (process_->try_wait() == 77) {
        throw server_unavailable(printed);
    }
    std::ifstream(folder_ + "/port") >> port_;
}

void real_server::launch_embedded(bool same_port) {
    std::vector<std::string> arguments = embedded_command(settings_);
    arguments.insert(arguments.end(), {"--port", std::to_string(same_port ? port_ : 0)});
    const descriptor log(::open((folder_ + "/log").c_str(), O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | O_CLOEXEC, 0600));
    process_ = std::make_unique<child_process>(arguments, log.get());
    const std::string announcement = "zooid: serving on 127.0.0.1:";
    const bool told = eventually([&] {
        const std::string printed = log_tail();
        const auto at = printed.find(announcement);
        if (at != std::string::npos && printed.find('\n', at) != std::string::npos) {
            port_ = static_cast<std::uint16_t>(std::stoi(printed.substr(at + announcement.size())));
            return true;
        }
        return process_->try_wait().has_value();
    });
    if (!told) {
        throw std::runtime_error("zooid serve says nothing");
    }
}

bool real_server::wait_until_ready() {
    bool ready = false;
    const bool decided = eventually(
        [&] {
            const auto ended = process_->try_wait();
            if (ended == 77) {
                throw server_unavailable("server " + settings_.version + " cannot be had here");
            }
            // A server that is just coming up may accept a connection and forget it.
            const std::string mode = settings_.ensemble ? "Mode: leader" : "Mode: standalone";
            ready = !ended && ask("srvr", std::chrono::milliseconds{500}).find(mode) != std::string::npos;
            return ready || ended.has_value();
        },
        std::chrono::seconds{60});
    return decided && ready;
}

std::string real_server::log_tail() const {
    std::ifstream in(folder_ + "/log");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

void real_server::kill() {
    process_->signal(SIGKILL);
    process_->wait();
    paused_ = false;
}

void real_server::restart() {
    kill();
    if (!launch(true)) {
        throw std::runtime_error("server " + settings_.version + " did not start again: " + log_tail());
    }
}

void real_server::pause() {
    process_->signal(SIGSTOP);
    process_->wait_until_stopped(); // until then its threads may still answer
    paused_ = true;
}

void real_server::resume() {
    process_->signal(SIGCONT);
    paused_ = false;
}

void real_server::revive() {
    if (paused_) {
        resume();
    }
    if (process_->try_wait()) {
        restart();
    }
}

std::string real_server::ask(std::string_view word, std::chrono::milliseconds patience) const {
    const auto socket = connect_to_loopback(port_, patience);
    if (!socket || !write_all(socket, word)) {
        return {};
    }
    return read_to_end(socket);
}

bool real_server::watched(std::string_view path) const { return contains_line(ask("wchp"), std::string(path)); }

int real_server::watch_count() const {
    const std::string answer = ask("mntr");
    const std::string key = "zk_watch_count\t";
    const auto at = answer.find(key);
    return at == std::string::npos ? -1 : std::stoi(answer.substr(at + key.size()));
}

bool real_server::has_ephemeral(std::string_view path) const {
    return contains_line(ask("dump"), "\t" + std::string(path));
}

real_server& shared_server(const std::string& version) {
    static std::map<std::string, std::unique_ptr<real_server>> servers;
    static std::map<std::string, std::string> missing;
    if (const auto known = missing.find(version); known != missing.end()) {
        throw server_unavailable(known->second);
    }
    auto& server = servers[version];
    if (server == nullptr) {
        server_settings settings;
        settings.version = version;
        settings.config = {"maxSessionTimeout=30000"};
        // Quick reaping, enforced quotas and a superuser, so that tests can see them; and no waiting for the disk.
        settings.defines = {"znode.container.checkIntervalMs=200", "zookeeper.enforceQuota=true",
                            "zookeeper.forceSync=no",
                            "zookeeper.DigestAuthenticationProvider.superDigest=" + super_digest()};
        try {
            server = std::make_unique<real_server>(std::move(settings));
        } catch (const server_unavailable& reason) {
            missing[version] = reason.what();
            throw;
        }
    }
    return *server;
}

} // namespace zooid::test
