#pragma once

// Everything of the toolkit but its coroutine helpers (<zooid/coroutine.hpp>).

#include <zooid/client.hpp>
#include <zooid/embedded_server.hpp>
