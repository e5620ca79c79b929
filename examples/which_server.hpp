#pragma once

#include <cstdlib>
#include <string>

/// The server an example talks to: its first argument, else ZOOID_SERVER, else the usual port of this machine.
inline std::string which_server(int argc, char** argv) {
    if (argc > 1) {
        return argv[1];
    }
    const char* from_environment = std::getenv("ZOOID_SERVER"); // NOLINT(concurrency-mt-unsafe): no thread runs yet
    return from_environment != nullptr ? from_environment : "127.0.0.1:2181";
}
