#include "runtime/process.hpp"

#include <dirent.h>
#include <malloc.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace zooid::runtime {

std::vector<std::pair<std::string, std::string>> process_environment() {
    std::vector<std::pair<std::string, std::string>> found;
    utsname system{};
    if (::uname(&system) == 0) {
        found.emplace_back("host.name", system.nodename);
        found.emplace_back("os.name", system.sysname);
        found.emplace_back("os.arch", system.machine);
        found.emplace_back("os.version", system.release);
    }
    std::array<char, 4096> text{};
    passwd entry{};
    passwd* user = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &user) == 0 && user != nullptr) {
        found.emplace_back("user.name", user->pw_name);
        found.emplace_back("user.home", user->pw_dir);
    }
    std::array<char, PATH_MAX> folder{};
    if (::getcwd(folder.data(), folder.size()) != nullptr) {
        found.emplace_back("user.dir", folder.data());
    }
    return found;
}

std::int64_t open_descriptors() noexcept {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) {
        return -1;
    }
    std::int64_t entries = 0;
    while (::readdir(folder) != nullptr) { // NOLINT(concurrency-mt-unsafe): a stream of its own
        ++entries;
    }
    ::closedir(folder);
    return entries - 3; // ".", "..", and the folder itself
}

std::int64_t descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return -1;
    }
    return limit.rlim_cur == RLIM_INFINITY ? INT64_MAX : static_cast<std::int64_t>(limit.rlim_cur);
}

void give_back_memory() noexcept {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

} // namespace zooid::runtime
